"""Many areas at once: what an import writes, past the ORM."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from db.models import Area, LayerVersion, box_of
from db.queries.bulk import BATCH, insert_rows
from db.queries.layers import bump_layers
from domain.clock import utc_now


def claim_layer(session: Session, layer: str, version: int) -> bool:
    """Whether a layer still has the version that a plan was made on; it is counted up, and locked until the commit."""
    bump_layers(session, [layer])
    present = session.scalar(select(LayerVersion.version).where(LayerVersion.layer == layer))
    return present == version + 1


def reserve_area_ids(session: Session, count: int) -> list[int]:
    """Ids for rows that are inserted in this transaction; paths hold them, so they must be known before."""
    if session.get_bind().dialect.name == "postgresql":
        numbers = text("SELECT nextval(pg_get_serial_sequence('areas', 'id')) FROM generate_series(1, :count)")
        return [int(number) for number in session.scalars(numbers, {"count": count})]
    first = (session.scalar(select(func.max(Area.id))) or 0) + 1  # the write lock is held
    return list(range(first, first + count))


def insert_areas(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert areas given as columns, ids and paths included."""
    insert_rows(session, Area, rows)


def update_areas(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Replace columns of areas: every row has ``id``, the same columns, and an outline; versions are counted up."""
    _update(session, [row | box_of(row["geometry"]) for row in rows])


def move_areas(session: Session, places: Sequence[tuple[int, str, int]]) -> None:
    """Give areas below a moved one their new path and depth: (id, path, depth)."""
    _update(session, [{"id": area_id, "path": path, "depth": depth} for area_id, path, depth in places])


def _update(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    statement = (
        update(Area.__table__)  # type: ignore[arg-type]
        .where(Area.__table__.c.id == bindparam("which"))
        .values(**columns, version=Area.__table__.c.version + 1, updated_at=utc_now())
    )
    for start in range(0, len(rows), BATCH):
        values = [{"which" if name == "id" else f"new_{name}": value for name, value in row.items()} for row in
                  rows[start : start + BATCH]]  # fmt: skip
        session.connection().execute(statement, values)
