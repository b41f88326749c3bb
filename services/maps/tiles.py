"""Vector tiles of areas and of the town's base map (features B1, B3, B7).

A tile is cut once for each version of its layer and kept; colours are joined to it for each asker's scope. What a
tile holds does not grow with the number of areas: the level of the tree follows the zoom.
"""

import gzip
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from db.queries.map_layers import AreaShape, list_area_shapes, list_base_shapes, list_top_shapes
from domain.clock import local_date, utc_now
from domain.measures import OUT_OF_SCOPE, Measure
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, may, require
from geo.edges import shared_edges
from geo.tiles import TILE_PX, Cut, Geometries, cut, project, tile_bounds, tile_box, write_layer
from services.areas.labels import label_parts
from services.areas.tree import State, area_tree, current_state
from services.maps.measures import covered_areas, measure_values
from services.system.installations import current_profile

LEAST_AREA_PX = 44.0  # areas whose mean width is less than this are left to the next zoom
GZIP_LEVEL = 4
DEEPEST = 20  # zoom

Tile = tuple[int, int, int]


class NoSuchTile(ValueError):
    """The numbers name no tile."""


@dataclass(frozen=True, eq=False)
class AreaCut:
    """What a tile of areas holds before colours; the lists run along the rows of `shapes`."""

    ids: list[int]
    columns: dict[str, list[Any]]
    shapes: Cut
    labels: Cut
    edges: Cut
    edge_styles: list[int]
    veil: Cut


@dataclass(frozen=True)
class AreaTiles:
    """The areas' tiles as one asker sees them at one moment. ``version`` changes whenever a tile would look different.

    ``day``: the grids of that day instead of the present ones, outlines and names alone.

    Layers of a tile: ``areas`` (id; no, n: number and name; c: class, -1 no data, -2 outline only; v: value; u: 1 = a
    grid without a member), ``labels`` (the same and w: width as a share of the world's), ``edges`` (s: 0 grid,
    1 community, 2 above), ``veil`` (all that is outside).
    """

    state: State
    scope: Scope
    sees_members: bool
    measure: Measure | None
    now: datetime
    day: date | None = None

    @property
    def version(self) -> str:
        """For ETags; it costs no tile."""
        parts: list[object] = [self.scope, self.measure, self.sees_members, self.day]
        if self.measure is not None:
            parts.append(measure_values(self.state, self.scope, self.measure, self.now).digest)
        if self.sees_members:
            parts.append(covered_areas(self.state, self.now).tobytes())
        return self.state.of("areas").token(*parts)

    def tile(self, tile: Tile) -> bytes:
        """Gzipped tile; b"" where there is nothing. Raises NoSuchTile."""
        check_tile(tile)
        found = _cut_areas(self.state.of("areas"), tile, self.day)
        columns = found.columns | self._columns(area_tree(self.state, self.day).places(found.ids))
        labelled = {key: column for key, column in columns.items() if key != "v"}
        plain = {key: column for key, column in columns.items() if key != "w"}
        data = (
            write_layer("areas", found.shapes, found.ids, plain)
            + write_layer("edges", found.edges, None, {"s": found.edge_styles})
            + write_layer("veil", found.veil, None, {})
            + write_layer("labels", found.labels, found.ids, labelled)
        )
        return gzip.compress(data, GZIP_LEVEL, mtime=0) if data else b""

    def _columns(self, at: NDArray[np.intp]) -> dict[str, list[Any]]:
        tree, columns = area_tree(self.state, self.day), {}
        if self.measure is not None:
            values = measure_values(self.state, self.scope, self.measure, self.now)
            columns["c"] = values.classes[at].tolist()
            columns["v"] = [_shown(value) for value in values.value[at].tolist()]
        else:
            columns["c"] = np.where(tree.within(self.scope)[at], 0, OUT_OF_SCOPE).tolist()
        if self.sees_members:
            own = tree.within(self.scope) & _is_grid_or_below(self.state)
            bare = (own & ~covered_areas(self.state, self.now))[at]
            columns["u"] = [1 if uncovered else None for uncovered in bare.tolist()]
        return columns


def area_tiles(
    actor: Actor, measure: Measure | None, now: datetime | None = None, day: date | None = None
) -> AreaTiles:
    """The tiles of areas for an actor, coloured by a measure; those of a past day without colours.

    A day that is not over shows the present. Raises PermissionDenied.
    """
    require(actor, Permission.MAP_SEE)
    if measure is Measure.VISITS:
        require(actor, Permission.VISIT_SEE)
    now = now or utc_now()
    if day is not None and day < local_date(now):
        return AreaTiles(current_state(), actor.scope, False, None, now, day)
    sees_members = may(actor, Permission.ASSIGNMENT_SEE)
    return AreaTiles(current_state(), actor.scope, sees_members, measure, now)


def _shown(value: float) -> str | None:
    return None if np.isnan(value) else f"{value:.1f}".removesuffix(".0")


def _is_grid_or_below(state: State) -> Any:
    tree, profile = area_tree(state), current_profile()
    return np.isin(tree.level, profile.level_keys[profile.grid_depth :])


def level_at(state: State, z: int, day: date | None = None) -> str | None:
    """The finest level whose areas are wide enough on a tile of zoom `z`; the top one where none is; None: no areas."""
    levels = area_tree(state, day).levels
    wide = [row.level for row in levels if row.width * TILE_PX * 2**z / 360 >= LEAST_AREA_PX]
    return wide[-1] if wide else levels[0].level if levels else None


@lru_cache(maxsize=1500)
def _cut_areas(state: State, tile: Tile, day: date | None) -> AreaCut:
    level, box = level_at(state, tile[0], day), tile_box(*tile)
    names = [row.level for row in area_tree(state, day).levels]
    shown = names[: names.index(level) + 1] if level else []
    with state.database.reading(EVERYWHERE) as session:  # outlines are public; their colours are scoped
        rows = list_area_shapes(session, shown, box, day) if shown else []
    here = [row for row in rows if row.level == level]
    polygons = project(_array([row.geometry for row in here]))
    edges, styles = _edges(rows, shown, tile)
    parts = [label_parts(row.code, row.name, row.level) for row in here]
    return AreaCut(
        ids=[row.id for row in here],
        columns={
            "no": [number or None for number, _ in parts],
            "n": [name for _, name in parts],
            "w": [row.width / 360 for row in here],
        },
        shapes=cut(polygons, *tile),
        labels=cut(project(_array([_label_point(row) for row in here])), *tile),
        edges=cut(edges, *tile),
        edge_styles=styles,
        veil=cut(_veil(state, tile, day), *tile),
    )


def _edges(rows: list[AreaShape], levels: list[str], tile: Tile) -> tuple[Geometries, list[int]]:
    """Borders by level, finest first, so that the wider line of the level above covers the finer one."""
    lines: list[shapely.Geometry] = []
    styles: list[int] = []
    for level in reversed(levels):
        polygons = project(_array([row.geometry for row in rows if row.level == level]))
        found = shared_edges(polygons, *tile)
        lines += list(found)
        styles += [_edge_style(level)] * len(found)
    return _array(lines), styles


def _edge_style(level: str) -> int:
    """0 for grids and below, 1 for the level right above the grids, 2 for all above."""
    names, grid = [item.key for item in current_profile().levels], current_profile().grid_level.value
    if level not in names:
        return 0
    return min(2, max(0, names.index(grid) - names.index(level)))


def _label_point(row: AreaShape) -> shapely.Point:
    if row.label_lon is not None and row.label_lat is not None:
        return shapely.Point(row.label_lon, row.label_lat)
    return shapely.point_on_surface(row.geometry)


def _veil(state: State, tile: Tile, day: date | None) -> Geometries:
    """What of a tile lies outside the top areas."""
    frame = shapely.box(*tile_bounds(*tile, buffer=64))
    inside = shapely.clip_by_rect(_top(state, day), *frame.bounds)
    outside = shapely.difference(frame, shapely.union_all(shapely.make_valid(inside)))
    return _array([] if outside.is_empty else [outside])


@lru_cache(maxsize=4)
def _top(state: State, day: date | None) -> Geometries:
    with state.database.reading(EVERYWHERE) as session:
        return project(_array(list_top_shapes(session, day)))


@dataclass(frozen=True)
class BaseTiles:
    """The town's base map in a language.

    Layers as the base map names them (k: kind; n: name, of lines and points).
    """

    state: State
    english: bool

    @property
    def version(self) -> str:
        """For ETags."""
        return self.state.token(self.english)

    def tile(self, tile: Tile) -> bytes:
        """Gzipped tile; b"" where there is nothing. Raises NoSuchTile."""
        check_tile(tile)
        return _base_tile(self.state, tile, self.english)


def base_tiles(actor: Actor, english: bool = False) -> BaseTiles:
    """The tiles of the town's base map. Raises PermissionDenied."""
    require(actor, Permission.MAP_SEE)
    return BaseTiles(current_state().of("base"), english)


@lru_cache(maxsize=1500)
def _base_tile(state: State, tile: Tile, english: bool) -> bytes:
    with state.database.reading(EVERYWHERE) as session:
        rows = list_base_shapes(session, tile_box(*tile), tile[0] + 1)
    shapes = project(_array([row.geometry for row in rows]))
    kinds = [row.kind for row in rows]
    names = [(row.name_en or row.name if english else row.name) or None for row in rows]
    data = b""
    for layer in dict.fromkeys(row.layer for row in rows):
        at = np.array([i for i, row in enumerate(rows) if row.layer == layer])
        named = shapely.get_dimensions(shapes[at]) < 2  # polygons have points for their names
        shown = [names[i] if has else None for i, has in zip(at, named, strict=True)]
        columns = {"k": [kinds[i] for i in at], "n": shown}
        data += write_layer(layer, cut(shapes[at], *tile), None, columns)
    return gzip.compress(data, GZIP_LEVEL, mtime=0) if data else b""


def _array(geometries: list[Any]) -> Geometries:
    found = np.empty(len(geometries), dtype=object)
    found[:] = geometries
    return found


def check_tile(tile: Tile) -> None:
    """Raise NoSuchTile for numbers outside the pyramid."""
    z, x, y = tile
    if not 0 <= z <= DEEPEST or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise NoSuchTile(str(tile))
