"""The check of the boundaries (feature A3): overlaps, gaps, slivers, invalid outlines, children outside a parent."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from db.queries.areas import list_area_shapes
from db.session import reading
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.topology import Finding, TopologyReport
from geo.topology import check_areas as check_topology
from services.areas.register import refuse_unknown_level

KINDS = ("overlaps", "gaps", "slivers", "invalid", "outside_parent")


@dataclass(frozen=True)
class FindingLine:
    """A finding for a list: its kind, the codes it is about, square metres or a reason, its number on the map."""

    kind: str
    codes: tuple[str, ...]
    m2: float | None
    reason: str | None
    number: int | None


@dataclass(frozen=True)
class AreaFindings:
    """Findings by kind, the largest first; how many areas were looked at."""

    checked: int
    report: TopologyReport

    def of(self, kind: str) -> list[Finding]:
        """The findings of one of KINDS."""
        return list(getattr(self.report, kind))

    def counts(self) -> dict[str, int]:
        """Kind → number of findings."""
        return {kind: len(self.of(kind)) for kind in KINDS}

    def placed(self, kind: str) -> list[Finding]:
        """The findings of a kind that have a place; the place in this list is a finding's number on the map."""
        return [found for found in self.of(kind) if found.geometry is not None]

    def lines(self, kind: str) -> list[FindingLine]:
        """The findings of a kind, the largest first."""
        number_of = {id(found): number for number, found in enumerate(self.placed(kind))}
        return [_line(kind, found, number_of.get(id(found))) for found in self.of(kind)]

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Plain values for JSON, without the outlines: codes, square metres, reasons."""
        return self.report.as_dict()


def _line(kind: str, found: Finding, number: int | None) -> FindingLine:
    figures: dict[str, Any] = found.figures()
    codes = figures.get("codes") or figures.get("near") or [figures.get("code"), figures.get("parent")]
    named = tuple(str(code) for code in codes if code)
    return FindingLine(kind, named, figures.get("m2"), figures.get("reason"), number)


def check_areas(actor: Actor, level: str | None = None) -> AreaFindings:
    """Check the areas of one level, or of all. Raises UnknownLevel."""
    require(actor, Permission.AREA_SEE)
    refuse_unknown_level(level)
    with reading(EVERYWHERE) as session:
        shapes = list_area_shapes(session)
    code_of = {shape.id: shape.code for shape in shapes}
    columns = {
        "code": [shape.code for shape in shapes],
        "parent": [code_of.get(shape.parent_id or 0) for shape in shapes],
        "level": [shape.level for shape in shapes],
    }
    frame = gpd.GeoDataFrame(columns, geometry=[shape.geometry for shape in shapes], crs="EPSG:4326")
    checked = sum(level in (None, shape.level) for shape in shapes)
    return AreaFindings(checked, check_topology(frame, levels=[level] if level else None))
