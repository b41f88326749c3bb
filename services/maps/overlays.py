"""Shapes that a page shows on its map for a while: the preview of an import, findings of a check.

They are kept in this process for the one who asked, and the map fetches them by a token, so that no outline passes
through the page. A token that is gone (a restart, too many since) reads as NotFound; the page then makes it anew.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from domain.errors import NotFound
from domain.permissions import Actor, Permission, require
from geo.repair import repair_all

MOST_SHAPES = 3000  # a browser draws so many as SVG; of more the largest are shown
_KEPT = 32
_DETAIL = 3000  # parts of the whole's width below which a corner cannot be seen
_store: OrderedDict[str, tuple[int, str]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class OverlayShape:
    """One shape, WGS 84, its kind (a style of the map's script), and a label."""

    geometry: shapely.Geometry
    kind: str
    label: str = ""


@dataclass(frozen=True)
class Overlay:
    """What was kept: ``shown`` of ``total`` shapes. ``token`` "" = nothing to show."""

    token: str = ""
    shown: int = 0
    total: int = 0


def keep_overlay(actor: Actor, shapes: Sequence[OverlayShape]) -> Overlay:
    """Keep shapes for an actor's map. The place in the list is the shape's number on the map."""
    require(actor, Permission.AREA_SEE)
    if not shapes:
        return Overlay()
    text = json.dumps(_collection(shapes), ensure_ascii=False, separators=(",", ":"))
    token = hashlib.sha256(f"{actor.user_id}|{text}".encode()).hexdigest()[:24]
    with _lock:
        _store[token] = (actor.user_id, text)
        _store.move_to_end(token)
        while len(_store) > _KEPT:
            _store.popitem(last=False)
    return Overlay(token, min(len(shapes), MOST_SHAPES), len(shapes))


def read_overlay(actor: Actor, token: str) -> str:
    """The shapes as GeoJSON. Raises NotFound for a token that is gone or another's."""
    require(actor, Permission.AREA_SEE)
    with _lock:
        owner, text = _store.get(token, (None, ""))
    if owner != actor.user_id:
        raise NotFound(subject="overlay")
    return text


def _collection(shapes: Sequence[OverlayShape]) -> dict[str, Any]:
    outlines = np.array([shape.geometry for shape in shapes], object)
    west, south, east, north = shapely.total_bounds(outlines)
    order = np.sort(np.argsort(-shapely.area(outlines), kind="stable")[:MOST_SHAPES])
    drawn = shapely.simplify(outlines[order], max(east - west, north - south) / _DETAIL, preserve_topology=True)
    drawn = np.where(shapely.is_empty(drawn), outlines[order], drawn)
    texts = shapely.to_geojson(shapely.set_precision(_valid(drawn), 1e-7, mode="pointwise"))
    features = [
        {
            "type": "Feature",
            "id": int(place),
            "properties": {"kind": shapes[place].kind, "label": shapes[place].label},
            "geometry": json.loads(text),
        }
        for place, text in zip(order, texts, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _valid(shapes: np.ndarray) -> np.ndarray:
    """Polygons made valid; points and lines, as of an invalid outline, pass."""
    polygons = shapely.get_dimensions(shapes) == 2
    found = shapes.copy()
    repaired = repair_all(shapes[polygons])
    found[polygons] = np.where(shapely.is_missing(repaired), shapes[polygons], repaired)
    return found
