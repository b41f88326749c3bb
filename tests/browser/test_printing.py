"""The weekly plan and the rota on paper: the sheet alone, the plan on one page of A4 landscape (features F3, D6)."""

import io
from datetime import timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader

from config.texts import text
from domain.clock import local_date, utc_now
from services.rotas.plans import RotaForm, make_rota
from tests.browser.serving import running_server
from tests.browser.small_town import SmallTown
from tests.browser.visit import Visit
from tests.factories import make_activity, make_person, make_room, make_station

pytestmark = pytest.mark.browser


def paper(visit: Visit) -> list[PageObject]:
    """The pages as the browser prints them."""
    return list(PdfReader(io.BytesIO(visit.page.pdf(format="A4", prefer_css_page_size=True))).pages)


def words(pages: list[PageObject]) -> str:
    """Without gaps; a font may name a sign by its radical (⾥ for 里)."""
    return normalize("NFKC", "".join("".join(page.extract_text().split()) for page in pages))


def millimetres(page: PageObject) -> tuple[int, int]:
    return round(float(page.mediabox.width) / 72 * 25.4), round(float(page.mediabox.height) / 72 * 25.4)


def test_the_week_and_the_rota_are_printed_without_what_is_around_them(chromium: Browser, tmp_path: Path) -> None:
    town = SmallTown(tmp_path / "town.db", "linfeng")
    grid, today = town.street.grid_a, local_date(utc_now())
    station = make_station("邻里中心", area_id=grid)
    room = make_room(station, "多功能厅")
    make_activity("合唱排练", station_id=station, room_id=room, starts_at=utc_now())
    people = tuple(make_person(name, area=grid, is_party_member=True) for name in ("张安", "李平"))
    form = RotaForm("夜间巡逻", grid, people, today - timedelta(days=2), today + timedelta(days=4))
    make_rota(town.street.secretary, form)
    with (
        running_server(str(town.database.url), tmp_path / "log.txt") as server,
        Visit.of(chromium, server) as visit,
    ):
        town.sign_in(visit, "command")
        visit.go(f"/weekly_plan?of=s{station}")
        plan = paper(visit)
        visit.go("/rotas")
        rota = paper(visit)
        assert visit.outside == []
    assert len(plan) == 1
    assert millimetres(plan[0]) == (297, 210)
    title = text("zh_CN", "weekly_plan.title_of", name="邻里中心").replace(" ", "")
    for word in (title, "多功能厅", "合唱排练"):
        assert word in words(plan)
    for word in ("夜间巡逻", "张安", "李平"):
        assert word in words(rota)
    for sheet, around in ((plan, text("zh_CN", "weekly_plan.this_week")), (rota, text("zh_CN", "rotas.week.next"))):
        assert around not in words(sheet)
        assert "顾岚" not in words(sheet), "the header stays on the screen"
    town.close()
