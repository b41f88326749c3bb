"""Areas: lists, edits, the staffing rule, the check of boundaries, exports."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from db.models import AuditEntry
from db.session import Database, reading
from domain.areas import StaffingVerdict
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from domain.texts import EmptyText
from geo.repair import to_multi
from services.areas import checks as area_checks
from services.areas import exporting as area_export
from services.areas import register as areas
from services.areas.exporting import UnknownFormat
from services.areas.register import AreaForm, InvalidAreaKind, InvalidHouseholds, UnknownLevel
from tests.boundaries import areas_by_code, square
from tests.factories import make_area, make_user

SECRETARY = Actor(1, "li", "李书记", Role.COMMUNITY_SECRETARY)
VISITOR = Actor(2, "v", "访客", Role.VISITOR)


@pytest.fixture
def town(db: Database) -> int:
    """A street with three grids of 100, 400 and 620 households, and one whose number is not known."""
    street = make_area("李村街道", level="street", code="S", box=square(0, 0, 4).bounds)
    for place, households in enumerate((100, 400, 620, None)):
        make_area(f"{place}格", code=f"G{place}", parent=street, households=households, box=square(place, 0).bounds)
    return street


class TestLists:
    def test_areas_come_from_the_top_down(self, town: int) -> None:
        found = areas.list_areas(SYSTEM)
        assert [area.code for area in found] == ["S", "G0", "G1", "G2", "G3"]
        assert (found[1].parent, found[1].parent_name) == ("S", "李村街道")
        assert [area.code for area in areas.list_areas(SYSTEM, "street")] == ["S"]

    def test_levels_are_counted_in_the_profile_s_order(self, town: int) -> None:
        assert areas.count_areas_by_level(SYSTEM) == {"city": 0, "district": 0, "street": 1, "community": 0, "grid": 4}

    @pytest.mark.parametrize(
        ("search", "codes"), [("licun", ["S"]), ("lcjd", ["S"]), ("李村", ["S"]), ("G2", ["G2"]), ("%", [])]
    )
    def test_name_pinyin_initials_and_code_are_searched(self, town: int, search: str, codes: list[str]) -> None:
        assert [area.code for area in areas.find_areas(SYSTEM, search=search).areas] == codes

    def test_pages_are_cut_and_counted(self, town: int) -> None:
        page = areas.find_areas(SYSTEM, level="grid", page=2, page_size=3)
        assert ([area.code for area in page.areas], page.total) == (["G3"], 4)

    def test_children_are_listed_by_parent(self, town: int) -> None:
        assert areas.find_areas(SYSTEM, parent_id=town).total == 4

    def test_choices_name_the_area_above(self, town: int) -> None:
        assert areas.list_area_choices(SYSTEM)["G1"] == "李村街道 · 1格"

    def test_level_is_refused_when_unknown(self, sqlite_db: Database) -> None:
        for call in (areas.list_areas, area_checks.check_areas):
            with pytest.raises(UnknownLevel):
                call(SYSTEM, "kingdom")

    def test_visitor_is_refused(self, sqlite_db: Database) -> None:
        for call in (areas.list_areas, areas.find_areas, areas.count_areas_by_level, area_checks.check_areas):
            with pytest.raises(PermissionDenied):
                call(VISITOR)


class TestStaffing:
    def test_grid_of_620_households_is_flagged(self, town: int) -> None:
        found = {area.code: area.staffing for area in areas.list_staffing_findings(SYSTEM)}
        assert found.keys() == {"G2", "G0"}  # 400 fits, and a number that is not known is no finding
        assert (found["G2"].verdict, found["G2"].cut_into) == (StaffingVerdict.TOO_MANY, 2)
        assert found["G0"].verdict is StaffingVerdict.TOO_FEW

    def test_dedicated_grid_is_not_flagged(self, town: int) -> None:
        grid = areas.find_areas(SYSTEM, search="G2").areas[0]
        areas.edit_area(SYSTEM, grid.id, AreaForm("商场", 620, "dedicated"), grid.version)
        assert "G2" not in {area.code for area in areas.list_staffing_findings(SYSTEM)}


class TestEdit:
    def test_name_and_households_are_kept_and_recorded(self, town: int) -> None:
        grid = areas.find_areas(SYSTEM, search="G2").areas[0]
        view = areas.edit_area(SYSTEM, grid.id, AreaForm("  新 名 ", 480, "comprehensive"), grid.version)
        assert (view.name, view.households, view.version) == ("新 名", 480, grid.version + 1)
        assert areas.find_areas(SYSTEM, search="xinming").areas[0].id == grid.id
        with reading(EVERYWHERE) as session:
            entry = session.query(AuditEntry).filter_by(action="areas.edit").one()
        assert entry.detail == "G2: 2格 → 新 名, 620 → 480"

    def test_second_editor_is_told(self, town: int) -> None:
        grid = areas.find_areas(SYSTEM, search="G2").areas[0]
        areas.edit_area(SYSTEM, grid.id, AreaForm("甲", 480, "comprehensive"), grid.version)
        with pytest.raises(StaleRecord):
            areas.edit_area(SYSTEM, grid.id, AreaForm("乙", 1, "comprehensive"), grid.version)
        assert areas.get_area(SYSTEM, grid.id).name == "甲"

    @pytest.mark.parametrize(
        ("form", "refusal"),
        [
            (AreaForm(" ", 1, "comprehensive"), EmptyText),
            (AreaForm("甲", -1, "comprehensive"), InvalidHouseholds),
            (AreaForm("甲", 10**9, "comprehensive"), InvalidHouseholds),
            (AreaForm("甲", 1, "castle"), InvalidAreaKind),
        ],
    )
    def test_form_is_refused_when_wrong(self, town: int, form: AreaForm, refusal: type[Exception]) -> None:
        grid = areas.find_areas(SYSTEM, search="G2").areas[0]
        with pytest.raises(refusal):
            areas.edit_area(SYSTEM, grid.id, form, grid.version)
        assert areas.get_area(SYSTEM, grid.id) == grid

    def test_edit_is_refused_when_absent_or_not_allowed(self, town: int) -> None:
        with pytest.raises(NotFound):
            areas.edit_area(SYSTEM, 999, AreaForm("甲", 1, "comprehensive"), 1)
        with pytest.raises(PermissionDenied):
            areas.edit_area(SECRETARY, town, AreaForm("甲", 1, "comprehensive"), 1)


class TestCheck:
    def test_one_of_each_is_found(self, db: Database) -> None:
        """Feature A3: a fixture with one of each gives exactly those findings, each named, in square metres."""
        street = make_area("街道", level="street", code="S", box=square(0, 0, 4).bounds)
        bowtie = shapely.Polygon([(112.60, 34.58), (112.61, 34.59), (112.61, 34.58), (112.60, 34.59), (112.60, 34.58)])
        shapes = {
            "A": square(0, 0, 2), "B": shapely.box(112.618, 34.55, 112.63, 34.57),  # overlaps A by 200 m
            "C": shapely.box(112.63, 34.55, 112.642, 34.57),  # 200 m beyond the street
            "D": shapely.box(112.60, 34.57, 112.64, 34.57002), "E": bowtie,
        }  # fmt: skip
        for code, shape in shapes.items():
            outline = shape if code == "E" else to_multi(shape)
            make_area(
                code, code=code, parent=street, geometry=shapely.MultiPolygon([outline]) if code == "E" else outline
            )
        found = area_checks.check_areas(SYSTEM, "grid")
        plain = found.as_dict()
        assert [finding["codes"] for finding in plain["overlaps"]] == [("A", "B")]
        assert plain["overlaps"][0]["m2"] == pytest.approx(0.002 * 0.02 * 1.0184e10, rel=0.01)
        assert [(finding["code"], finding["parent"]) for finding in plain["outside_parent"]] == [("C", "S")]
        assert [finding["code"] for finding in plain["slivers"]] == ["D"]
        assert [(finding["code"], finding["reason"]) for finding in plain["invalid"]] == [("E", "self_intersection")]
        assert found.counts()["gaps"] == len(plain["gaps"]) > 0
        assert found.checked == 5

    def test_nothing_is_found_when_all_is_well(self, town: int) -> None:
        found = area_checks.check_areas(SYSTEM, "street")
        assert sum(found.counts().values()) == 0


class TestExport:
    @pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
    def test_geometry_and_names_come_back(self, town: int, tmp_path: Path, suffix: str) -> None:
        actor = make_user(Role.COMMUNITY_SECRETARY, area=town)
        report = area_export.export_areas(actor, suffix, "grid", tmp_path / f"out.{suffix}")
        frame = gpd.read_file(tmp_path / f"out.{suffix}")
        assert (report.areas, frame["name"].tolist()) == (4, ["0格", "1格", "2格", "3格"])
        present = areas_by_code()
        for code, shape in zip(frame["code"], frame.geometry, strict=True):
            assert shape.equals_exact(present[code].geometry, 1e-9)

    def test_formula_stays_text_in_excel(self, sqlite_db: Database, tmp_path: Path) -> None:
        from zipfile import ZipFile

        make_area("=1+1", level="street", code="007")
        area_export.export_areas(SYSTEM, "xlsx", None, tmp_path / "out.xlsx")
        sheet = ZipFile(tmp_path / "out.xlsx").read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "=1+1" in ZipFile(tmp_path / "out.xlsx").read("xl/sharedStrings.xml").decode()
        assert "007" in ZipFile(tmp_path / "out.xlsx").read("xl/sharedStrings.xml").decode()

    def test_export_is_recorded_and_guarded(self, town: int, tmp_path: Path) -> None:
        area_export.export_areas(SYSTEM, "geojson", "grid", tmp_path / "out.geojson")
        with reading(EVERYWHERE) as session:
            assert session.query(AuditEntry).filter_by(action="areas.export").one().detail == "grid geojson 4"
        with pytest.raises(PermissionDenied):
            area_export.export_areas(VISITOR, "geojson", None, tmp_path / "no.geojson")
        with pytest.raises(UnknownFormat):
            area_export.export_areas(SYSTEM, "doc", None, tmp_path / "no.doc")
        assert not list(tmp_path.glob("no.*"))
