"""林 walked by its roles: the daily acts by hand, 68 members, 7 teams and 960 activities on the pages.

What has a story of its own is not walked again: QR and redemption (test_point_story, test_points), a member's service
for a pledge (test_pledges), sign-up for a planned activity and a station on the map (test_activities).
"""

import re
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, expect
from sqlalchemy import func, select

from db.models import Activity, Area, Attendance, AttendanceCorrection, Person, Rota, RotaSwap, User, Visit
from domain.clock import to_local, utc_now
from domain.permissions import EVERYWHERE, Role
from tests.browser.hand import DAILY, Hand, say
from tests.browser.towns import PRINTS, Town, check_headline, figure, number_in

pytestmark = pytest.mark.browser
OPACITY = "one => Number(getComputedStyle(one).opacity)"


@pytest.fixture(scope="module")
def lin(demo_file: Path, server: str) -> Town:
    """The town that most tests use."""
    return Town("linfeng", demo_file, server)


def test_a_grid_leader_of_lin_logs_a_visit_and_checks_a_plot_by_finger(
    chromium: Browser, lin: Town, tmp_path: Path
) -> None:
    with Hand.of(chromium, lin.server, "tablet", Role.GRID_LEADER) as leader:
        with lin.database.reading(EVERYWHERE) as session:
            before = session.scalar(select(func.count(Visit.id)))
        leader.to("visits")
        leader.on(leader.page.locator('[class*="st-key-visits_"][class*="_grid_"] button'))
        expect(leader.page.locator(".lg-place-set")).to_be_visible()
        leader.on(leader.page.locator(".st-key-visits_submit button"))
        assert leader.touches <= DAILY
        leader.visit.picture(tmp_path / "visit.png")
        with lin.database.reading(EVERYWHERE) as session:
            assert session.scalar(select(func.count(Visit.id))) == (before or 0) + 1

        leader.starts_anew()
        leader.to("plots")
        leader.on(leader.page.locator('a.lg-who[href*="plots?id="]'))
        history = leader.page.locator("h3.lg-h3").last
        checks = number_in(history.inner_text())
        leader.on(leader.page.locator(".st-key-plots_kept button"))
        assert leader.touches <= DAILY
        expect(history).to_have_text(say("plots.history", n=checks + 1))
        leader.visit.picture(tmp_path / "plot.png")


def test_a_secretary_of_lin_assigns_from_the_proposal_and_finds_the_other_members(
    chromium: Browser, lin: Town, tmp_path: Path
) -> None:
    with Hand.of(chromium, lin.server, "desk", Role.COMMUNITY_SECRETARY) as secretary:
        page = secretary.page
        secretary.to("assignments")
        assert say("assignments.members_all", n=68) in secretary.visit.text()
        looking, bare = figure(page, say("assignments.people")), figure(page, say("assignments.bare"))
        secretary.visit.picture(tmp_path / "assignments.png")
        secretary.starts_anew()
        secretary.on(page.locator(".st-key-switch button"))
        secretary.on(page.locator(".st-key-propose button"))
        secretary.visit.picture(tmp_path / "proposal.png")
        secretary.on(page.locator('[class*="st-key-lg-proposal-"] .stButton button'))
        assert secretary.touches <= DAILY
        assert figure(page, say("assignments.bare")) == bare - 1
        now_looking = figure(page, say("assignments.people"))
        assert looking <= now_looking <= looking + 1
        rest = 68 - now_looking
        secretary.on(page.get_by_role("link", name=re.compile(f"{rest} 人现在没有包联")))
        assert say("people.found", n=rest) in secretary.visit.text()
        secretary.visit.picture(tmp_path / "unassigned.png")


def test_a_secretary_of_lin_confirms_what_a_leader_noted_for_a_pledge(
    chromium: Browser, lin: Town, tmp_path: Path
) -> None:
    with Hand.of(chromium, lin.server, "tablet", Role.COMMUNITY_SECRETARY) as secretary:
        secretary.to("pledges")
        waiting = secretary.page.locator('.lg-note-line a[href*="part=waiting"]')
        before = number_in(waiting.inner_text())
        secretary.on(waiting)
        secretary.on(secretary.page.locator('[class*="st-key-confirm-"] button'))
        assert secretary.touches <= DAILY
        if before > 1:
            assert number_in(waiting.inner_text()) == before - 1
        secretary.visit.picture(tmp_path / "confirmed.png")


def test_the_states_of_lins_pledges_open_their_lists(chromium: Browser, lin: Town, tmp_path: Path) -> None:
    with Hand.of(chromium, lin.server, "desk", Role.COMMAND_CENTRE) as duty:
        duty.visit.go("/pledges")
        for place in range(4):  # the share kept, late, on the way, broken
            shown = duty.page.locator(".st-key-lg-panel-pledge-figures .lg-figure").nth(place)
            words = shown.locator(".lg-compare" if place == 0 else ".lg-number").inner_text()
            expected = number_in(words.split("兑现")[-1])
            assert expected > 0, "the town has pledges in every state"
            duty.on(shown.locator("a"))
            title = duty.page.locator(".st-key-lg-panel-assign-list .lg-title b").inner_text()
            assert title == f"{say('pledges.list')} {expected}"
        duty.visit.picture(tmp_path / "pledges.png")


def test_a_rota_of_lin_is_made_and_two_exchange_their_duties(chromium: Browser, lin: Town, tmp_path: Path) -> None:
    with Hand.of(chromium, lin.server, "portrait", Role.PARTY_MEMBER) as member:
        member.to("rotas")
        member.on(member.page.get_by_text(say("rotas.swap"), exact=True))
        member.on(member.page.locator(".st-key-rota_ask button"))
        assert member.touches <= DAILY
        member.visit.picture(tmp_path / "swap.png")
    with lin.database.reading(EVERYWHERE) as session:
        asked = session.scalar(select(RotaSwap.rota_id).order_by(RotaSwap.id.desc()).limit(1))
        first = select(Person.name).order_by(Person.name_key)
        members = session.scalars(first.limit(3)).all()

    with Hand.of(chromium, lin.server, "tablet", Role.COMMUNITY_SECRETARY) as secretary:
        page = secretary.page
        secretary.visit.go(f"/rotas?id={asked}")
        secretary.on(page.locator('[class*="st-key-rota_accept_"] button'))
        expect(page.locator('[class*="st-key-rota_accept_"]')).to_have_count(0)

        page.get_by_text(say("rotas.make"), exact=True).click()
        page.get_by_label(say("rotas.name"), exact=True).first.fill("周末楼道轮值")
        page.keyboard.press("Enter")
        secretary.visit.settle()
        people = page.locator('[class*="st-key-rota_"][class*="_people"]').first
        for name in members:
            people.get_by_role("combobox").tap()
            page.keyboard.type(name)
            page.get_by_role("option", name=name, exact=True).click()
            secretary.visit.settle()
        page.keyboard.press("Escape")
        secretary.on(page.locator(".st-key-rota_make button"))
        expect(page.locator(".st-key-lg-panel-rota-week")).to_contain_text("周末楼道轮值")
        page.evaluate(PRINTS)
        secretary.on(page.locator(".lg-print"))
        assert page.evaluate("window.prints") == 1
        secretary.visit.picture(tmp_path / "rota.png")
    with lin.database.reading(EVERYWHERE) as session:
        assert session.scalar(select(Rota.name).order_by(Rota.id.desc()).limit(1)) == "周末楼道轮值"


def served(town: Town) -> tuple[int, int]:
    """(activity, attendance) of hours in the first leader's grid that nobody corrected yet, the newest."""
    with town.database.reading(EVERYWHERE) as session:
        leader = session.scalars(select(User).where(User.role == Role.GRID_LEADER.value).order_by(User.id)).first()
        path = session.get_one(Area, leader.area_id).path  # type: ignore[union-attr]
        found = session.execute(
            select(Activity.id, Attendance.id)
            .join(Attendance, Attendance.activity_id == Activity.id)
            .join(Area, Area.id == Activity.area_id)
            .where(
                Area.path.startswith(path), Attendance.minutes > 60, Activity.ends_at < utc_now() - timedelta(days=1),
                Attendance.id.not_in(select(AttendanceCorrection.attendance_id)),
            )
            .order_by(Activity.ends_at.desc())
        ).first()  # fmt: skip
    assert found is not None
    return found[0], found[1]


def test_hours_in_lin_are_corrected_by_two_people(chromium: Browser, lin: Town, tmp_path: Path) -> None:
    activity, attendance = served(lin)
    with lin.database.reading(EVERYWHERE) as session:
        row = session.get_one(Attendance, attendance)
        minutes, left = row.minutes or 0, row.checked_out_at
    with Hand.of(chromium, lin.server, "tablet", Role.GRID_LEADER) as leader:
        leader.visit.go(f"/activities?id={activity}")
        leader.on(leader.page.locator(f".st-key-correct-{attendance} button"))
        box = leader.page.locator('[data-testid="stTimeInput"]').filter(has_text=say("fields.left_at")).first
        box.get_by_role("spinbutton").first.click()
        leader.page.keyboard.type(f"{to_local(left) - timedelta(minutes=20):%H%M}")  # type: ignore[arg-type]
        leader.page.keyboard.press("Enter")
        leader.visit.settle()
        leader.page.get_by_label(say("fields.correction_reason")).fill("提前离开")
        leader.on(leader.page.locator('[class*="st-key-correct-"][class*="-send"] button'))
        assert leader.touches <= DAILY
        leader.visit.picture(tmp_path / "asked.png")
    with lin.database.reading(EVERYWHERE) as session:
        asked = session.scalars(select(AttendanceCorrection).order_by(AttendanceCorrection.id.desc())).first()
        assert asked is not None
        assert asked.attendance_id == attendance
        number = asked.id
        assert session.get_one(Attendance, attendance).minutes == minutes, "one alone changes nothing"
    with Hand.of(chromium, lin.server, "desk", Role.COMMUNITY_SECRETARY) as secretary:
        secretary.to("volunteers")
        secretary.on(secretary.page.locator(f".st-key-corr-yes-{number} button"))
        assert secretary.touches <= DAILY
        secretary.visit.picture(tmp_path / "confirmed.png")
    with lin.database.reading(EVERYWHERE) as session:
        assert minutes - 21 <= (session.get_one(Attendance, attendance).minutes or 0) <= minutes - 19


def test_lin_holds_its_headline_figures(chromium: Browser, lin: Town, tmp_path: Path) -> None:
    with Hand.of(chromium, lin.server, "desk", Role.ADMINISTRATOR) as administrator:
        check_headline(administrator, lin)
        administrator.visit.picture(tmp_path / "demo.png")
        administrator.visit.go("/organisations?view=people&kind=members")
        assert say("people.found", n=68) in administrator.visit.text()
        administrator.to("volunteers")
        page = administrator.page
        page.get_by_role("radio", name=say("own_service.total"), exact=True).click()
        administrator.visit.settle()
        assert figure(page, say("volunteers.activities")) >= 960
        page.locator(".st-key-lg-panel-by-team summary").click()
        teams = page.locator(".st-key-lg-panel-by-team tbody tr")
        expect(teams).to_have_count(7 + 1)  # and the sum
        administrator.visit.picture(tmp_path / "teams.png")


def test_labels_of_lins_plots_do_not_lie_on_each_other(chromium: Browser, lin: Town, tmp_path: Path) -> None:
    with Hand.of(chromium, lin.server, "tablet", Role.COMMAND_CENTRE) as duty:
        duty.visit.go("/plots")
        frame = duty.page.frame_locator(".st-key-lg-panel-report-map iframe")
        expect(frame.locator(".leaflet-tooltip.linge-part")).to_have_count(12)
        duty.page.wait_for_timeout(1500)  # the map fits the plots into its view
        shown = [one for one in frame.locator(".leaflet-tooltip.linge-part").all() if one.evaluate(OPACITY) > 0]
        boxes = [one.bounding_box() for one in shown]
        assert len(boxes) > 4
        assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == []
        duty.visit.picture(tmp_path / "plots.png")


def overlap(one: FloatRect | None, other: FloatRect | None) -> bool:
    """Whether two boxes have ground in common."""
    assert one is not None
    assert other is not None
    beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    over = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not (beside or over)
