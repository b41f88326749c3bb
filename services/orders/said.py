"""What the rows of a file say besides the columns of a case: answers of call-backs, and whether a cell says anything.

The columns are those of 12345 files (DOMAIN.md 2.6): 是否有效回访, 是否联系, 是否解决, 是否满意.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.orders import Ending, OrderField, UnreadableCell, known_answer, known_satisfaction, read_moment
from geo.workbooks import Cell
from services.orders.cells import text_of
from services.orders.plan import CalledBack, Order, OrderWarning, SourceTable

_F = OrderField
_ASKED = (_F.CALL_VALID, _F.CALL_RESPONDED, _F.CALL_SOLVED, _F.CALL_SATISFACTION)
Columns = Mapping[OrderField, Sequence[str]]


def note_what_is_said(table: SourceTable, columns: Columns, dates: str, orders: Sequence[Order]) -> list[OrderWarning]:
    """Set ``urgency_said`` of every order and ``call_back`` of the closed ones; what could not be read of them."""
    at = {field: table.header.index(names[0]) for field, names in columns.items()}
    asked = [field for field in _ASKED if field in at]
    noticed: Counter[str] = Counter()
    for order in orders:
        cells = table.rows[order.row - table.first]
        order.urgency_said = bool(_text(cells, at.get(_F.URGENCY)))
        if asked and order.ending is Ending.CLOSED:
            words = {field: _text(cells, at.get(field)) for field in _ASKED}
            order.call_back = _called_back(words, _moment(cells, at.get(_F.CALLED_AT), dates), noticed)
    return [OrderWarning("orders.warning.call_back", {"count": noticed.total(), "words": dict(noticed.most_common(20))})
            ] if noticed else []  # fmt: skip


def _called_back(words: Mapping[OrderField, str], at: datetime | None, noticed: Counter[str]) -> CalledBack | None:
    """The call-back of a row; None where it says nothing, or too little of one that reached somebody."""
    valid = known_answer(words[_F.CALL_VALID])
    if valid is False:
        return CalledBack(at, False)
    if not any(words.values()):
        return None
    responded, solved = known_answer(words[_F.CALL_RESPONDED]), known_answer(words[_F.CALL_SOLVED])
    content = known_satisfaction(words[_F.CALL_SATISFACTION])
    if (valid is None and words[_F.CALL_VALID]) or responded is None or solved is None or content is None:
        noticed[" / ".join(words.values())[:60]] += 1
        return None
    return CalledBack(at, True, responded, solved, content)


def _text(cells: Sequence[Cell], place: int | None) -> str:
    return text_of(cells[place]).strip() if place is not None and place < len(cells) else ""


def _moment(cells: Sequence[Cell], place: int | None, dates: str) -> datetime | None:
    try:
        return read_moment(_text(cells, place), dates)
    except UnreadableCell:
        return None


def call_back_mark(order: Order) -> str:
    """What the mark of the call-back is made of; "" where the row says nothing of one."""
    return "" if order.call_back is None else "\x1f".join(map(str, vars(order.call_back).values()))
