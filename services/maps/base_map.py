"""Raster tiles from a local MBTiles or PMTiles file, where the setting LINGE_BASE_MAP names one (feature B5)."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import TileType

from config.base_map import InvalidBaseMap
from domain.permissions import Actor, Permission, require
from services.maps.tiles import Tile, check_tile

_PICTURES = (TileType.PNG, TileType.JPEG, TileType.WEBP)
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"RIFF", "image/webp"))


@dataclass(frozen=True)
class RasterInfo:
    """What a raster file offers."""

    min_zoom: int
    max_zoom: int
    attribution: str
    version: str


class MBTiles:
    """Tiles in a SQLite file, rows counted from the south. Opened read-only, one connection for each thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        values = dict(self._all("SELECT name, value FROM metadata"))
        if values.get("format") in ("pbf", "mvt"):
            raise InvalidBaseMap(f"{path.name} holds vector tiles; raster tiles are needed")
        low, high = self._all("SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
        self.info = RasterInfo(low or 0, high or 0, values.get("attribution", ""), _file_version(path))

    def read(self, tile: Tile) -> bytes | None:
        """The picture of a tile, None where the file has none."""
        z, x, y = tile
        rows = self._all(
            "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
            (z, x, 2**z - 1 - y),
        )
        return rows[0][0] if rows else None

    def _all(self, statement: str, values: tuple[int, ...] = ()) -> list[Any]:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        return self._local.connection.execute(statement, values).fetchall()


class PMTiles:
    """Tiles in a PMTiles archive."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._reader = Reader(MmapSource(self._file))
        self._lock = threading.Lock()
        header = self._reader.header()
        if header["tile_type"] not in _PICTURES:
            raise InvalidBaseMap(f"{path.name} holds vector tiles; raster tiles are needed")
        attribution = self._reader.metadata().get("attribution", "")
        self.info = RasterInfo(header["min_zoom"], header["max_zoom"], attribution, _file_version(path))

    def read(self, tile: Tile) -> bytes | None:
        """The picture of a tile, None where the archive has none."""
        with self._lock:
            return self._reader.get(*tile)


def _file_version(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_mtime_ns:x}-{facts.st_size:x}"


@lru_cache(maxsize=4)
def open_raster(source: str) -> MBTiles | PMTiles:
    """The raster file at a path. Raises InvalidBaseMap when it is missing or none."""
    path = Path(source)
    with _readable(path):
        return MBTiles(path) if path.suffix == ".mbtiles" else PMTiles(path)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except InvalidBaseMap:
        raise
    except Exception as error:  # the readers raise what they like over a file that is none of theirs
        raise InvalidBaseMap(f"{path} cannot be read as a base map: {error}") from error


def raster_tile(actor: Actor, source: str, tile: Tile) -> tuple[bytes, str] | None:
    """(picture, media type) of a tile of the file; None where it has none. Raises InvalidBaseMap, NoSuchTile."""
    require(actor, Permission.MAP_SEE)
    check_tile(tile)
    data = open_raster(source).read(tile)
    return (data, picture_type(data)) if data else None


def picture_type(data: bytes) -> str:
    """The media type of a picture by its first bytes."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "application/octet-stream")
