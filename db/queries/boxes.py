"""Rows whose bounding box meets a box, through the R*Tree of SQLite or the GiST index of PostgreSQL."""

from typing import Any

from sqlalchemy import ColumnElement, column, func, select, table
from sqlalchemy.orm import Session

Box = tuple[float, float, float, float]  # west, south, east, north in degrees, EPSG:4326


def meets_box(session: Session, model: Any, box: Box) -> ColumnElement[bool]:
    """A filter on a ``Boxed`` model."""
    west, south, east, north = box
    if session.get_bind().dialect.name == "postgresql":
        return model.geometry.op("&&", is_comparison=True)(func.ST_MakeEnvelope(west, south, east, north, 4326))
    tree = table(
        f"{model.__tablename__}_rtree",
        column("id"), column("min_x"), column("max_x"), column("min_y"), column("max_y"),
    )  # fmt: skip
    found = select(tree.c.id).where(
        tree.c.min_x <= east, tree.c.max_x >= west, tree.c.min_y <= north, tree.c.max_y >= south
    )
    return model.id.in_(found)
