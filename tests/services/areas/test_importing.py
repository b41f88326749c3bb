"""Import of areas: every rule of it, on files of our own."""

from pathlib import Path

import pytest
import shapely

from db.models import AuditEntry
from db.session import Database, reading
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from geo.repair import to_multi
from services.areas import applying as area_apply
from services.areas import importing as area_import
from services.areas.plan import DatumUnsure, ImportChoices, PlanOutdated
from services.areas.register import UnknownLevel
from services.lists.cells import UnknownField
from services.system import maintenance
from tests.boundaries import WEST, areas_by_code, bring_in, plan, square, write_geojson
from tests.factories import make_area

STREET = "410311001"
BOWTIE = shapely.Polygon([(WEST, 34.55), (WEST + 0.01, 34.56), (WEST + 0.01, 34.55), (WEST, 34.56), (WEST, 34.55)])


def _build_town() -> None:
    """A street of 4 by 4 squares with two communities of 2 by 4."""
    street = make_area("李村街道", level="street", code=STREET, geometry=to_multi(square(0, 0, 4)))
    for number, (name, columns) in enumerate((("南社区", (0, 1)), ("北社区", (2, 3))), 1):
        half = shapely.union_all([square(x, y) for x in columns for y in range(4)])
        make_area(name, level="community", code=f"{STREET}00{number}", parent=street, geometry=to_multi(half))


@pytest.fixture
def town(db: Database, tmp_path: Path) -> Path:
    """A town on each kind of database; answers with a folder for files."""
    _build_town()
    return tmp_path


@pytest.fixture
def small_town(sqlite_db: Database, tmp_path: Path) -> Path:
    """The same on SQLite alone, for what does not depend on the kind."""
    _build_town()
    return tmp_path


def grid(n: int, **more: object) -> dict[str, object]:
    return {"name": f"第{n}网格", "code": f"{STREET}001{n:03d}"} | more


def refusals(found: area_import.ImportPlan) -> list[tuple[int, str]]:
    return [(row.row, row.reason) for row in found.refused]


def warnings(found: area_import.ImportPlan) -> set[str]:
    return {warning.code.removeprefix("areas.warning.") for warning in found.warnings}


def balances(found: area_import.ImportPlan) -> bool:
    parts = found.created + found.updated + found.unchanged + found.merged + len(found.refused)
    return found.read == parts


class TestTree:
    def test_parents_and_paths_stand_when_imported_from_the_top(self, town: Path) -> None:
        found = bring_in(write_geojson(town / "g.geojson", (square(0, 0), grid(1))), "grid")
        areas = areas_by_code()
        street, community, first = areas[STREET], areas[f"{STREET}001"], areas[f"{STREET}001001"]
        assert (first.parent_id, community.parent_id, street.parent_id) == (community.id, street.id, None)
        assert first.path == f"/{street.id}/{community.id}/{first.id}/"
        assert (street.depth, community.depth, first.depth) == (0, 1, 2)
        assert first.name_key == f"第1网格 di1wangge d1wg {first.code}"
        assert first.geometry is not None
        assert first.geometry.covers(shapely.Point(first.label_lon, first.label_lat))
        assert first.area_m2 == pytest.approx(1_018_400, rel=0.002)
        assert warnings(found) == set()
        assert maintenance.verify(SYSTEM).ok

    def test_nothing_changes_when_imported_twice(self, town: Path) -> None:
        path = write_geojson(town / "g.geojson", (square(0, 0), grid(1, hh=320)), (square(1, 0), grid(2)))
        bring_in(path, "grid", households="hh")
        before = {code: (area.version, area.updated_at) for code, area in areas_by_code().items()}
        again = bring_in(path, "grid", households="hh")
        assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
        assert {code: (area.version, area.updated_at) for code, area in areas_by_code().items()} == before

    def test_present_row_is_corrected_when_the_file_differs(self, town: Path) -> None:
        bring_in(write_geojson(town / "g.geojson", (square(0, 0), grid(1, hh=320))), "grid", households="hh")
        before = areas_by_code()[f"{STREET}001001"]
        moved = write_geojson(town / "h.geojson", (square(0, 1), grid(1) | {"name": "新名"}))
        found = bring_in(moved, "grid")
        after = areas_by_code()[f"{STREET}001001"]
        assert found.areas[0].changed == ("name", "geometry")
        assert (after.id, after.valid_from, after.version) == (before.id, before.valid_from, before.version + 1)
        assert (after.name, after.households) == ("新名", 320)
        assert after.min_y == pytest.approx(before.min_y + 0.01)
        assert maintenance.verify(SYSTEM).ok

    def test_field_wins_and_disagreement_is_told_when_ways_differ(self, town: Path) -> None:
        rows = [(square(0, 0), grid(1, up=f"{STREET}002")), (square(3, 0), grid(2, up="南社区"))]
        found = bring_in(write_geojson(town / "g.geojson", *rows), "grid", parent="up")
        areas = areas_by_code()
        assert areas[f"{STREET}001001"].parent_id == areas[f"{STREET}002"].id
        assert areas[f"{STREET}001002"].parent_id == areas[f"{STREET}001"].id
        told = [dict(w.values) for w in found.warnings if w.code == "areas.warning.parents_disagree"]
        assert told == [
            {
                "row": 1, "code": f"{STREET}001001",
                "ways": {"by_field": f"{STREET}002", "by_code": f"{STREET}001", "by_place": f"{STREET}001"},
            },
            {
                "row": 2, "code": f"{STREET}001002",
                "ways": {"by_field": f"{STREET}001", "by_code": f"{STREET}001", "by_place": f"{STREET}002"},
            },
        ]  # fmt: skip

    def test_place_decides_when_codes_say_nothing(self, town: Path) -> None:
        rows = [(square(3, 0), {"name": "甲", "code": "G-7"}), (square(0, 0), {"name": "乙", "code": "G-8"})]
        found = bring_in(write_geojson(town / "g.geojson", *rows), "grid")
        areas = areas_by_code()
        assert areas["G-7"].parent_id == areas[f"{STREET}002"].id
        assert areas["G-8"].parent_id == areas[f"{STREET}001"].id
        assert warnings(found) == {"other_numbering"}

    def test_row_is_refused_when_its_parent_is_nowhere(self, town: Path) -> None:
        rows = [
            (square(40, 40), {"name": "远", "code": "X1", "up": "没有"}),
            (square(0, 0), {"name": "近", "code": "X2", "up": "没有"}),
        ]
        found = bring_in(write_geojson(town / "g.geojson", *rows), "grid", parent="up")
        assert refusals(found) == [(1, "unknown_parent")]
        assert {"unknown_parents"} <= warnings(found)
        assert areas_by_code()["X2"].parent_id == areas_by_code()[f"{STREET}001"].id

    def test_whole_subtree_moves_when_its_top_gets_a_parent(self, db: Database, tmp_path: Path) -> None:
        street = write_geojson(tmp_path / "s.geojson", (square(0, 0, 4), {"name": "街道", "code": STREET}))
        bring_in(street, "street")
        bring_in(
            write_geojson(tmp_path / "c.geojson", (square(0, 0, 2), {"name": "社区", "code": f"{STREET}001"})),
            "community",
        )
        bring_in(write_geojson(tmp_path / "g.geojson", (square(0, 0), grid(1))), "grid")
        bring_in(
            write_geojson(tmp_path / "d.geojson", (square(-4, -4, 12), {"name": "区", "code": "410311"})), "district"
        )
        found = bring_in(street, "street")
        assert found.areas[0].changed == ("parent",)
        areas = areas_by_code()
        assert (
            areas[f"{STREET}001001"].path
            == "/"
            + "/".join(str(areas[code].id) for code in ("410311", STREET, f"{STREET}001", f"{STREET}001001"))
            + "/"
        )
        assert maintenance.verify(SYSTEM).ok


class TestRows:
    def test_rows_of_one_code_become_one_area_when_several(self, small_town: Path) -> None:
        rows = [(square(0, 0), grid(1)), (square(0, 3), grid(1)), (square(1, 0), grid(2))]
        found = bring_in(write_geojson(small_town / "g.geojson", *rows), "grid")
        area = areas_by_code()[f"{STREET}001001"]
        assert (found.created, found.merged, area.parts) == (2, 1, 2)
        assert balances(found)

    def test_differences_are_told_when_rows_of_one_code_differ(self, small_town: Path) -> None:
        rows = [(square(0, 0), grid(1, hh=10)), (square(0, 1), grid(1, hh=20) | {"name": "别名"})]
        found = bring_in(write_geojson(small_town / "g.geojson", *rows), "grid", households="hh")
        assert warnings(found) == {"names_differ", "households_differ"}
        area = areas_by_code()[f"{STREET}001001"]
        assert (area.name, area.households, area.parts) == ("第1网格", None, 1)

    def test_outline_is_repaired_and_reported_when_it_crosses_itself(self, small_town: Path) -> None:
        found = bring_in(write_geojson(small_town / "g.geojson", (BOWTIE, grid(1)), (square(1, 0), grid(2))), "grid")
        assert [(row.row, row.code, row.reason) for row in found.repaired] == [
            (1, f"{STREET}001001", "self_intersection")
        ]
        outline = areas_by_code()[f"{STREET}001001"].geometry
        assert outline is not None
        assert outline.is_valid
        assert outline.area == pytest.approx(0.00005)

    def test_rows_are_refused_with_their_number_when_unusable(self, small_town: Path) -> None:
        rows = [
            (None, grid(1)),
            (square(0, 0), grid(2) | {"name": None}),
            (square(0, 0), grid(3) | {"name": "  "}),
            (square(0, 0), grid(4) | {"code": None}),
            (shapely.LineString([(0, 0), (1, 1)]), grid(5)),
            (square(0, 0), grid(6) | {"name": "x" * 121}),
            (square(0, 0), grid(7) | {"name": "a\u0007b"}),
            (shapely.Polygon([(112.6, 34.5), (112.7, 34.5), (112.6, 34.5), (112.6, 34.5)]), grid(8)),
            (square(0, 0), grid(9)),
        ]
        found = bring_in(write_geojson(small_town / "g.geojson", *rows), "grid")
        assert refusals(found) == [
            (1, "no_geometry"), (2, "no_name"), (3, "no_name"), (4, "no_code"), (5, "no_polygon"),
            (6, "text_too_long"), (7, "control_characters"), (8, "no_area"),
        ]  # fmt: skip
        assert found.created == 1
        assert balances(found)

    def test_code_is_refused_when_most_follow_the_scheme(self, small_town: Path) -> None:
        rows = [(square(x, 0), grid(x + 1)) for x in range(3)]
        rows.append((square(3, 0), {"name": "错", "code": f"{STREET}00104"}))
        found = bring_in(write_geojson(small_town / "g.geojson", *rows), "grid")
        assert refusals(found) == [(4, "invalid_code")]

    def test_code_is_refused_when_another_level_has_it(self, small_town: Path) -> None:
        found = bring_in(
            write_geojson(small_town / "g.geojson", (square(0, 0), {"name": "甲", "code": STREET})), "grid"
        )
        assert refusals(found) == [(1, "code_of_other_level")]
        assert found.is_empty

    def test_zeros_stay_when_codes_are_text(self, small_town: Path) -> None:
        rows = [(square(0, 0), {"name": "甲", "code": "007"}), (square(1, 0), {"name": "乙", "code": "010"})]
        bring_in(write_geojson(small_town / "g.geojson", *rows), "grid")
        assert {"007", "010"} <= areas_by_code().keys()

    def test_numbers_become_codes_when_nothing_is_lost(self, small_town: Path) -> None:
        rows = [
            (square(0, 0), {"name": "甲", "code": 410311001001001.0}),
            (square(1, 0), {"name": "乙", "code": 41031100100100212345.0}),
        ]
        found = bring_in(write_geojson(small_town / "g.geojson", *rows), "grid")
        assert refusals(found) == [(2, "lossy_code")]
        assert "410311001001001" in areas_by_code()

    def test_filled_codes_name_the_same_area_when_zeros_differ(self, sqlite_db: Database, tmp_path: Path) -> None:
        bring_in(write_geojson(tmp_path / "a.geojson", (square(0, 0), {"name": "区", "code": "410311"})), "district")
        again = bring_in(
            write_geojson(tmp_path / "b.geojson", (square(0, 0), {"name": "区", "code": "410311000000"})), "district"
        )
        assert (again.created, again.unchanged) == (0, 1)
        assert list(areas_by_code()) == ["410311"]

    def test_names_stand_for_codes_when_there_are_none(self, small_town: Path) -> None:
        path = write_geojson(small_town / "g.geojson", (square(0, 0), {"name": "甲"}), (square(3, 0), {"name": "甲"}))
        found = bring_in(path, "grid", code=None)
        assert {"no_codes", "duplicate_name"} == warnings(found)
        assert {f"{STREET}001/甲", f"{STREET}002/甲"} <= areas_by_code().keys()
        assert bring_in(path, "grid", code=None).unchanged == 2

    def test_present_area_is_meant_when_name_and_parent_are_the_same(self, small_town: Path) -> None:
        bring_in(write_geojson(small_town / "g.geojson", (square(0, 0), grid(1))), "grid")
        found = bring_in(
            write_geojson(small_town / "h.geojson", (square(0, 1), {"name": "第1网格"})), "grid", code=None
        )
        assert (found.created, found.updated) == (0, 1)

    def test_one_text_stands_in_every_row_when_given(self, small_town: Path) -> None:
        path = write_geojson(small_town / "g.geojson", (square(0, 0), {"id": 1}), (square(1, 0), {"id": 2}))
        found = bring_in(path, "grid", name="=滨河片区", code=f"={STREET}001001", parent="=南社区")
        area = areas_by_code()[f"{STREET}001001"]
        assert (found.created, found.merged, area.name, area.parts) == (1, 1, "滨河片区", 1)

    def test_households_are_read_when_written_in_several_ways(self, small_town: Path) -> None:
        texts = ["1,200", "312户", "300.0", "很多", ""]
        rows = [(square(x % 4, x // 4), grid(x + 1, hh=text)) for x, text in enumerate(texts)]
        found = bring_in(write_geojson(small_town / "g.geojson", *rows), "grid", households="hh")
        areas = areas_by_code()
        assert [areas[f"{STREET}001{n:03d}"].households for n in range(1, 6)] == [1200, 312, 300, None, None]
        assert [w.values["rows"] for w in found.warnings if w.code.endswith("households_unread")] == [[4]]

    @pytest.mark.parametrize(
        "name", ["<script>alert(1)</script>", "${7*7}", "</script>", "=2+2", "'; DROP TABLE areas"]
    )
    def test_name_is_kept_as_text_when_it_looks_like_code(self, small_town: Path, name: str) -> None:
        bring_in(write_geojson(small_town / "g.geojson", (square(0, 0), grid(1) | {"name": name})), "grid")
        assert areas_by_code()[f"{STREET}001001"].name == name


class TestDatum:
    def test_kml_is_believed_when_nothing_contradicts(self, sqlite_db: Database, tmp_path: Path) -> None:
        path = tmp_path / "a.kml"
        shape = " ".join(f"{x},{y},0" for x, y in square(0, 0).exterior.coords)
        outline = f"<outerBoundaryIs><LinearRing><coordinates>{shape}</coordinates></LinearRing></outerBoundaryIs>"
        path.write_text(
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>甲</name>'
            f"<Polygon>{outline}</Polygon></Placemark></Document></kml>", "utf-8",
        )  # fmt: skip
        found = plan(path, "street", name="Name", code=None)  # KML is WGS 84 by its standard
        assert found.datum.used == "wgs84"

    @pytest.mark.parametrize(("datum", "east"), [("wgs84", 0.0), ("gcj02", -0.0056), ("bd09", -0.0121)])
    def test_person_is_believed_when_a_datum_is_chosen(
        self, sqlite_db: Database, tmp_path: Path, datum: str, east: float
    ) -> None:
        bring_in(
            write_geojson(tmp_path / "a.geojson", (square(0, 0), {"name": "甲", "code": "1"})), "street", datum=datum
        )
        area = areas_by_code()["1"]
        assert area.min_x == pytest.approx(WEST + east, abs=0.0006)
        assert area.source_datum == datum

    def test_projected_file_lands_in_place_when_it_is_cgcs_2000(self, sqlite_db: Database, tmp_path: Path) -> None:
        import geopandas as gpd

        frame = gpd.GeoDataFrame({"name": ["甲"], "code": ["1"]}, geometry=[square(0, 0)], crs=4490).to_crs(4546)
        frame.to_file(tmp_path / "zone.gpkg")
        found = bring_in(tmp_path / "zone.gpkg", "street")
        assert (found.datum.declared, found.datum.used) == ("epsg:4546", "epsg:4546")
        assert areas_by_code()["1"].min_x == pytest.approx(WEST, abs=1e-7)


class TestPlan:
    def test_nothing_is_written_when_only_planned(self, small_town: Path) -> None:
        plan(write_geojson(small_town / "g.geojson", (square(0, 0), grid(1))), "grid")
        assert len(areas_by_code()) == 3

    def test_plan_is_refused_when_the_areas_changed(self, small_town: Path) -> None:
        made = plan(write_geojson(small_town / "g.geojson", (square(0, 0), grid(1))), "grid")
        make_area("别的")
        with pytest.raises(PlanOutdated):
            area_apply.apply_import(SYSTEM, made)
        assert f"{STREET}001001" not in areas_by_code()

    def test_import_is_recorded_when_applied(self, small_town: Path) -> None:
        admin = Actor(0, "admin", "管理员", Role.ADMINISTRATOR)
        made = plan(write_geojson(small_town / "g.geojson", (square(0, 0), grid(1))), "grid")
        area_apply.apply_import(admin, made)
        with reading(EVERYWHERE) as session:
            entries = session.query(AuditEntry).filter_by(action="areas.import").order_by(AuditEntry.id).all()
        assert entries[-1].detail == "grid: 1 created, 0 updated, datum wgs84"

    def test_names_are_told_when_they_stand_twice(self, small_town: Path) -> None:
        bring_in(write_geojson(small_town / "g.geojson", (square(0, 0), grid(1) | {"name": "八里庄"})), "grid")
        found = plan(write_geojson(small_town / "h.geojson", (square(1, 0), grid(2) | {"name": "八里庄"})), "grid")
        told = [w.values for w in found.warnings if w.code == "areas.warning.duplicate_name"]
        assert told == [{"name": "八里庄", "codes": [f"{STREET}001001", f"{STREET}001002"], "count": 2}]

    @pytest.mark.parametrize(
        ("choices", "refusal"),
        [
            (ImportChoices("kingdom", "name"), UnknownLevel),
            (ImportChoices("grid", "title"), UnknownField),
            (ImportChoices("grid", "name", code="number"), UnknownField),
        ],
    )
    def test_choice_is_refused_when_unknown(
        self, sqlite_db: Database, tmp_path: Path, choices: ImportChoices, refusal: type[Exception]
    ) -> None:
        path = write_geojson(tmp_path / "g.geojson", (square(0, 0), grid(1)))
        with pytest.raises(refusal):
            area_import.plan_import(SYSTEM, [path], choices)

    def test_json_names_what_the_issue_names(self, small_town: Path) -> None:
        found = plan(write_geojson(small_town / "g.geojson", (None, grid(1)), (BOWTIE, grid(2))), "grid").as_dict()
        assert found["refused"] == [{"row": 1, "code": f"{STREET}001001", "reason": "no_geometry"}]
        assert {"read", "created", "updated", "merged", "repaired", "refused", "warnings", "datum"} <= found.keys()
        assert {"declared", "used", "reason"} <= found["datum"].keys()
        assert found["repaired"][0].keys() >= {"row", "code", "reason"}


def test_label_is_asked_for_when_there_is_none(sqlite_db: Database, tmp_path: Path) -> None:
    import geopandas as gpd

    frame = gpd.GeoDataFrame({"name": ["甲"], "code": ["1"]}, geometry=[square(0, 0)], crs=4326)
    frame.to_file(tmp_path / "bare.shp", encoding="utf-8")
    (tmp_path / "bare.prj").unlink()
    with pytest.raises(DatumUnsure) as refused:
        plan(tmp_path / "bare.shp", "street")
    assert refused.value.values["reason"] == "areas.datum.no_label"
    assert plan(tmp_path / "bare.shp", "street", datum="wgs84").created == 1
