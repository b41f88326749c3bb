"""岚 walked by its roles: five homes and one station, a weekly hour, the look at a split before it is made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from config.profiles import load_profile
from db.models import Activity, Area
from domain.clock import to_local
from domain.permissions import EVERYWHERE, Role
from tests.browser.hand import Hand, choose, say
from tests.browser.towns import PRINTS, Town, check_headline, check_visitor, running_town

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town with a server of its own."""
    with running_town("lanshan", tmp_path_factory.mktemp("lan")) as town:
        yield town


def test_lan_shows_five_homes_and_one_station(chromium: Browser, lan: Town, tmp_path: Path) -> None:
    kinds = [kind for kind in load_profile("lanshan").station_kinds if kind.symbol == "five_homes"]
    assert len(kinds) == 6
    with Hand.of(chromium, lan.server, "tablet", Role.VISITOR) as visitor:
        visitor.to("stations")
        for kind in kinds:
            expect(visitor.page.get_by_role("radio", name=f"{kind.name.zh} 1", exact=True)).to_be_visible()
        visitor.on(visitor.page.get_by_role("radio", name=f"{kinds[0].name.zh} 1", exact=True))
        expect(visitor.page.locator('[class*="st-key-lg-pick-stations-"]')).to_have_count(1)
        visitor.visit.picture(tmp_path / "homes.png")


def test_a_secretary_of_lan_plans_a_weekly_hour_and_prints_the_week(
    chromium: Browser, lan: Town, tmp_path: Path
) -> None:
    title = "放学来吧：海洋绘本"
    with Hand.of(chromium, lan.server, "desk", Role.COMMUNITY_SECRETARY) as secretary:
        page = secretary.page
        secretary.to("activities")
        secretary.on(page.locator(".st-key-plan button"))
        page.get_by_label(say("fields.activity_title")).fill(title)
        choose(secretary, "plan-new-station", "青年之家")
        choose(secretary, "plan-new-unit", say("activities.repeat.week"))
        secretary.visit.picture(tmp_path / "repeat.png")
        secretary.on(page.locator(".st-key-plan-new-save button"))
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.locator(".lg-card-head")).to_contain_text(say("activities.series"))
        with lan.database.reading(EVERYWHERE) as session:
            planned = session.scalars(select(Activity).where(Activity.title == title).order_by(Activity.id)).all()
            station, day = planned[0].station_id, to_local(planned[0].starts_at).date()
        assert len(planned) > 8
        assert {to_local(one.starts_at).weekday() for one in planned} == {day.weekday()}
        secretary.visit.go(f"/weekly_plan?of=s{station}&week={day.isoformat()}")
        assert title in secretary.visit.text()
        page.evaluate(PRINTS)
        secretary.on(page.locator(".lg-print"))
        assert page.evaluate("window.prints") == 1
        secretary.visit.picture(tmp_path / "week.png")


def test_the_administrator_of_lan_looks_at_a_split_before_making_it(
    chromium: Browser, lan: Town, tmp_path: Path
) -> None:
    with lan.database.reading(EVERYWHERE) as session:
        largest = session.scalars(
            select(Area).where(Area.level == "grid", Area.valid_to.is_(None)).order_by(Area.households.desc())
        ).first()
        assert largest is not None
        grids = session.scalar(select(func.count(Area.id)).where(Area.level == "grid"))
        number, households = largest.id, largest.households or 0
    with Hand.of(chromium, lan.server, "desk", Role.ADMINISTRATOR) as administrator:
        page = administrator.page
        administrator.visit.go(f"/area_changes?areas={number}")
        frame = page.locator(".st-key-lg-panel-area-changes-map iframe")
        for corner in (0.03, 0.97):  # a line across the whole grid, which the map has flown to
            administrator.on_map(frame, corner, 0.5)
        parts = page.locator('[class*="st-key-change-households-"] input')
        shares = [int(parts.nth(place).input_value()) for place in range(parts.count())]
        assert len(shares) > 1
        assert sum(shares) == households
        for row in page.locator(".st-key-lg-panel-area-changes tbody tr").all():
            total, *rest = [int(words) for words in row.locator("td").all_inner_texts()]
            assert total == sum(rest)
        administrator.visit.picture(tmp_path / "split.png")
    with lan.database.reading(EVERYWHERE) as session:
        assert session.scalar(select(func.count(Area.id)).where(Area.level == "grid")) == grids, "nothing is written"


def test_lan_holds_its_headline_figures_and_shows_visitors_nobody(chromium: Browser, lan: Town) -> None:
    with Hand.of(chromium, lan.server, "desk", Role.ADMINISTRATOR) as administrator:
        check_headline(administrator, lan)
    check_visitor(chromium, lan)
