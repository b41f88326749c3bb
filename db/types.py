"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

import shapely
from sqlalchemy import DateTime, LargeBinary, func
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. A naive one is refused (TypeError)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _PostGIS(UserDefinedType[bytes]):
    """geometry(<kind>,<srid>) of PostGIS, exchanged as WKB; the models write 4326 alone."""

    cache_ok = True

    def __init__(self, kind: str = "Geometry", srid: int | str = 4326) -> None:
        self.kind, self.srid = kind, srid

    def get_col_spec(self, **_: Any) -> str:
        return f"geometry({self.kind},{self.srid})"

    def bind_expression(self, bindvalue: Any) -> Any:
        return func.ST_GeomFromWKB(bindvalue, 4326, type_=self)

    def column_expression(self, col: Any) -> Any:
        return func.ST_AsBinary(col, type_=self)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The type of a selected column is this one, not the decorator around it: so this one reads the WKB."""
        return _from_wkb


# A column that is read from the database has this type, so that kinds are compared as well (db.migrating).
ischema_names["geometry"] = _PostGIS


class Geometry(TypeDecorator[shapely.Geometry]):
    """A shapely geometry in EPSG:4326: WKB on SQLite, PostGIS geometry on PostgreSQL.

    ``kind`` is the PostGIS type: MultiPolygon, Point, Geometry.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: str = "Geometry") -> None:
        super().__init__()
        self.kind = kind

    def __repr__(self) -> str:
        return f"Geometry({self.kind!r})"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_PostGIS(self.kind))
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: shapely.Geometry | None, dialect: Dialect) -> bytes | None:
        return None if value is None else shapely.to_wkb(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> shapely.Geometry | None:
        return _from_wkb(value)


def _from_wkb(value: Any) -> shapely.Geometry | None:
    return value if value is None or isinstance(value, shapely.Geometry) else shapely.from_wkb(bytes(value))
