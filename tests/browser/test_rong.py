"""蓉 walked by its roles: a call from 12345 to the verifying, a department that reports in, the desk's figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from db.models import Area, Incident, User
from domain.incidents import OPEN, IncidentStatus
from domain.permissions import EVERYWHERE, Role
from tests.browser.hand import DAILY, Hand, say
from tests.browser.towns import Town, check_headline, check_visitor, figure, number_in, running_town

pytestmark = pytest.mark.browser
WORDS = "菜市场后门垃圾堆了两天。"


@dataclass(frozen=True)
class Place:
    """A place in the grid of the demo's grid leader, and the department that the demo signs in."""

    at: str
    department: str


@pytest.fixture(scope="module")
def rong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town with a server of its own."""
    with running_town("chengdu", tmp_path_factory.mktemp("rong")) as town:
        yield town


def place_in(town: Town) -> Place:
    with town.database.reading(EVERYWHERE) as session:
        leader, department = (
            session.scalars(select(User).where(User.role == role.value).order_by(User.id)).first()
            for role in (Role.GRID_LEADER, Role.DEPARTMENT)
        )
        assert leader is not None
        assert department is not None
        path = session.get_one(Area, leader.area_id).path
        lon, lat = session.execute(
            select(Incident.lon, Incident.lat)
            .join(Area, Area.id == Incident.area_id)
            .where(Area.path.startswith(path), Incident.lon.is_not(None), Area.valid_to.is_(None))
            .limit(1)
        ).one()
        return Place(f"{lon},{lat}", department.name)


def logged_once(town: Town) -> int:
    """The id of the case with the words: there is one, however often the page was sent."""
    with town.database.reading(EVERYWHERE) as session:
        return session.scalars(select(Incident.id).where(Incident.description == WORDS)).one()


def status_of(town: Town, incident: int) -> IncidentStatus:
    with town.database.reading(EVERYWHERE) as session:
        return IncidentStatus(session.get_one(Incident, incident).status)


def test_a_call_in_rong_is_dispatched_whistled_for_and_verified_by_somebody_else(
    chromium: Browser, rong: Town, tmp_path: Path
) -> None:
    place = place_in(rong)
    with Hand.of(chromium, rong.server, "desk", Role.COMMAND_CENTRE) as duty:
        page = duty.page
        duty.visit.go(f"/report?at={place.at}")
        duty.on(page.locator("button").filter(has_text="市容环境"))
        duty.on(page.locator("button").filter(has_text="暴露垃圾"))
        page.get_by_label(say("report.how")).fill(WORDS)
        duty.on(page.locator(".st-key-report_submit button"))
        assert duty.touches <= DAILY
        incident = logged_once(rong)
        page.reload()
        duty.visit.settle()
        page.go_back()
        duty.visit.settle()
        assert logged_once(rong) == incident

        duty.visit.go(f"/incidents?id={incident}")
        duty.starts_anew()
        duty.on(page.locator('[class*="_dispatch_open"] button'))
        duty.on(page.locator('[class*="_dispatch_confirm"] button'))
        duty.on(page.locator('[class*="st-key-whistle_"][class*="_blow"] button'))
        duty.on(page.locator('[class*="_departments"] button').filter(has_text=place.department))
        duty.on(page.locator(f'[class*="st-key-whistle_{incident}_"][class*="_confirm"] button'))
        expect(page.locator(".lg-answer-awaited")).to_have_count(1)
        duty.visit.picture(tmp_path / "whistled.png")

    with Hand.of(chromium, rong.server, "tablet", Role.GRID_LEADER) as leader:
        leader.visit.go("/incidents")
        leader.starts_anew()
        leader.on(leader.page.locator(f".st-key-lg-pick-incidents-{incident} button"))
        leader.on(leader.page.locator('[class*="_take_over_do"] button'))
        leader.on(leader.page.locator('[class*="_feed_back_open"] button'))
        leader.page.locator('[class*="_feed_back_note"] textarea').fill("执法队到场后一起清运完毕。")
        leader.on(leader.page.locator('[class*="_feed_back_confirm"] button'))
        assert leader.touches <= DAILY
        assert status_of(rong, incident) is IncidentStatus.FED_BACK

    with Hand.of(chromium, rong.server, "portrait", Role.DEPARTMENT) as department:
        department.visit.go("/incidents")
        department.starts_anew()
        department.on(department.page.locator(f".st-key-lg-pick-awaited-{incident} button"))
        report_in = department.page.get_by_role("button", name=say("whistles.report"), exact=False)
        box = report_in.first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 1180, "in sight without scrolling"
        department.visit.picture(tmp_path / "called.png")
        department.on(report_in)
        department.on(department.page.locator('[class*="_report_confirm"] button'))
        assert department.touches <= DAILY
        expect(department.page.locator(".lg-answer-reported_in")).to_have_count(1)

    with Hand.of(chromium, rong.server, "desk", Role.COMMUNITY_SECRETARY) as secretary:
        secretary.visit.go(f"/incidents?id={incident}")
        assert say("case.waits.fed_back") in secretary.visit.text()
        secretary.on(secretary.page.locator('[class*="_verify_do"] button'))
        assert status_of(rong, incident) is IncidentStatus.VERIFIED
        secretary.visit.picture(tmp_path / "verified.png")


def test_the_desk_of_rong_counts_what_it_lists(chromium: Browser, rong: Town, tmp_path: Path) -> None:
    with rong.database.reading(EVERYWHERE) as session:
        still_open = session.scalar(select(func.count(Incident.id)).where(Incident.status.in_(OPEN)))
    with Hand.of(chromium, rong.server, "desk", Role.COMMAND_CENTRE) as duty:
        page = duty.page
        duty.visit.go("/desk")
        rows, pills = page.locator('[class*="st-key-lg-pick-desk-"]'), page.locator(".st-key-desk_filter button")
        for place in range(1, pills.count()):
            duty.on(pills.nth(place))
            expect(rows).to_have_count(number_in(pills.nth(place).inner_text()))
        duty.on(pills.first)
        foot = page.locator("div.lg-foot").inner_text()
        more, in_hand = number_in(f"{foot.partition('另有')[0]} 0"), number_in(foot.partition("另有")[2])
        everything = number_in(pills.first.inner_text())
        assert rows.count() + more == everything
        assert figure(page, say("desk.open")) == everything + in_hand == still_open
        duty.visit.picture(tmp_path / "desk.png")
        closed = figure(page, say("desk.closed"))
        duty.on(page.locator('.st-key-lg-panel-figures a[href*="behind=closed"]'))
        expect(page.get_by_text(say("incidents.total", n=closed))).to_be_visible()


def test_rong_holds_its_headline_figures_and_shows_visitors_nobody(chromium: Browser, rong: Town) -> None:
    with Hand.of(chromium, rong.server, "desk", Role.ADMINISTRATOR) as administrator:
        check_headline(administrator, rong)
    check_visitor(chromium, rong)
