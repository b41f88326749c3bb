"""What the map fetches: vector tiles, points, outlines, versions, raster tiles. All behind the session and its scope.

Every answer is private to the browser and carries an ETag, so that a map which has seen it gets 304 and nothing else.
An address with a version (``?v=``) holds the same content for ever and is kept without asking.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from config.base_map import InvalidBaseMap, base_map
from domain.errors import DatabaseAway, NotFound, Refusal
from domain.incidents import IncidentSymbol
from domain.indicators import Behind
from domain.measures import Measure
from domain.permissions import Actor
from services.incidents.cases import IncidentFilter
from services.maps.base_map import open_raster, raster_tile
from services.maps.overlays import read_overlay
from services.maps.points import PointLayer, incident_points, station_points
from services.maps.tiles import NoSuchTile, Tile, area_tiles, base_tiles
from services.maps.views import area_outline, map_versions

MVT = "application/vnd.mapbox-vector-tile"
_KEEP = "private, max-age=86400, immutable"
_ASK = "private, no-cache"
Work = Callable[[Actor, Request], Response]


def _answering(work: Work) -> Callable[[Request], Any]:
    """An endpoint that runs `work` in a thread and turns refusals into statuses without a body."""

    async def endpoint(request: Request) -> Response:
        actor = getattr(request.state, "actor", None)
        if actor is None:
            return Response(status_code=401)
        try:
            return await to_thread.run_sync(work, actor, request)
        except (NotFound, NoSuchTile, ValueError):
            return Response(status_code=404)
        except DatabaseAway:
            return Response(status_code=503)
        except Refusal:
            return Response(status_code=403)

    return endpoint


def _fresh(request: Request, version: str, make: Callable[[], tuple[bytes, str]], gzipped: bool = False) -> Response:
    """304 when the browser has this version already, else the content; `make` is only called when it is needed."""
    headers = {
        "ETag": f'"{version}"',
        "Cache-Control": _KEEP if "v" in request.query_params else _ASK,
        "Vary": "Cookie",
    }
    if f'"{version}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content, media_type = make()
    if not content:
        return Response(status_code=204, headers=headers)
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=media_type, headers=headers)


def _json(request: Request, version: str, make: Callable[[], object]) -> Response:
    def text() -> tuple[bytes, str]:
        return json.dumps(make(), ensure_ascii=False, separators=(",", ":")).encode(), "application/json"

    return _fresh(request, version, text)


def _tile(request: Request) -> Tile:
    return int(request.path_params["z"]), int(request.path_params["x"]), int(request.path_params["y"])


def _measure(request: Request) -> Measure | None:
    fill = request.query_params.get("fill")
    return Measure(fill) if fill else None


def _day(request: Request) -> date | None:
    """The past day whose grids are asked for; ValueError for no day."""
    day = request.query_params.get("day")
    return date.fromisoformat(day) if day else None


def _areas(actor: Actor, request: Request) -> Response:
    tiles = area_tiles(actor, _measure(request), day=_day(request))
    return _fresh(request, tiles.version, lambda: (tiles.tile(_tile(request)), MVT), gzipped=True)


def _base(actor: Actor, request: Request) -> Response:
    tiles = base_tiles(actor, english=request.query_params.get("lang") == "en")
    return _fresh(request, tiles.version, lambda: (tiles.tile(_tile(request)), MVT), gzipped=True)


def _incidents(actor: Actor, request: Request) -> Response:
    layer = incident_points(actor, _point_filter(request))
    return _json(request, layer.version, lambda: _points_json(layer))


def _point_filter(request: Request) -> IncidentFilter:
    query = request.query_params
    return IncidentFilter(
        symbols=frozenset(IncidentSymbol(name) for name in query.getlist("symbol")),
        family=query.get("family"),
        category=query.get("category"),
        area_id=int(query["area"]) if "area" in query else None,
        text=query.get("text", ""),
        mine="mine" in query,
        outside="outside" in query,
        suspended="suspended" in query,
        review_due="review_due" in query,
        mains_only="mains_only" in query,
        behind=Behind.parse(query.get("behind", "")),
        due=query.get("due", ""),
    )


def _stations(actor: Actor, request: Request) -> Response:
    layer = station_points(actor)
    return _json(request, layer.version, lambda: _points_json(layer))


def _points_json(layer: PointLayer) -> dict[str, Any]:
    return {
        "version": layer.version, "total": layer.total, "placed": layer.placed,
        "without_place": layer.without_place, "symbols": layer.symbols, "rows": layer.rows, "bunches": layer.bunches,
    }  # fmt: skip


def _outline(actor: Actor, request: Request) -> Response:
    outline = area_outline(actor, int(request.path_params["area_id"]))
    return _json(request, outline.version, lambda: outline.geometry)


def _overlay(actor: Actor, request: Request) -> Response:
    token = str(request.path_params["token"])
    text = read_overlay(actor, token)
    return _fresh(request, token, lambda: (text.encode(), "application/json"))


def _versions(actor: Actor, request: Request) -> Response:
    versions = map_versions(actor, _measure(request))
    return _json(request, "-".join(versions.values()), lambda: versions)


def _raster(actor: Actor, request: Request) -> Response:
    chosen = base_map()
    if chosen.kind != "file":
        return Response(status_code=404)
    try:
        version = open_raster(chosen.source).info.version
        return _fresh(request, version, lambda: raster_tile(actor, chosen.source, _tile(request)) or (b"", ""))
    except InvalidBaseMap:
        return Response(status_code=404)


routes = [
    Route("/tiles/areas/{z:int}/{x:int}/{y:int}", _answering(_areas)),
    Route("/tiles/base/{z:int}/{x:int}/{y:int}", _answering(_base)),
    Route("/points/incidents", _answering(_incidents)),
    Route("/points/stations", _answering(_stations)),
    Route("/areas/{area_id:int}/outline", _answering(_outline)),
    Route("/overlays/{token}", _answering(_overlay)),
    Route("/map/versions", _answering(_versions)),
    Route("/basemap/{z:int}/{x:int}/{y:int}", _answering(_raster)),
]
