"""Rows that an import did not take, as a file: as they came, with the reason in a last column (feature N1)."""

from config.texts import text
from services.lists.files import ListFormat, list_file
from services.orders.cells import as_said
from services.orders.plan import OrderPlan, RefusedOrder


def refused_rows_file(plan: OrderPlan, language: str, format: ListFormat = ListFormat.XLSX) -> bytes:
    """The refused rows under the file's own header. Corrected, it can be imported as it is: the column is ignored.

    Numbers longer than a cell keeps are written as text.
    """
    header = [*plan.table.header, text(language, "orders.reason")]
    width = len(plan.table.header)
    rows = []
    for refused in plan.refused:
        cells = [None if cell is None else as_said(cell) for cell in plan.table.rows[refused.row - plan.table.first]]
        padded = [*cells[:width], *[None] * (width - len(cells))]
        rows.append([*padded, refusal_words(refused, language)])
    return list_file(format, text(language, "orders.refused_rows"), header, rows)


def refusal_words(refused: RefusedOrder, language: str) -> str:
    """Why a row was not taken."""
    return text(language, f"orders.refused.{refused.reason}", detail=refused.detail, row=refused.row)
