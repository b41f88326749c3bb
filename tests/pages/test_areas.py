"""The page of areas as its roles use it. The map itself has tests of its own and is left out here."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.permissions import GRANTS, Actor, Permission, Role
from services.areas import register as areas
from services.areas.register import AreaForm
from services.maps.overlays import read_overlay
from tests.boundaries import areas_by_code, square, write_geojson
from tests.factories import make_area, make_user
from tests.pages.session import is_closed, open_page, press, said, texts_of
from tests.statements import recorded
from ui.components.area_import import _file_name, on_disk
from ui.components.map import MapClick
from ui.safe import plain

STREET = "410311001"


@pytest.fixture
def drawn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page told its map last; ``clicks`` are given to the page once."""
    seen: dict[str, Any] = {"clicks": {}}

    def show_map(spec: Any, key: str, height: int, instruct: Any = None) -> None:
        seen[key] = instruct

    monkeypatch.setattr("ui.components.map.show_map", show_map)
    monkeypatch.setattr("ui.components.map.take_click", lambda key: seen["clicks"].pop(key, None))
    return seen


@pytest.fixture
def street(drawn: dict[str, Any]) -> int:
    """A street with two grids, of which one is too large."""
    street = make_area("李村街道", level="street", code=STREET, box=square(0, 0, 4).bounds)
    for place, households in enumerate((400, 620)):
        box = square(place, 0).bounds
        make_area(f"{place}格", code=f"{STREET}00100{place + 1}", parent=street, households=households, box=box)
    return street


@pytest.fixture
def admin(drawn: dict[str, Any]) -> Actor:
    return make_user(Role.ADMINISTRATOR)


def choose(page: AppTest, view: str) -> AppTest:
    return page.button_group(key="areas-view").set_value(view).run()


def grid(n: int) -> int:
    return areas_by_code()[f"{STREET}00100{n}"].id


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.AREA_SEE in GRANTS[role]])
def test_page_lists_areas_for_every_role_that_may(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    empty = texts_of(open_page(monkeypatch, make_user(Role.ADMINISTRATOR, locale=locale), "areas"))
    assert text(locale, "areas.empty") in empty
    assert text(locale, "areas.empty.next") in empty
    street = make_area("李村街道", level="street", code=STREET, box=square(0, 0, 4).bounds)
    actor = make_user(role, area=street, locale=locale)
    page = open_page(monkeypatch, actor, "areas")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert "李村街道" in shown
    views = [option.content for option in page.button_group(key="areas-view").proto.options]
    assert (text(locale, "areas.view.import") in views) == (Permission.AREA_IMPORT in GRANTS[role])
    assert (text(locale, "areas.export.why") in shown) == (Permission.EXPORT in GRANTS[role])
    assert "areas." not in "".join([shown, *views])


def test_page_is_refused_when_the_role_may_not_see_areas(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(monkeypatch, make_user(Role.VISITOR), "areas")
    assert is_closed(page)


def test_search_and_level_narrow_the_list(street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, admin, "areas")
    page.text_input(key="areas-search").set_value("licun").run()
    assert "0格" not in texts_of(page)
    page.text_input(key="areas-search").set_value("nothing like it").run()
    assert text("zh_CN", "areas.not_found") in texts_of(page)


def test_list_costs_few_statements_however_many_areas_there_are(
    street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for more in (0, 60):
        for n in range(more):
            make_area(f"格{n}", parent=street)
        with recorded() as statements:
            open_page(monkeypatch, admin, "areas")
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 1
    assert counts[1] <= 30


class TestCard:
    def test_area_opens_from_list_address_and_map(
        self, street: int, admin: Actor, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = press(open_page(monkeypatch, admin, "areas"), f"areas-{grid(2)}")
        assert page.query_params["area"] == str(grid(2))
        assert f"{STREET}001002" in texts_of(page)
        assert drawn["areas-map"].area == grid(2)
        again = open_page(monkeypatch, admin, "areas", area=grid(1))
        assert f"{STREET}001001" in texts_of(again)
        drawn["clicks"]["areas-map"] = MapClick(112.6, 34.5, 15, "areas", street)
        assert STREET in texts_of(again.run())
        assert drawn["areas-map"].area == street

    def test_parts_and_the_area_above_are_one_step_away(
        self, street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = press(open_page(monkeypatch, admin, "areas", area=street), "areas-parts")
        assert text("zh_CN", "areas.parts_of", name="李村街道") in texts_of(page)
        page = press(press(page, f"areas-{grid(1)}"), "areas-up")
        assert page.query_params["area"] == str(street)

    def test_absent_area_is_said_to_be_gone(self, street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        assert text("zh_CN", "areas.gone") in texts_of(open_page(monkeypatch, admin, "areas", area=999))

    def test_name_and_households_are_saved(self, street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        page = open_page(monkeypatch, admin, "areas", area=grid(2))
        form = f"area-{grid(2)}"
        page.text_input(key=f"{form}-name").set_value("<script>新名</script>")
        page.number_input(key=f"{form}-households").set_value(450)
        page = press(page, f"{form}-save")
        assert not said(page, "error")
        saved = areas.get_area(admin, grid(2))
        assert (saved.name, saved.households) == ("<script>新名</script>", 450)
        assert "<script>" not in "".join(body for body in texts_of(page).splitlines() if "lg-h1" in body)

    def test_second_editor_is_told_and_keeps_what_was_typed(
        self, street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = open_page(monkeypatch, admin, "areas", area=grid(2))
        form = f"area-{grid(2)}"
        other = areas.get_area(admin, grid(2))
        areas.edit_area(admin, other.id, AreaForm("别人改的", 1, "comprehensive"), other.version)
        page.text_input(key=f"{form}-name").set_value("我改的")
        page = press(page, f"{form}-save")
        assert text("zh_CN", "errors.stale_record") in said(page, "error")
        assert page.text_input(key=f"{form}-name").value == "我改的"
        assert areas.get_area(admin, grid(2)).name == "别人改的"
        press(page, f"{form}-save")
        assert areas.get_area(admin, grid(2)).name == "我改的"

    def test_form_is_absent_for_those_who_may_not_edit(self, street: int, monkeypatch: pytest.MonkeyPatch) -> None:
        leader = make_user(Role.GRID_LEADER, area=street)
        page = open_page(monkeypatch, leader, "areas", area=grid(2))
        assert f"{STREET}001002" in texts_of(page)
        assert not page.text_input


def test_grid_of_620_households_is_flagged(street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    page = choose(open_page(monkeypatch, admin, "areas"), "staffing")
    shown = texts_of(page)
    assert text("zh_CN", "areas.staffing.too_many", n=620, parts=2) in shown
    assert text("zh_CN", "areas.staffing.count", n=1) in shown
    assert f"{STREET}001001" not in shown
    assert f"{STREET}001002" in texts_of(press(page, f"staffing-{grid(2)}"))


class TestCheck:
    def test_findings_are_listed_and_drawn(
        self, street: int, admin: Actor, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_area("压着", code="X", parent=street, box=square(0.5, 0).bounds)
        page = choose(open_page(monkeypatch, admin, "areas"), "check")
        assert text("zh_CN", "areas.check.start") in texts_of(page)
        page = press(page, "areas-check")
        assert not said(page, "error")
        shown = texts_of(page)
        kinds = page.button_group(key="areas-check-kind").proto.options
        assert [kind.content for kind in kinds] == [
            f"{text('zh_CN', 'areas.check.overlaps')} 2", f"{text('zh_CN', 'areas.check.gaps')} 1",
        ]  # fmt: skip
        assert "0格 · 压着" in shown
        overlay = drawn["areas-map"].overlay
        assert read_overlay(admin, overlay).count('"kind":"overlaps"') == 2
        press(page, "finding-1")
        assert drawn["areas-map"].overlay_pick == 1

    def test_clean_boundaries_are_said_to_be_clean(
        self, drawn: dict[str, Any], admin: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_area("街道", level="street", box=square(0, 0, 4).bounds)
        page = press(choose(open_page(monkeypatch, admin, "areas"), "check"), "areas-check")
        assert text("zh_CN", "areas.check.clean") in texts_of(page)


class TestImport:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        rows = [(square(x, 1), {"mc": f"新{x}格", "bm": f"{STREET}00201{x}"}) for x in range(2)]
        return write_geojson(tmp_path / "grids.geojson", *rows, (None, {"mc": "空", "bm": f"{STREET}002019"}))

    def upload(self, page: AppTest, file: Path) -> AppTest:
        content = (file.name, file.read_bytes(), "application/json")
        return page.file_uploader[0].set_value([content]).run()

    def test_file_is_looked_into_previewed_and_confirmed(
        self, street: int, admin: Actor, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch, file: Path
    ) -> None:
        page = choose(open_page(monkeypatch, admin, "areas"), "import")
        assert text("zh_CN", "areas.import.start") in texts_of(page)
        page = self.upload(page, file)
        chosen = {box.label: box.value for box in page.selectbox}
        assert chosen[text("zh_CN", "areas.field.name")] == "mc"
        assert chosen[text("zh_CN", "areas.field.code")] == "bm"
        assert chosen[text("zh_CN", "areas.level")] == "grid"
        page = press(page, "areas-preview")
        assert not said(page, "error")
        shown = texts_of(page)
        assert text("zh_CN", "areas.refused.no_geometry", row=3, detail="") in "".join(shown)
        assert read_overlay(admin, drawn["areas-map"].overlay).count('"kind":"new"') == 2
        assert f"{STREET}002010" not in areas_by_code()
        page = press(page, "areas-confirm")
        assert text("zh_CN", "areas.done.imported", created=2, updated=0) in said(page, "success")
        assert areas_by_code()[f"{STREET}002010"].name == "新0格"
        assert text("zh_CN", "areas.import.start") in texts_of(page)

    def test_preview_is_dropped_when_a_choice_changes(
        self, street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch, file: Path
    ) -> None:
        page = press(self.upload(choose(open_page(monkeypatch, admin, "areas"), "import"), file), "areas-preview")
        assert any(button.key == "areas-confirm" for button in page.button)
        page.selectbox(key="areas-import-level").set_value("community").run()
        assert not any(button.key == "areas-confirm" for button in page.button)

    def test_file_that_lies_is_refused_in_words(
        self, drawn: dict[str, Any], admin: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "trick.gpkg").write_bytes(b"PK\x03\x04 no package")
        page = self.upload(choose(open_page(monkeypatch, admin, "areas"), "import"), tmp_path / "trick.gpkg")
        words = text("zh_CN", "errors.geo.not_a_geopackage", name=plain("trick.gpkg"), found="zip")
        assert words in said(page, "error")
        assert not page.exception

    def test_stations_are_imported_from_a_table(
        self, street: int, admin: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "s.csv").write_text("名称,lon,lat\n红石榴驿站,112.605,34.555\n", "utf-8")
        page = choose(open_page(monkeypatch, admin, "areas"), "import")
        page = page.button_group(key="areas-what").set_value("stations").run()
        page = self.upload(page, tmp_path / "s.csv")
        page.selectbox(key="areas-datum").set_value("wgs84").run()
        page = press(press(page, "areas-preview"), "areas-confirm")
        assert text("zh_CN", "areas.done.imported", created=1, updated=0) in said(page, "success")


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a.gpkg", "a.gpkg"), ("../../etc/a.csv", "a.csv"), ("C:\\x\\y.zip", "y.zip"), ("..", "upload"), ("", "upload"),
     ("a\0b.csv", "ab.csv"), ("文" * 200 + ".geojson", "文" * 60 + ".geojson"), ("noext", "noext")],
)  # fmt: skip
def test_the_name_of_an_upload_is_made_one_for_our_folder(name: str, kept: str) -> None:
    assert _file_name(name) == kept


def test_two_uploads_of_one_name_are_both_kept() -> None:
    class Upload:
        name = "map.csv"

        def __init__(self, content: bytes) -> None:
            self.content = content

        def getvalue(self) -> bytes:
            return self.content

    with on_disk([Upload(b"one"), Upload(b"two")]) as paths:
        assert [(path.name, path.read_bytes()) for path in paths] == [("map.csv", b"one"), ("map.csv", b"two")]
