"""What a comparison of models and database leaves out."""

from typing import Any


def include(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave out the R*Trees, PostGIS' own table and the spatial indexes: the models do not hold them."""
    if kind == "table":
        return "_rtree" not in (name or "") and name != "spatial_ref_sys"
    return not (kind == "index" and (name or "").startswith("gist_"))
