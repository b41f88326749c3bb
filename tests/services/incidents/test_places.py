"""Numbers, names of places, and the lists a place is chosen from."""

from datetime import date

import pytest
import shapely

from db.models import BaseMapFeature
from db.session import Database, transaction
from domain.permissions import EVERYWHERE
from services.incidents.numbers import incident_number, number_prefix, number_series
from services.incidents.places import list_own_areas
from services.incidents.reports import preview_report
from tests.incident_town import IN_A, make_street


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("青棠街道", "QT"),
        ("岚山头街道", "LST"),
        ("李村街道", "LC"),
        ("北京市", "BJ"),
        ("市", "S"),
        ("大桥街道办事处片区", "DQJD"),
        ("Downtown Area", "DA"),
        ("12345", "LG"),
        ("", "LG"),
    ],
)
def test_a_number_begins_with_the_initials_of_the_place(name: str, prefix: str) -> None:
    assert number_prefix(name) == prefix
    assert incident_number(name, date(2026, 3, 17), 142) == f"{prefix}-20260317-0142"
    assert number_series(name, date(2026, 3, 17)) == f"incidents/{prefix}/20260317"


def test_a_number_past_ten_thousand_grows() -> None:
    assert incident_number("青棠街道", date(2026, 3, 17), 12345) == "QT-20260317-12345"


def add_feature(layer: str, name: str, geometry: shapely.Geometry) -> None:
    with transaction(EVERYWHERE) as session:
        session.add(BaseMapFeature(layer=layer, kind="x", name=name, name_en="", geometry=geometry))


def test_a_place_is_called_by_its_compound_else_by_the_road_beside_it(db: Database) -> None:
    street = make_street()
    lon, lat = IN_A
    add_feature("road", "望江大道", shapely.LineString([(lon - 0.01, lat + 0.0004), (lon + 0.01, lat + 0.0004)]))
    add_feature("road", "", shapely.LineString([(lon - 0.01, lat), (lon + 0.01, lat)]))
    add_feature("label", "牌子", shapely.Point(lon, lat))

    def near() -> str | None:
        found = preview_report(street.volunteer, lon=lon, lat=lat).near
        return found.zh if found else None

    assert near() == "望江大道"  # 44 m away
    add_feature("landuse", "望帆苑", shapely.box(lon - 0.0002, lat - 0.0002, lon + 0.0002, lat + 0.0002))
    assert near() == "望帆苑"
    assert preview_report(street.volunteer, lon=lon, lat=lat - 0.003).near is None


def test_a_list_is_filtered_by_the_areas_one_sees(db: Database) -> None:
    street = make_street()
    names = [area.name for area in list_own_areas(street.command)]
    assert names == ["书院社区", "书院格", "学圃格", "归帆社区", "归帆格"]
    assert [area.name for area in list_own_areas(street.secretary)] == ["书院格", "学圃格"]
    assert list_own_areas(street.leader_a) == []
