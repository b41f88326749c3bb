"""The declarative base, its naming convention, and the mixins that the models share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import shapely
from sqlalchemy import ColumnElement, LargeBinary, MetaData, String, event, false, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, declared_attr, mapped_column

from db.types import UTCDateTime
from domain.clock import utc_now
from domain.permissions import Scope

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every model. Relationships, where there are any, are lazy="raise".

    ``__append_only__``: the database refuses to change or take away a row (db/append_only.py), and ``verify`` looks
    whether it still does.
    """

    __append_only__: ClassVar[bool] = False
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UTCDateTime()}


class Versioned:
    """Optimistic locking: the version that a page displayed travels with its form."""

    version: Mapped[int] = mapped_column(default=1, server_default="1")
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Scoped:
    """A row that only some may see. Subclasses say which in ``visible_to``; a session without a scope sees none."""

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """The filter for a scope that is not everywhere."""
        return in_areas(cls.area_id, scope.area_paths)  # type: ignore[attr-defined]


def in_areas(column: Any, area_paths: Sequence[str]) -> ColumnElement[bool]:
    """Whether an area id column lies in one of the subtrees."""
    if not area_paths:
        return false()
    from db.models.areas import Area  # the models import this module

    areas = Area.__table__
    return column.in_(select(areas.c.id).where(or_(*(areas.c.path.like(f"{path}%") for path in area_paths))))


class Photograph:
    """A picture as it is kept: a JPEG of at most 1 MB, re-encoded without position or device data (feature C12)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Boxed:
    """A row with a geometry and its bounding box in degrees, EPSG:4326.

    On SQLite triggers copy the box into the R*Tree ``<table>_rtree``; PostgreSQL has a GiST index on the geometry.
    """

    min_x: Mapped[float | None]
    min_y: Mapped[float | None]
    max_x: Mapped[float | None]
    max_y: Mapped[float | None]


def box_of(geometry: shapely.Geometry | None) -> dict[str, float | None]:
    """The four box columns of a geometry; all None where there is none."""
    if geometry is None or geometry.is_empty:
        return {"min_x": None, "min_y": None, "max_x": None, "max_y": None}
    return dict(zip(("min_x", "min_y", "max_x", "max_y"), geometry.bounds, strict=True))


@event.listens_for(Boxed, "before_insert", propagate=True)
@event.listens_for(Boxed, "before_update", propagate=True)
def _fill_box(_mapper: Mapper[Any], _connection: Any, row: Any) -> None:
    for name, value in box_of(row.geometry).items():
        setattr(row, name, value)
