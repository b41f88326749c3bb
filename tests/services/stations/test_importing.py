"""Import of stations from tables and layers of points."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from db.models import Station
from db.session import Database, reading
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from services.areas.plan import DatumUnsure, PlanOutdated
from services.stations.importing import apply_station_import, plan_station_import
from services.stations.plan import StationChoices, StationPlan
from tests.boundaries import SOUTH, WEST, square, write_geojson
from tests.factories import make_area, make_station

PLACE = f"{WEST + 0.005},{SOUTH + 0.005}"
HEAD = "编号,站名,类别,地址,电话,lon,lat\n"


@pytest.fixture
def street(db: Database) -> int:
    return make_area("街道", level="street", code="S", box=square(0, 0, 4).bounds)


def plan(folder: Path, text: str, **changes: Any) -> StationPlan:
    (folder / "s.csv").write_text(HEAD + text, "utf-8")
    fields = {"name": "站名", "kind": "类别", "code": "编号", "address": "地址", "phone": "电话", "datum": "wgs84"}
    return plan_station_import(SYSTEM, [folder / "s.csv"], StationChoices(**(fields | changes)))


def stations() -> list[Station]:
    with reading(EVERYWHERE) as session:
        return session.query(Station).order_by(Station.code).all()


def test_station_stands_in_its_area_when_imported(street: int, tmp_path: Path) -> None:
    found = apply_station_import(SYSTEM, plan(tmp_path, f"007,红石榴驿站,service_centre,东街 1 号,010-1234,{PLACE}\n"))
    station = stations()[0]
    assert (found.created, station.code, station.name, station.area_id) == (1, "007", "红石榴驿站", street)
    assert (station.address, station.phone, station.hours) == ("东街 1 号", "010-1234", {})
    assert "hongshiliuyizhan" in station.name_key
    again = plan(tmp_path, f"007,红石榴驿站,service_centre,东街 1 号,010-1234,{PLACE}\n")
    assert (again.created, len(again.stations), again.unchanged) == (0, 0, 1)


def test_present_station_is_corrected_when_the_table_differs(street: int, tmp_path: Path) -> None:
    apply_station_import(SYSTEM, plan(tmp_path, f"1,甲站,service_centre,,,{PLACE}\n"))
    found = apply_station_import(SYSTEM, plan(tmp_path, f"1,乙站,service_centre,西街,,{PLACE}\n"))
    assert found.stations[0].changed == ("name", "address")
    assert [(station.name, station.address) for station in stations()] == [("乙站", "西街")]


def test_kind_is_known_by_key_and_by_name(street: int, tmp_path: Path) -> None:
    found = plan(
        tmp_path, f"1,甲,党群服务中心,,,{PLACE}\n2,乙,SERVICE_CENTRE,,,{PLACE}\n3,丙,城堡,,,{PLACE}\n4,丁,,,,{PLACE}\n"
    )
    assert [station.values["kind"] for station in found.stations] == ["service_centre", "service_centre"]
    assert [(row.row, row.reason) for row in found.refused] == [(3, "unknown_kind"), (4, "no_kind")]
    assert len(plan(tmp_path, f"1,甲,,,,{PLACE}\n", kind="=council_hall").stations) == 1


def test_rows_are_refused_with_their_number_when_unusable(street: int, tmp_path: Path) -> None:
    rows = [
        f"1,,service_centre,,,{PLACE}", "2,无处,service_centre,,,,", f"3,甲,service_centre,,,{PLACE}",
        f"3,重复,service_centre,,,{PLACE}", f",无号,service_centre,,,{PLACE}",
        f"6,乙,service_centre,,{'9' * 40},{PLACE}",
    ]  # fmt: skip
    found = plan(tmp_path, "\n".join(rows))
    assert [(row.row, row.reason) for row in found.refused] == [
        (1, "no_name"), (2, "no_geometry"), (4, "code_twice"), (5, "no_code"), (6, "text_too_long"),
    ]  # fmt: skip
    assert found.read == found.created + len(found.refused)


def test_same_name_and_place_is_the_same_station_without_codes(street: int, tmp_path: Path) -> None:
    apply_station_import(SYSTEM, plan(tmp_path, f",甲站,service_centre,,,{PLACE}\n", code=None))
    assert stations()[0].code == "Z0001"
    assert plan(tmp_path, f",甲站,service_centre,,,{PLACE}\n", code=None).unchanged == 1
    elsewhere = f",甲站,service_centre,,,{WEST + 0.02},{SOUTH + 0.005}\n"
    assert plan(tmp_path, elsewhere, code=None).created == 1


def test_station_outside_every_area_is_kept_and_told(street: int, tmp_path: Path) -> None:
    found = apply_station_import(SYSTEM, plan(tmp_path, "1,远站,service_centre,,,121.5,31.2\n"))
    assert [warning.code for warning in found.warnings] == ["areas.warning.stations_outside"]
    assert stations()[0].area_id is None


def test_datum_is_asked_for_when_a_table_does_not_say_it(street: int, tmp_path: Path) -> None:
    with pytest.raises(DatumUnsure):
        plan(tmp_path, f"1,甲站,service_centre,,,{PLACE}\n", datum="auto")


def test_area_field_tells_the_datum(sqlite_db: Database, tmp_path: Path) -> None:
    """Places near the borders of their areas fall into the neighbour under a wrong datum."""
    import numpy as np

    from geo.datums import wgs84_to_gcj02

    for n in range(4):
        make_area(f"{n}格", code=f"G{n}", box=square(n, 0).bounds)
    rows = []
    for n in range(4):
        lon, lat = wgs84_to_gcj02(np.array([WEST + n * 0.01 + 0.001]), np.array([SOUTH + 0.001]))
        rows.append(f"{n},站{n},service_centre,G{n},,{lon[0]},{lat[0]}")
    found = plan(tmp_path, "\n".join(rows), datum="auto", area="地址", address=None)
    assert found.datum.used == "gcj02"
    assert [round(station.values["lon"], 4) for station in found.stations] == [112.601, 112.611, 112.621, 112.631]


def test_building_outline_gives_a_point_inside(street: int, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "b.geojson", (square(1, 1), {"n": "服务中心", "c": "1"}))
    found = plan_station_import(SYSTEM, [path], StationChoices("n", "=service_centre", "c"))
    values = found.stations[0].values
    assert square(1, 1).contains(shapely.Point(values["lon"], values["lat"]))


def test_plan_is_refused_when_the_stations_changed(street: int, tmp_path: Path) -> None:
    made = plan(tmp_path, f"1,甲站,service_centre,,,{PLACE}\n")
    make_station("别的")
    with pytest.raises(PlanOutdated):
        apply_station_import(SYSTEM, made)
    assert [station.name for station in stations()] == ["别的"]


def test_others_are_refused(street: int, tmp_path: Path) -> None:
    made = plan(tmp_path, f"1,甲站,service_centre,,,{PLACE}\n")
    secretary = Actor(1, "li", "李书记", Role.COMMUNITY_SECRETARY)
    with pytest.raises(PermissionDenied):
        apply_station_import(secretary, made)


def test_real_hospitals_are_imported(sqlite_db: Database, shared_data: Path) -> None:
    path = shared_data / "shanghai-poi" / "shanghai_hospital.csv"
    choices = StationChoices("name", "=service_centre", address="address", datum="wgs84")
    found = apply_station_import(SYSTEM, plan_station_import(SYSTEM, [path], choices))
    assert found.read == 7513 == found.created + len(found.refused)
    assert {row.reason for row in found.refused} <= {"row_twice", "no_name", "text_too_long"}
    assert len(stations()) == found.created > 7000
    again = plan_station_import(SYSTEM, [path], choices)
    assert (again.created, len(again.stations), again.unchanged) == (0, 0, found.created)
