"""万 walked by its roles: 7,000 volunteers, the next station, a visit by a touch on the map."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from db.models import Person, Volunteer
from domain.permissions import EVERYWHERE, Role
from tests.browser.hand import DAILY, Hand, say
from tests.browser.towns import Town, check_headline, check_visitor, figure, number_in, running_town

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def wan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town with a server of its own."""
    with running_town("wanli", tmp_path_factory.mktemp("wan")) as town:
        yield town


def test_wan_shows_7000_volunteers_and_finds_them_by_pinyin(chromium: Browser, wan: Town, tmp_path: Path) -> None:
    with wan.database.reading(EVERYWHERE) as session:
        named = select(func.count(Volunteer.id)).join(Person, Person.id == Volunteer.person_id)
        found = session.scalar(named.where(Person.name_key.contains("zhou"))) or 0
    assert 0 < found < 7000
    with Hand.of(chromium, wan.server, "desk", Role.COMMAND_CENTRE) as duty:
        duty.to("volunteers")
        assert figure(duty.page, say("volunteers.people")) == 7000
        assert say("volunteers.found", n="7,000") in duty.visit.text()
        search = duty.page.get_by_label(say("volunteers.search"), exact=True)
        search.fill("zhou")
        search.press("Enter")
        duty.visit.settle()
        assert say("volunteers.found", n=f"{found:,}") in duty.visit.text()
        duty.visit.picture(tmp_path / "volunteers.png")


def test_the_command_centre_of_wan_asks_where_the_next_station_helps(
    chromium: Browser, wan: Town, tmp_path: Path
) -> None:
    with Hand.of(chromium, wan.server, "screen", Role.COMMAND_CENTRE) as duty:
        duty.visit.go("/reach")
        assert figure(duty.page, say("reach.figure.stations")) == 37
        duty.on(duty.page.get_by_role("radio", name=say("reach.choose.metre", metres=300), exact=True))
        duty.on(duty.page.locator(".st-key-reach_sites button"))
        sites = duty.page.locator(".st-key-lg-rows-reach-sites .lg-row")
        expect(sites).to_have_count(3)
        more = [number_in(words.split("\n")[1]) for words in sites.all_inner_texts()]
        assert more == sorted(more, reverse=True)
        assert more[-1] > 0
        duty.visit.picture(tmp_path / "reach.png")
        duty.visit.go("/pledges")
        assert figure(duty.page, say("pledges.figure.running")) > 0


def test_a_grid_leader_and_a_volunteer_of_wan_do_their_day_by_finger(
    chromium: Browser, wan: Town, tmp_path: Path
) -> None:
    with Hand.of(chromium, wan.server, "tablet", Role.GRID_LEADER) as leader:
        leader.to("visits")
        leader.on_map(leader.page.locator(".st-key-lg-panel-report-map iframe"))
        expect(leader.page.locator(".lg-place-set")).to_be_visible()
        leader.on(leader.page.locator(".st-key-visits_submit button"))
        assert leader.touches <= DAILY
        expect(leader.page.locator(".lg-lines .lg-who").first).to_contain_text(say("visits.kind.visit"))
        leader.visit.picture(tmp_path / "visit.png")

    with Hand.of(chromium, wan.server, "portrait", Role.VOLUNTEER) as volunteer:
        page = volunteer.page
        free = page.locator('[class*="st-key-lg-pick-activity-"]').filter(has_not=page.locator(".lg-chip"))
        volunteer.on(free.first.locator("button"))
        volunteer.on(page.get_by_role("button", name=say("activities.do.sign_up"), exact=True))
        assert volunteer.touches <= DAILY
        expect(page.get_by_role("button", name=say("activities.do.withdraw"))).to_be_visible()
        volunteer.visit.picture(tmp_path / "signed.png")
        volunteer.starts_anew()
        volunteer.to("points")
        assert volunteer.touches <= DAILY
        expect(page.locator(".st-key-lg-panel-points-own .lg-number").first).to_contain_text(re.compile(r"\d"))


def test_wan_holds_its_headline_figures_and_shows_visitors_nobody(chromium: Browser, wan: Town) -> None:
    with Hand.of(chromium, wan.server, "desk", Role.ADMINISTRATOR) as administrator:
        check_headline(administrator, wan)
    check_visitor(chromium, wan)
