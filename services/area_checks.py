"""The check of the boundaries (feature A3): overlaps, gaps, slivers, invalid outlines, children outside a parent."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from db.queries.areas import list_area_shapes
from db.session import reading
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.topology import Finding, TopologyReport
from geo.topology import check_areas as check_topology
from services.areas import refuse_unknown_level

KINDS = ("overlaps", "gaps", "slivers", "invalid", "outside_parent")


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

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Plain values for JSON, without the outlines: codes, square metres, reasons."""
        return self.report.as_dict()


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
