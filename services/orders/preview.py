"""What stands in a work-order file before anything is planned: columns, guesses, the first rows (feature N1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.session import reading
from domain.orders import OrderField, guess_columns
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.orders.cells import as_said
from services.orders.files import fitting, open_table
from services.orders.mapping import OrderMapping, recall_mapping

_ROWS = 5


@dataclass(frozen=True)
class OrderLook:
    """``columns``: field → columns, as remembered for the source, else as the header suggests."""

    header: Sequence[str]
    columns: Mapping[OrderField, Sequence[str]]
    rows: Sequence[Sequence[str]]
    total: int
    mapping: OrderMapping
    remembered: bool


def look_into_orders(actor: Actor, name: str, raw: bytes, source: str) -> OrderLook:
    """The columns of a file and what they would be taken for. Raises MapsNothing, and what geo.workbooks refuses."""
    require(actor, Permission.WORK_ORDER_IMPORT)
    with reading(EVERYWHERE) as session:
        mapping = recall_mapping(session, source) or OrderMapping()
    table = open_table(name, raw, mapping)
    mapping = fitting(mapping, table.header)
    said = {field: names for field, names in mapping.columns.items()}
    taken = {column for names in said.values() for column in names or ()}
    columns = guess_columns([column for column in table.header if column not in taken]) | said
    rows = [["" if cell is None else as_said(cell) for cell in row] for row in table.rows[:_ROWS]]
    return OrderLook(
        table.header, {field: names for field, names in columns.items() if names}, rows, len(table.rows), mapping,
        not mapping.is_empty,
    )  # fmt: skip
