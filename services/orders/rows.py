"""The cells of work orders as values: words to keys of the profile, texts, moments, coordinates (feature N1)."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from config.profiles import Profile
from domain.clock import to_local
from domain.errors import Refusal
from domain.orders import Ending, OrderField, UnreadableCell, known_ending, plain, read_moment, read_number
from domain.texts import clean_line, clean_text
from geo.workbooks import Cell
from services.dictionaries.current import current_dictionary
from services.incidents.reports import title_of
from services.lists.files import without_guard
from services.orders.mapping import ANY, OrderMapping, same_word
from services.orders.plan import Order, OrderWarning
from services.people.register import clean_phone

MOST_DESCRIPTION, MOST_TITLE, MOST_PLACE, MOST_ANSWER = 5000, 120, 200, 2000
_OTHER = "other"
_SLACK = timedelta(minutes=5)  # clocks of two systems
_F = OrderField


class OrderReader:
    """Reads rows of one file. ``noticed`` counts what was read otherwise than written, by kind and word."""

    def __init__(
        self, profile: Profile, header: Sequence[str], columns: Mapping[OrderField, Sequence[str]],
        mapping: OrderMapping, now: datetime,
    ) -> None:  # fmt: skip
        self._at = {field: [list(header).index(name) for name in names] for field, names in columns.items()}
        self._first = {field: (self._at.get(field) or [len(header)])[0] for field in _F}  # behind the last: none
        self._width = len(header) + 1
        dictionary = current_dictionary()
        self._version = dictionary.version
        self._latest, self._order = now + _SLACK, mapping.dates
        self._classes = {
            plain(word): item.key
            for _, item in dictionary.classes.values()
            for word in (item.key, item.name.en, item.name.zh)
        } | same_word(mapping.classes)
        self._rest = mapping.classes.get(ANY, _OTHER if _OTHER in dictionary.classes else None)
        self._urgencies = {
            plain(word): item.key for item in profile.urgencies for word in (item.key, item.name.en, item.name.zh)
        } | same_word(mapping.urgencies)
        self._usual = profile.urgencies[0].key
        self._endings = {plain(word): ending for word, ending in mapping.statuses.items()}
        self._moments: dict[Any, datetime | None] = {}
        self._found_classes: dict[tuple[str, ...], tuple[str, str]] = {}
        self.noticed: dict[str, Counter[str]] = {}

    def read(self, row: int, cells: Sequence[Cell]) -> Order:
        """One row. Raises UnreadableCell with the reason why it is not taken."""
        bare = [without_guard(cell) if isinstance(cell, str) else cell for cell in cells[: self._width - 1]]
        cells = [*bare, *[None] * max(1, self._width - len(cells))]
        number = read_number(self._one(cells, _F.NUMBER))
        category, said = self._class(cells)
        content = _joined(self._all(cells, _F.CONTENT), "\n")
        title = _line(self._text(cells, _F.TITLE), "title", MOST_TITLE)
        description = _words(content, MOST_DESCRIPTION) or title or said
        place = _line(_joined(self._all(cells, _F.PLACE), " "), "place", MOST_PLACE)
        title = title or title_of(_line(description, "title", MOST_DESCRIPTION) or place or number)
        reported_at = self._moment(cells, _F.REPORTED_AT)
        if reported_at is None:
            raise UnreadableCell("no_date")
        lon, lat = self._place(cells)
        order = Order(
            row, number, category, said, self._urgency(cells), title, description or title, place,
            self._text(cells, _F.AREA) or None, lon, lat, reported_at, Ending.OPEN,
            due_at=self._moment(cells, _F.DUE_AT),
            answer=_words(_joined(self._all(cells, _F.ANSWER), "\n"), MOST_ANSWER),
            reporter_name=_line(self._text(cells, _F.REPORTER_NAME), "reporter_name", 60) or None,
            reporter_phone=self._phone(cells), dictionary_version=self._version,
        )  # fmt: skip
        self._finish(order, cells)
        return order

    def warnings(self) -> list[OrderWarning]:
        """What was read otherwise than written."""
        return [
            OrderWarning(f"orders.warning.{kind}", {"count": words.total(), "words": dict(words.most_common(20))})
            for kind, words in sorted(self.noticed.items())
        ]

    def _note(self, kind: str, word: str) -> None:
        self.noticed.setdefault(kind, Counter())[word[:60]] += 1

    def _one(self, cells: Sequence[Cell], field: OrderField) -> Cell:
        return cells[self._first[field]]

    def _all(self, cells: Sequence[Cell], field: OrderField) -> list[str]:
        places = self._at.get(field, ())
        return [text for at in places if (cell := cells[at]) is not None and (text := as_said(cell))]

    def _text(self, cells: Sequence[Cell], field: OrderField) -> str:
        cell = self._one(cells, field)
        return as_said(cell) if cell is not None else ""

    def _moment(self, cells: Sequence[Cell], field: OrderField) -> datetime | None:
        cell = self._one(cells, field)
        if cell is None:
            return None
        if cell not in self._moments:
            self._moments[cell] = read_moment(cell, self._order)
        found = self._moments[cell]
        if found is not None and found > self._latest and field is not _F.DUE_AT:
            raise UnreadableCell("future_date", as_said(cell)[:40])
        return found

    def _class(self, cells: Sequence[Cell]) -> tuple[str, str]:
        words = tuple(self._all(cells, _F.CATEGORY))
        if words not in self._found_classes:
            known = next((key for word in words if (key := self._classes.get(plain(word)))), None)
            self._found_classes[words] = (known or "", words[0] if words else "")
        known, said = self._found_classes[words]
        if known:
            return known, said
        if self._rest is None:
            raise UnreadableCell("unknown_class", said)
        self._note("unknown_class" if said else "no_class", said)
        return self._rest, said

    def _urgency(self, cells: Sequence[Cell]) -> str:
        word = self._text(cells, _F.URGENCY)
        found = self._urgencies.get(plain(word)) if word else self._usual
        if found is None:
            self._note("unknown_urgency", word)
        return found or self._usual

    def _phone(self, cells: Sequence[Cell]) -> str | None:
        said = self._text(cells, _F.REPORTER_PHONE)
        try:
            return clean_phone(said) if said else None
        except Refusal:
            self._note("bad_phone", "")  # it is somebody's: it stands in no finding
            return None

    def _place(self, cells: Sequence[Cell]) -> tuple[float | None, float | None]:
        said = self._one(cells, _F.LON), self._one(cells, _F.LAT)
        if said == (None, None):
            return None, None
        try:
            lon, lat = float(str(said[0]).rstrip("°")), float(str(said[1]).rstrip("°"))
        except ValueError:
            lon = lat = float("nan")
        if not (abs(lon) < 1e8 and abs(lat) < 1e8):  # false for NaN as well
            self._note("bad_coordinates", "")
            return None, None
        return (None, None) if lon == lat == 0 else (lon, lat)

    def _finish(self, order: Order, cells: Sequence[Cell]) -> None:
        """Where the case stands at its source, and the times of the way there as far as they are in order."""
        word, closed_at = self._text(cells, _F.STATUS), self._moment(cells, _F.CLOSED_AT)
        ending = self._endings.get(plain(word)) or known_ending(word) if word else None
        if word and ending is None:
            self._note("unknown_status", word)
        order.ending = ending or (Ending.CLOSED if closed_at else Ending.OPEN)
        order.dispatched_at = self._moment(cells, _F.DISPATCHED_AT)
        answered_at = self._moment(cells, _F.ANSWERED_AT)
        if order.ending is Ending.OPEN:
            return
        if closed_at is None and order.ending is Ending.CLOSED:
            closed_at = answered_at
            if closed_at is None:
                raise UnreadableCell("no_closing_date")
        closed_at = closed_at or order.reported_at
        if closed_at < order.reported_at:
            closed_at = _later_that_day(closed_at, order.reported_at)
        order.closed_at = closed_at
        if order.dispatched_at and not order.reported_at <= order.dispatched_at <= closed_at:
            order.dispatched_at = None
        first = order.dispatched_at or order.reported_at
        order.answered_at = answered_at if answered_at and first <= answered_at <= closed_at else closed_at


def _later_that_day(closed_at: datetime, reported_at: datetime) -> datetime:
    """A day without a time of day is not before an hour of the same day. Raises UnreadableCell."""
    local = to_local(closed_at)
    if local.time() == time() and local.date() == to_local(reported_at).date():
        return reported_at
    raise UnreadableCell("closed_before_reported")


def as_said(cell: Cell) -> str:
    """A cell as text: whole numbers without a point, moments as in Chinese tables."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _joined(texts: Sequence[str], between: str) -> str:
    return texts[0] if len(texts) == 1 else between.join(texts)


def _is_clean(text: str) -> bool:
    return text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text)


def _line(text: str, field: str, most: int) -> str:
    if _is_clean(text):
        text = text.strip()
        if len(text) <= most:
            return text
    try:
        return clean_line(text, field, most, required=False)
    except Refusal as refusal:
        raise UnreadableCell(refusal.code, field) from refusal


def _words(text: str, most: int) -> str:
    if _is_clean(text) and len(text) <= most:
        return text.strip()
    try:
        return clean_text(text, "description", most, required=False)
    except Refusal as refusal:
        raise UnreadableCell(refusal.code, "description") from refusal
