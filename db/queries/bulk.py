"""Many rows at once, past the ORM: for imports and the demo builder."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session

from db.models import Base, Boxed, box_of
from db.queries.layers import bump_layers

BATCH = 5000


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows given as dicts of columns; boxes are filled in, the map's layer is counted up once."""
    if issubclass(model, Boxed):
        rows = [row | box_of(row["geometry"]) for row in rows]
    for start in range(0, len(rows), BATCH):
        session.execute(insert(model.__table__), rows[start : start + BATCH])  # type: ignore[arg-type]
    layer = getattr(model, "__layer__", None)
    if rows and layer:
        bump_layers(session, [layer])


def next_id(session: Session, model: Any) -> int:
    """The id after the highest one, for rows that carry their own ids."""
    return (session.scalar(select(func.max(model.id))) or 0) + 1


def follow_ids(session: Session) -> None:
    """After rows with ids of their own: let PostgreSQL's sequences go on behind them."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        if "id" in table.c:
            sequence = cast(func.pg_get_serial_sequence(table.name, "id"), REGCLASS)
            session.execute(select(func.setval(sequence, select(func.max(table.c.id)).scalar_subquery())))


def count_rows(session: Session, model: Any) -> int:
    """How many rows a table has."""
    return session.scalar(select(func.count()).select_from(model)) or 0
