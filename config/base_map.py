"""The setting LINGE_BASE_MAP: the town's own base map, none, a local raster file, or a tile service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from config.settings import settings

DATUMS = ("wgs84", "gcj02")  # BD-09 tiles lie in a pyramid of their own and cannot be drawn


class InvalidBaseMap(ValueError):
    """The setting names nothing that can be drawn; the message says what is allowed."""


@dataclass(frozen=True)
class BaseMap:
    """``kind`` town: vector tiles from the database; file: our raster route; url: a service; none: areas alone."""

    kind: Literal["town", "none", "file", "url"]
    source: str = ""
    datum: str = "wgs84"

    @property
    def attribution(self) -> str:
        """Whose tiles they are, as far as the setting tells."""
        return urlsplit(self.source).netloc.replace("{s}.", "") if self.kind == "url" else ""


def parse_base_map(text: str) -> BaseMap:
    """``town``, ``none``, ``[gcj02:]<path>.mbtiles|.pmtiles`` or ``[gcj02:]<tile URL with {z} {x} {y}>``.

    Raises InvalidBaseMap.
    """
    text = text.strip()
    if text in ("town", "none"):
        return BaseMap("town" if text == "town" else "none")
    datum, source = _datum(text)
    if source.startswith(("http://", "https://")):
        if not all(mark in source for mark in ("{z}", "{x}", "{y}")):
            raise InvalidBaseMap(f"a tile URL needs {{z}}, {{x}} and {{y}}: {source}")
        return BaseMap("url", source, datum)
    if Path(source).suffix not in (".mbtiles", ".pmtiles"):
        raise InvalidBaseMap(f"neither town, none, a .mbtiles or .pmtiles file, nor a tile URL: {text}")
    return BaseMap("file", source, datum)


def _datum(text: str) -> tuple[str, str]:
    head, colon, rest = text.partition(":")
    if colon and head.lower() in DATUMS:
        return head.lower(), rest
    return "wgs84", text


def base_map() -> BaseMap:
    """The base map of this installation. Raises InvalidBaseMap."""
    return parse_base_map(settings().base_map)
