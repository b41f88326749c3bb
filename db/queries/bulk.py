"""Many rows at once, past the ORM: for imports and the demo builder."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session

from db.engine import give_room
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


def reserve_ids(session: Session, model: Any, count: int) -> list[int]:
    """Ids for rows to come. On SQLite the transaction that writes is alone: those after the highest are free."""
    if session.get_bind().dialect.name == "sqlite":
        first = next_id(session, model)
        return list(range(first, first + count))
    sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
    each = select(func.nextval(cast(sequence, REGCLASS))).select_from(func.generate_series(1, count))
    return list(session.scalars(each))


def insert_tuples(session: Session, model: type[Base], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Many rows in the order of ``columns`` as the driver takes them: no defaults, no events.

    Instants are texts in UTC: 2026-03-17 06:32:00.000000, as SQLite keeps them. COPY on PostgreSQL, one prepared
    statement on SQLite. The caller counts the map's layer up.
    """
    if not rows:
        return
    names, connection = ", ".join(columns), session.connection()
    if connection.dialect.name != "postgresql":
        give_room(connection)
        values = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {model.__tablename__} ({names}) VALUES ({values})", list(rows))  # noqa: S608
        return
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    cursor: Any = connection.connection.cursor()
    with closing(cursor), cursor.copy(f"COPY {model.__tablename__} ({names}) FROM STDIN") as copy:
        copy.write(copy_text(rows))


def copy_text(rows: Sequence[tuple[Any, ...]]) -> str:
    """Rows of texts, numbers and None in the text format of COPY."""
    by_column = [_copied(column) for column in zip(*rows, strict=True)]
    return "".join([f"{line}\n" for line in map("\t".join, zip(*by_column, strict=True))])


def _copied(cells: Sequence[Any]) -> list[str]:
    """The cells of a column, escaped all at once: PostgreSQL has no text with a NUL, so that it can stand between."""
    whole = "\0".join(["" if cell is None else str(cell) for cell in cells])
    for sign, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        whole = whole.replace(sign, escaped)
    found = whole.split("\0")
    return (
        ["\\N" if cell is None else text for cell, text in zip(cells, found, strict=True)] if None in cells else found
    )


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
