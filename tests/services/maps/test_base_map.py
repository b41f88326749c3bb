"""Raster tiles from local files."""

import sqlite3
from pathlib import Path

import pytest
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from config.base_map import InvalidBaseMap
from db.session import Database
from services.maps.base_map import open_raster, raster_tile
from services.maps.tiles import NoSuchTile
from tests.factories import make_user

PICTURE = b"\x89PNG\r\n\x1a\nnorth-west"


def make_mbtiles(path: Path, kind: str = "png") -> str:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        file.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        file.executemany("INSERT INTO metadata VALUES (?, ?)", [("format", kind), ("attribution", "测绘院")])
        file.execute("INSERT INTO tiles VALUES (1, 0, 1, ?)", (PICTURE,))  # rows count from the south
    return str(path)


def make_pmtiles(path: Path, kind: TileType = TileType.PNG) -> str:
    with path.open("wb") as file:
        writer = Writer(file)
        writer.write_tile(zxy_to_tileid(1, 0, 0), PICTURE)
        header = {
            "tile_type": kind, "tile_compression": Compression.NONE, "min_zoom": 1, "max_zoom": 1,
            "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 0, "max_lat_e7": 0, "center_zoom": 1,
            "center_lon_e7": 0, "center_lat_e7": 0,
        }  # fmt: skip
        writer.finalize(header, {"attribution": "测绘院"})
    return str(path)


@pytest.fixture(params=["mbtiles", "pmtiles"])
def raster(request: pytest.FixtureRequest, tmp_path: Path, sqlite_db: Database) -> str:
    path = tmp_path / f"town.{request.param}"
    return make_mbtiles(path) if request.param == "mbtiles" else make_pmtiles(path)


def test_tile_is_read_when_the_file_has_it(raster: str) -> None:
    assert raster_tile(make_user(), raster, (1, 0, 0)) == (PICTURE, "image/png")
    assert raster_tile(make_user(), raster, (1, 1, 1)) is None


def test_zooms_and_owner_are_known_when_a_file_is_opened(raster: str) -> None:
    info = open_raster(raster).info
    assert (info.min_zoom, info.max_zoom, info.attribution) == (1, 1, "测绘院")


def test_tile_is_refused_when_its_numbers_name_none(raster: str) -> None:
    with pytest.raises(NoSuchTile):
        raster_tile(make_user(), raster, (1, 2, 0))


def test_file_is_refused_when_it_holds_vector_tiles(tmp_path: Path) -> None:
    with pytest.raises(InvalidBaseMap, match="vector"):
        open_raster(make_mbtiles(tmp_path / "v.mbtiles", "pbf"))
    with pytest.raises(InvalidBaseMap, match="vector"):
        open_raster(make_pmtiles(tmp_path / "v.pmtiles", TileType.MVT))


@pytest.mark.parametrize("name", ["no.mbtiles", "no.pmtiles", "text.mbtiles", "text.pmtiles"])
def test_file_is_refused_when_it_is_missing_or_something_else(tmp_path: Path, name: str) -> None:
    if name.startswith("text"):
        (tmp_path / name).write_text("no tiles here, only words that go on for longer than a header would\n" * 9)
    with pytest.raises(InvalidBaseMap):
        open_raster(str(tmp_path / name))
