"""An activity from its plan to the hours in a volunteer's record, by hand; and a station set on the map."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.texts import text
from db.models import Activity, Attendance, Station
from db.session import Database
from domain.permissions import EVERYWHERE, Role
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
TITLE = "周六楼道清扫 <b>${7*7}</b>"


def say(key: str, **values: object) -> str:
    """A text of the Chinese face."""
    return text("zh_CN", key, **values)


def press(visit: Visit, key: str) -> None:
    """Press the button with a text and wait for the run."""
    visit.page.get_by_role("button", name=say(key), exact=True).first.click()
    visit.settle()


def test_an_activity_is_planned_on_a_tablet_and_signed_up_for_in_two_touches(
    chromium: Browser, server: str, demo_file: Path, tmp_path: Path
) -> None:
    with Visit.of(chromium, server, "tablet") as leader:
        leader.sign_in(Role.GRID_LEADER)
        leader.go("/activities")
        press(leader, "activities.do.plan")
        leader.page.get_by_label(say("fields.activity_place")).fill("3号院中心花坛")
        # Pressed while the title is still being typed: the words reach the server with the press.
        leader.page.get_by_label(say("fields.activity_title")).fill(TITLE)
        press(leader, "activities.form.save")
        expect(leader.page.get_by_role("heading", name=TITLE)).to_be_visible()
        leader.picture(tmp_path / "planned.png")
        small = leader.page.evaluate(
            """() => [...document.querySelectorAll('.stMain button')].filter(one => one.offsetParent)
                .map(one => [one.innerText, one.getBoundingClientRect()])
                .filter(([, box]) => box.height < 43.5 || box.width < 43.5).map(([words]) => words)"""
        )
        assert small == [], "every target is 44 px or more"
        number = int(re.search(r"id=(\d+)", leader.page.url)[1])  # type: ignore[index]
        assert leader.console == []
        assert leader.outside == []

    with Visit.of(chromium, server, "portrait") as volunteer:
        volunteer.sign_in(Role.VOLUNTEER)
        volunteer.go("/activities")
        volunteer.page.locator(f".st-key-lg-pick-activity-{number} button").click()
        volunteer.settle()
        press(volunteer, "activities.do.sign_up")
        expect(volunteer.page.get_by_role("button", name=say("activities.do.withdraw"))).to_be_visible()
        assert volunteer.console == []
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        signed = session.query(Attendance).filter_by(activity_id=number).one()
        assert session.get_one(Activity, number).title == TITLE
        assert signed.source == "self"


def test_pressing_a_day_shows_its_activities(visit: Visit) -> None:
    visit.sign_in(Role.VISITOR)
    visit.go("/activities?month=2026-01-01")
    days = visit.page.locator(".st-key-lg-calendar button")
    expect(days).to_have_count(31)
    days.nth(9).click()
    visit.settle()
    assert "day=2026-01-10" in visit.page.url
    expect(days.nth(9)).to_have_attribute("aria-checked", "true")
    visit.page.get_by_role("button", name="›").click()
    visit.settle()
    expect(days).to_have_count(28)
    assert visit.console == []


def test_a_station_is_set_by_a_click_on_the_map(chromium: Browser, server: str, demo_file: Path) -> None:
    with Visit.of(chromium, server) as secretary:
        secretary.sign_in(Role.COMMAND_CENTRE)
        secretary.go("/stations")
        press(secretary, "stations.do.new")
        secretary.page.get_by_label(say("fields.station_name")).fill("东门便民驿站")
        frame = secretary.page.locator(".st-key-lg-panel-stations-map iframe")
        frame.wait_for(state="visible")
        secretary.page.wait_for_timeout(2500)
        box = frame.bounding_box()
        assert box is not None
        secretary.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        secretary.settle()
        expect(secretary.page.get_by_text(say("stations.form.in_area", area=""))).to_be_visible()
        press(secretary, "stations.form.usual")
        press(secretary, "stations.form.save")
        expect(secretary.page.get_by_role("heading", name="东门便民驿站")).to_be_visible()
        assert secretary.console == []
        assert secretary.outside == []
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        station = session.query(Station).filter_by(name="东门便民驿站").one()
        assert station.area_id is not None
        assert station.hours["weekly"]
