"""Opening a file of work orders: which sheet, which line is the header, which column is what (feature N1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.orders import REQUIRED, OrderField
from geo.errors import EmptyFile
from geo.workbooks import Sheet, read_sheets
from services.orders.mapping import MapsNothing, OrderMapping, columns_of, find_header, header_names
from services.orders.plan import OrderWarning, SourceTable


@dataclass(frozen=True)
class OrderFile:
    """The table, the mapping that holds for it, the columns of each field, and what was noticed."""

    table: SourceTable
    mapping: OrderMapping
    columns: Mapping[OrderField, tuple[str, ...]]
    warnings: Sequence[OrderWarning] = ()


def open_orders(name: str, raw: bytes, said: OrderMapping | None, remembered: OrderMapping | None) -> OrderFile:
    """The table with its columns: as said, else as remembered as far as that fits, the rest by the header.

    Raises MapsNothing, MissingColumn, UnknownField, and what geo.workbooks refuses.
    """
    mapping, warnings = said or remembered or OrderMapping(), []
    table = open_table(name, raw, mapping)
    if said is None and remembered is not None:
        mapping = fitting(remembered, table.header)
        if mapping.columns.keys() != remembered.columns.keys():
            warnings.append(OrderWarning("orders.warning.mapping_forgotten"))
    return OrderFile(table, mapping, columns_of(table.header, mapping), warnings)


def fitting(mapping: OrderMapping, header: Sequence[str]) -> OrderMapping:
    """A remembered mapping for another file: columns that are not there are left to be guessed."""
    columns = {
        field: names for field, names in mapping.columns.items() if names and all(name in header for name in names)
    } | {field: None for field, names in mapping.columns.items() if not names and field not in REQUIRED}
    return mapping.model_copy(update={"columns": columns})


def open_table(name: str, raw: bytes, mapping: OrderMapping) -> SourceTable:
    """The table below its header. Raises EmptyFile, MapsNothing, and what geo.workbooks refuses."""
    sheets = [sheet for sheet in read_sheets(name, raw, mapping.sheet) if not sheet.hidden]
    if not sheets:
        raise EmptyFile(name=name)
    sheet = _with_header(sheets, mapping)
    at = find_header(sheet.rows, mapping)
    return SourceTable(name, header_names(sheet.rows[at]), sheet.rows[at + 1 :], at + 2)


def _with_header(sheets: Sequence[Sheet], mapping: OrderMapping) -> Sheet:
    """The first sheet with a header: before it may stand one with notes."""
    for sheet in sheets:
        try:
            find_header(sheet.rows, mapping)
            return sheet
        except MapsNothing:
            continue
    return sheets[0]
