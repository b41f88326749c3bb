"""Import of real boundaries by others, with the answers that are known of them."""

from pathlib import Path

import pytest

from db.models import Area
from db.session import Database
from domain.errors import Refusal
from domain.permissions import SYSTEM
from geo.errors import GeoRefusal
from services.areas import checks as area_checks
from services.areas import locating
from services.areas import register as areas
from services.areas.importing import plan_import
from services.areas.plan import DatumUnsure, ImportChoices
from services.system import maintenance
from tests.boundaries import areas_by_code, bring_in, plan

NAMES = {"name": "Name", "code": "code"}


def bring_in_beijing(shared_data: Path) -> None:
    folder = shared_data / "beijing-subdistricts"
    bring_in(folder / "city" / "beijing-outline.geojson", "city", **NAMES)
    bring_in(sorted((folder / "district").glob("*.geojson")), "district", **NAMES)
    streets = sorted((folder / "subdistrict").glob("*.geojson"))
    found = bring_in(streets, "street", **NAMES, parent="parentCode")
    assert (found.read, found.created, found.merged, found.refused) == (343, 343, 0, ())
    told = {(warning.code, warning.values.get("name")) for warning in found.warnings}
    assert told == {("areas.warning.duplicate_name", "八里庄街道")}
    assert found.datum.used == "wgs84"
    assert found.datum.sure


def test_beijing_stands_when_imported_from_the_top(db: Database, shared_data: Path) -> None:
    bring_in_beijing(shared_data)
    assert areas.count_areas_by_level(SYSTEM) == {"city": 1, "district": 16, "street": 343, "community": 0, "grid": 0}
    found = areas_by_code()
    by_id = {area.id: area for area in found.values()}
    streets = [area for area in found.values() if area.level == "street"]
    assert all(by_id[area.parent_id].code == f"{area.code[:6]}000000" for area in streets)
    assert all(by_id[by_id[area.parent_id].parent_id].level == "city" for area in streets)
    assert all(_label_inside(area) for area in found.values())
    assert maintenance.verify(SYSTEM).ok

    checked = area_checks.check_areas(SYSTEM, "street")
    assert len(checked.of("overlaps")) == 26
    assert checked.as_dict()["overlaps"][0]["m2"] == pytest.approx(26_093, rel=0.001)
    place = locating.locate(SYSTEM, 116.3972, 39.9163)  # the Palace Museum
    assert place.path[1:] == ["110101000000", "110101001000"]
    assert found[place.grid or ""].name == "东华门街道"


def _label_inside(area: Area) -> bool:
    import shapely

    return area.geometry is not None and bool(area.geometry.covers(shapely.Point(area.label_lon, area.label_lat)))


def test_second_import_of_streets_changes_nothing(sqlite_db: Database, shared_data: Path) -> None:
    folder = shared_data / "beijing-subdistricts" / "subdistrict"
    bring_in(folder / "dongcheng-all.geojson", "street", **NAMES)
    again = bring_in(folder / "dongcheng-all.geojson", "street", **NAMES)
    assert (again.created, again.updated, again.unchanged) == (0, 0, again.read)


def test_district_is_repaired_when_its_outline_is_invalid(sqlite_db: Database, shared_data: Path) -> None:
    found = bring_in(shared_data / "beijing-subdistricts" / "district" / "fengtai-outline.geojson", "district", **NAMES)
    assert [row.code for row in found.repaired] == ["110106000000"]
    assert areas_by_code()["110106000000"].geometry.is_valid  # type: ignore[union-attr]


def test_shenzhen_cells_find_their_towns(db: Database, shared_data: Path) -> None:
    folder = shared_data / "shenzhen-townships-grid"
    towns = bring_in(folder / "Index_Township.json", "street", name="ENAME", code="GBTOWN")
    assert (towns.created, len(towns.repaired)) == (45, 1)
    cells = bring_in(folder / "Index_Grid.json", "grid", name="PageName", code="PageName", parent="GBTOWN")
    assert (cells.read, cells.created, cells.refused) == (2124, 2124, ())
    assert {warning.code for warning in cells.warnings} == {
        "areas.warning.other_numbering", "areas.warning.datum_unchecked",
    }  # fmt: skip
    found = areas_by_code()
    towns_by_id = {area.id: area.code for area in found.values() if area.level == "street"}
    assert towns_by_id[found["B14"].parent_id] == "440306104"  # type: ignore[index]
    assert all(area.parent_id in towns_by_id for area in found.values() if area.level == "grid")
    assert maintenance.verify(SYSTEM).ok


@pytest.mark.parametrize(
    ("file", "count", "known"),
    [
        ("shanghai_shp/区县界_area.shp", 17, ("310107", "普陀区")),
        ("chongqing_shp/区县界_area.shp", 38, ("500236", "奉节县")),
    ],
)
def test_gbk_shapefile_keeps_its_names(
    sqlite_db: Database, shared_data: Path, file: str, count: int, known: tuple[str, str]
) -> None:
    found = bring_in(shared_data / "gbk-shapefiles" / file, "district", name="NAME", code="ADMINCODE")
    assert found.created == count
    assert areas_by_code()[known[0]].name == known[1]


def test_shapefile_without_code_and_projection_asks_for_the_datum(sqlite_db: Database, shared_data: Path) -> None:
    path = shared_data / "gbk-shapefiles" / "sz.shp"
    with pytest.raises(DatumUnsure):
        plan(path, "district", name="qh", code=None)
    assert bring_in(path, "district", name="qh", code=None, datum="wgs84").created == 10
    assert areas_by_code()["罗湖"].name == "罗湖"


def test_lines_are_refused_row_by_row(sqlite_db: Database, shared_data: Path) -> None:
    path = shared_data / "gbk-shapefiles" / "metroline2" / "metroline2.shp"
    found = plan(path, "district", name="linename", code=None)
    assert [row.reason for row in found.refused] == ["no_polygon", "no_polygon"]
    assert found.is_empty


def test_label_is_believed_when_nothing_is_near(sqlite_db: Database, shared_data: Path) -> None:
    found = plan(shared_data / "cnmaps-seed-counties" / "310107.geojson", "district", name="adcode", code="adcode")
    assert found.datum.used == "wgs84"
    assert [warning.code for warning in found.warnings] == ["areas.warning.datum_unchecked"]


@pytest.mark.parametrize("left_out", [None, "310107"])
def test_gcj02_is_found_against_the_label_when_districts_are_there(
    db: Database, shared_data: Path, tmp_path: Path, left_out: str | None
) -> None:
    """The district itself is there, or only its neighbours are."""
    import geopandas as gpd

    districts = gpd.read_file(shared_data / "gbk-shapefiles" / "shanghai_shp" / "区县界_area.shp", encoding="gb18030")
    districts[districts["ADMINCODE"] != left_out].to_file(tmp_path / "districts.gpkg")
    bring_in(tmp_path / "districts.gpkg", "district", name="NAME", code="ADMINCODE")
    before = areas_by_code()
    seed = shared_data / "cnmaps-seed-counties" / "310107.geojson"
    found = bring_in(seed, "district", name="adcode", code="adcode")
    assert (found.datum.declared, found.datum.used) == ("wgs84", "gcj02")
    assert "areas.warning.datum_corrected" in {warning.code for warning in found.warnings}
    assert (found.created, found.updated) == ((0, 1) if left_out is None else (1, 0))
    after = areas_by_code()["310107"]
    if left_out is None:
        both = after.geometry.intersection(before["310107"].geometry)  # type: ignore[union-attr]
        assert both.area / after.geometry.area > 0.98  # type: ignore[union-attr]


def test_odd_geojson_is_planned_or_refused_but_never_fails(sqlite_db: Database, shared_data: Path) -> None:
    paths = sorted((shared_data / "geojson-invalid-geometry").rglob("*.geojson"))
    assert len(paths) == 74
    outcomes = {"planned": 0, "refused": 0}
    for path in paths:
        try:
            found = plan_import(SYSTEM, [path], ImportChoices("street", "=甲", "=1"))
        except (GeoRefusal, Refusal):
            outcomes["refused"] += 1
        else:
            outcomes["planned"] += 1
            assert found.read == found.created + found.merged + len(found.refused)
            assert all(area.geometry.is_valid and not area.geometry.is_empty for area in found.areas)
    assert outcomes["planned"] > 40
    assert outcomes["refused"] >= 15
