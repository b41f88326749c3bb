"""Imports and findings as shapes for the map, and what the wizard needs to know of files (features A3, B4)."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import shapely

from domain.permissions import Actor, Permission, require
from geo.reading import EXTENSIONS, LayerInfo, list_layers
from services.areas.checks import AreaFindings
from services.areas.plan import ImportPlan
from services.maps.overlays import MOST_SHAPES, Overlay, OverlayShape, keep_overlay
from services.stations.plan import StationPlan

UPLOAD_EXTENSIONS = tuple(extension.lstrip(".") for extension in EXTENSIONS)
DATUMS = ("auto", "wgs84", "gcj02", "bd09", "cgcs2000")
_GUESSES = {
    "name": "name mc 名称 名字 区域名称 网格名称 社区名称 街道名称 xzqmc qhmc wgmc sqmc jdmc pagename qh ename",
    "code": "code bm dm 编码 代码 编号 网格编码 区划代码 admincode adcode xzqdm qhdm wgbm gbtown pac",
    "parent": "parent parentcode parent_code 上级 上级编码 上级代码 sjbm sjdm 所属社区 所属街道",
    "households": "households hs 户数 总户数 居民户数",
}


def look_into(actor: Actor, paths: Sequence[Path], encoding: str = "auto") -> list[LayerInfo]:
    """The layers of uploaded files with their fields. Raises what geo.reading refuses."""
    require(actor, Permission.AREA_IMPORT)
    return list_layers(paths, encoding)


def guess_fields(fields: Sequence[str]) -> dict[str, str | None]:
    """For name, code, parent and households the field that is usually called so; None where there is none."""
    plain = {field.strip().casefold(): field for field in reversed(fields)}
    return {wanted: _first(plain, names.split()) for wanted, names in _GUESSES.items()}


def _first(plain: dict[str, str], names: Sequence[str]) -> str | None:
    return next((plain[name] for name in names if name in plain), None)


def plan_overlay(actor: Actor, plan: ImportPlan) -> Overlay:
    """What an import would write, new areas and changed ones; of very many, what they cover under each parent."""
    kinds = ["new" if area.area_id is None else "changed" for area in plan.areas]
    if len(plan.areas) <= MOST_SHAPES:
        shapes = [
            OverlayShape(area.geometry, kind, f"{area.name} {area.code}")
            for area, kind in zip(plan.areas, kinds, strict=True)
        ]
        return keep_overlay(actor, shapes)
    groups: dict[tuple[str, str], list[shapely.Geometry]] = defaultdict(list)
    for area, kind in zip(plan.areas, kinds, strict=True):
        groups[(kind, area.parent_code or "")].append(area.geometry)
    return keep_overlay(actor, [OverlayShape(_covered(found), *key) for key, found in groups.items()])


def _covered(shapes: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """What areas cover together. Where neighbours overlap they cannot be joined edge on edge, and a hull does."""
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        return shapely.concave_hull(shapely.union_all(shapely.envelope(shapes)), ratio=0.1)


def station_overlay(actor: Actor, plan: StationPlan) -> Overlay:
    """Where an import would put stations."""
    return keep_overlay(
        actor,
        [
            OverlayShape(
                shapely.Point(station.values["lon"], station.values["lat"]),
                "new" if station.station_id is None else "changed",
                station.values["name"],
            )
            for station in plan.stations
        ],
    )


def findings_overlay(actor: Actor, findings: AreaFindings, kind: str) -> Overlay:
    """The findings of a kind that have a place, numbered as ``AreaFindings.lines`` says."""
    shapes = [OverlayShape(found.geometry, kind) for found in findings.placed(kind) if found.geometry is not None]
    return keep_overlay(actor, shapes)
