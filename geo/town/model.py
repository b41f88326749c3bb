"""What the generator hands out: a base map, an area tree, stations and addresses, all in EPSG:4326."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

Progress = Callable[[float, str], None]  # share done 0–1, stable key of the step


@dataclass(frozen=True)
class TownArea:
    """One area of the tree. ``number`` counts west to east, north to south within the parent, from 1."""

    key: str
    level: str
    parent_key: str | None
    number: int
    name: str
    name_en: str
    kind: str
    households: int
    geometry: shapely.MultiPolygon


@dataclass(frozen=True)
class TownStation:
    """A station at a building; ``area_key`` is the finest area it lies in."""

    kind: str
    name: str
    name_en: str
    lon: float
    lat: float
    area_key: str
    address: str


@dataclass(frozen=True)
class Address:
    """A place where something can happen. ``kind``: door, building, junction, park, bridge, site."""

    lon: float
    lat: float
    text: str
    area_key: str
    kind: str


@dataclass(frozen=True)
class Town:
    """A built town.

    base: layer, kind, name, name_en, rank (least zoom at which it is drawn), width_m (roads, else 0), geometry.
    areas: from the top down, each level in numbering order; the children of an area tile it exactly.
    """

    base: gpd.GeoDataFrame
    areas: list[TownArea]
    stations: list[TownStation]
    addresses: list[Address] = field(repr=False)

    def digest(self) -> str:
        """sha256 over every name, number and coordinate (rounded to 1e-6 degrees, 0.1 m)."""
        base = self.base
        texts = base[["layer", "kind", "name", "name_en", "rank"]].astype(str).to_numpy().tolist()
        areas = [(a.key, a.level, a.parent_key, a.number, a.name, a.name_en, a.kind, a.households) for a in self.areas]
        stations = [(s.kind, s.name, s.area_key, s.address, round(s.lon, 6), round(s.lat, 6)) for s in self.stations]
        places = [(p.text, p.kind, p.area_key, round(p.lon, 6), round(p.lat, 6)) for p in self.addresses]
        text = json.dumps([texts, areas, stations, places], ensure_ascii=False)
        digest = hashlib.sha256(text.encode())
        for shapes in (base.geometry.to_numpy(), [a.geometry for a in self.areas]):
            digest.update(_whole_microdegrees(shapes))
        return digest.hexdigest()


def _whole_microdegrees(shapes: Iterable[BaseGeometry]) -> bytes:
    coordinates, owner = shapely.get_coordinates(np.asarray(shapes, dtype=object), return_index=True)
    return np.rint(coordinates * 1e6).astype("<i8").tobytes() + owner.astype("<i8").tobytes()
