"""Files that lie, that are bombs, that hold nothing: refused by name, and nothing is written."""

import json
import zipfile
from pathlib import Path

import pytest

from config.texts import refusal_text
from db.session import Database
from geo import errors
from geo.errors import GeoRefusal
from tests.boundaries import areas_by_code, plan, square, write_geojson

VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)


def zip_named_gpkg(folder: Path) -> Path:
    inner = write_geojson(folder / "a.geojson", (square(0, 0), {"name": "甲", "code": "1"}))
    with zipfile.ZipFile(folder / "trick.gpkg", "w") as archive:
        archive.write(inner, "a.geojson")
    return folder / "trick.gpkg"


def bomb(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b" " * 700 * 2**20)
    return folder / "bomb.zip"


def vrt_in_kml(folder: Path) -> Path:
    (folder / "trick.kml").write_text(VRT, "utf-8")
    return folder / "trick.kml"


def no_geometry(folder: Path) -> Path:
    return write_geojson(folder / "empty.geojson", (None, {"name": "甲", "code": "1"}))


def plain_table(folder: Path) -> Path:
    (folder / "list.csv").write_text("name,code\n甲,1\n", "utf-8")
    return folder / "list.csv"


def cut_off(folder: Path) -> Path:
    (folder / "cut.geojson").write_text(json.dumps({"type": "FeatureCollection"})[:20], "utf-8")
    return folder / "cut.geojson"


def nothing(folder: Path) -> Path:
    (folder / "zero.geojson").write_bytes(b"")
    return folder / "zero.geojson"


def picture(folder: Path) -> Path:
    (folder / "map.png").write_bytes(b"\x89PNG\r\n")
    return folder / "map.png"


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (zip_named_gpkg, errors.NotAGeopackage),
        (bomb, errors.ArchiveTooLarge),
        (vrt_in_kml, errors.VirtualFile),
        (no_geometry, errors.NoGeometry),
        (plain_table, errors.NoCoordinateColumns),
        (cut_off, errors.Unreadable),
        (nothing, errors.EmptyFile),
        (picture, errors.UnsupportedKind),
    ],
)
def test_file_is_refused_with_a_message_that_names_the_reason(
    sqlite_db: Database, tmp_path: Path, make: object, refusal: type[GeoRefusal]
) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(refusal) as refused:
        plan(path, "street")
    for language in ("zh_CN", "en"):
        message = refusal_text(language, refused.value)
        assert message not in (refusal_text(language, GeoRefusal()), f"errors.{refusal.code}")
        assert "{" not in message
    assert areas_by_code() == {}


def test_points_are_refused_row_by_row_when_areas_are_wanted(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("name,code,lon,lat\n甲,1,112.6,34.5\n", "utf-8")
    found = plan(tmp_path / "points.csv", "street", datum="wgs84")
    assert [(row.row, row.code, row.reason, row.detail) for row in found.refused] == [(1, "1", "no_polygon", "Point")]
    assert found.is_empty
