"""The rows of work orders as values, a column at a time: words to keys of the profile, texts, moments, coordinates.

Files say the same in many rows: of each column every distinct cell is read once (feature N1, decision 0143).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from config.profiles import Profile
from domain.orders import Ending, OrderField, UnreadableCell, known_ending, plain, read_moment
from geo.workbooks import Cell
from services.dictionaries.current import current_dictionary
from services.incidents.reports import title_of
from services.orders.cells import (
    OddCell,
    bare,
    degrees_of,
    later_that_day,
    line_of,
    phone_of,
    text_of,
    texts_of,
    words_of,
)
from services.orders.columns import OrderColumns
from services.orders.mapping import ANY, OrderMapping, same_word
from services.orders.plan import Order, OrderWarning, RefusedOrder, SourceTable

MOST_DESCRIPTION, MOST_TITLE, MOST_PLACE, MOST_ANSWER, MOST_NAME = 5000, 120, 200, 2000, 60
_OTHER = "other"
_SLACK = timedelta(minutes=5)  # clocks of two systems
_F = OrderField


class OrderReader:
    """Reads the rows of one file. ``noticed`` counts what was read otherwise than written, by kind and word."""

    def __init__(
        self, profile: Profile, header: Sequence[str], columns: Mapping[OrderField, Sequence[str]],
        mapping: OrderMapping, now: datetime,
    ) -> None:  # fmt: skip
        self._at = {field: [list(header).index(name) for name in names] for field, names in columns.items()}
        self._width = len(header)
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
        self.noticed: dict[str, Counter[str]] = {}

    def read(self, table: SourceTable) -> tuple[list[Order], list[RefusedOrder]]:
        """The rows that are taken, and those that are not with the first reason; empty ones are neither."""
        lines = [at for at, cells in enumerate(table.rows, table.first) if cells.count(None) < len(cells)]
        rows = [table.rows[line - table.first] for line in lines]
        columns = OrderColumns(rows, self._width, self._at, self.noticed)
        orders = self._orders(columns, lines) if rows else []
        refused = [RefusedOrder(lines[at], None, why.reason, why.detail) for at, why in sorted(columns.refused.items())]
        return [order for at, order in enumerate(orders) if at not in columns.refused], refused

    def warnings(self) -> list[OrderWarning]:
        """What was read otherwise than written."""
        return [
            OrderWarning(f"orders.warning.{kind}", {"count": words.total(), "words": dict(words.most_common(20))})
            for kind, words in sorted(self.noticed.items())
        ]

    def _orders(self, columns: OrderColumns, lines: Sequence[int]) -> list[Order]:
        """Field by field in the order in which the reasons of a refusal come."""
        numbers = columns.numbers()
        classes = columns.each(columns.several(_F.CATEGORY), self._class, ("", ""))
        words = _words(columns, numbers, [said for _, said in classes])
        reported = columns.each(columns.one(_F.REPORTED_AT), self._reported_at, self._latest)
        places = _places(columns)
        urgencies = columns.each(columns.one(_F.URGENCY), self._urgency, self._usual)
        areas = columns.each(columns.one(_F.AREA), lambda cell: text_of(cell) or None, None)
        due = columns.each(columns.one(_F.DUE_AT), self._moment, None)
        answers = columns.each(columns.joined(_F.ANSWER, "\n"), lambda text: words_of(text, MOST_ANSWER), "")
        names = columns.each(columns.one(_F.REPORTER_NAME), _name_of, None)
        phones = columns.each(columns.one(_F.REPORTER_PHONE), phone_of, None)
        ways = self._ways(columns, reported)
        version = self._version
        return [
            Order(line, number, category, said, urgency, title, description, place, area, lon, lat, at, ending, sent,
                  answered, closed, due_at, answer, name, phone, dictionary_version=version)
            for line, number, (category, said), urgency, (title, description, place), area, (lon, lat), at,
            (ending, sent, answered, closed), due_at, answer, name, phone
            in zip(lines, numbers, classes, urgencies, words, areas, places, reported, ways, due, answers, names,
                   phones, strict=True)
        ]  # fmt: skip

    def _class(self, cells: Sequence[Cell]) -> tuple[str, str]:
        words = texts_of(cells)
        said = words[0] if words else ""
        known = next((key for word in words if (key := self._classes.get(plain(word)))), None)
        if known:
            return known, said
        if self._rest is None:
            raise UnreadableCell("unknown_class", said)
        raise OddCell("unknown_class" if said else "no_class", said, (self._rest, said))

    def _urgency(self, cell: Cell) -> str:
        word = text_of(cell)
        found = self._urgencies.get(plain(word)) if word else self._usual
        if found is None:
            raise OddCell("unknown_urgency", word, self._usual)
        return found

    def _moment(self, cell: Cell) -> datetime | None:
        return read_moment(bare(cell), self._order)

    def _past(self, cell: Cell) -> datetime | None:
        found = self._moment(cell)
        if found is not None and found > self._latest:
            raise UnreadableCell("future_date", text_of(cell)[:40])
        return found

    def _reported_at(self, cell: Cell) -> datetime:
        found = self._past(cell)
        if found is None:
            raise UnreadableCell("no_date")
        return found

    def _ending(self, cell: Cell) -> Ending | None:
        word = text_of(cell)
        found = self._endings.get(plain(word)) or known_ending(word) if word else None
        if word and found is None:
            raise OddCell("unknown_status", word, None)
        return found

    def _ways(self, columns: OrderColumns, reported: Sequence[datetime]) -> list["_Way"]:
        closed = columns.each(columns.one(_F.CLOSED_AT), self._past, None)
        endings = columns.each(columns.one(_F.STATUS), self._ending, None)
        dispatched = columns.each(columns.one(_F.DISPATCHED_AT), self._past, None)
        answered = columns.each(columns.one(_F.ANSWERED_AT), self._past, None)
        found = []
        for at, moments in enumerate(zip(endings, reported, dispatched, answered, closed, strict=True)):
            try:
                found.append(_way(*moments))
            except UnreadableCell as why:
                columns.refused.setdefault(at, why)
                found.append((Ending.OPEN, None, None, None))
        return found


def _words(columns: OrderColumns, numbers: Sequence[str], said: Sequence[str]) -> list[tuple[str, str, str]]:
    """Title, description and place of each row: what a file leaves out is taken from what it says."""
    titles = columns.each(columns.one(_F.TITLE), lambda cell: line_of(text_of(cell), "title", MOST_TITLE), "")
    contents = columns.each(columns.joined(_F.CONTENT, "\n"), lambda text: words_of(text, MOST_DESCRIPTION), "")
    places = columns.each(columns.joined(_F.PLACE, " "), lambda text: line_of(text, "place", MOST_PLACE), "")
    descriptions = [content or title or word for content, title, word in zip(contents, titles, said, strict=True)]
    untitled = ["" if title else description for title, description in zip(titles, descriptions, strict=True)]
    heads = columns.each(untitled, lambda text: line_of(text, "title", MOST_DESCRIPTION), "")
    short = columns.each(heads, title_of, "")
    titles = [title or head or title_of(place or number)
              for title, head, place, number in zip(titles, short, places, numbers, strict=True)]  # fmt: skip
    descriptions = [description or title for description, title in zip(descriptions, titles, strict=True)]
    return list(zip(titles, descriptions, places, strict=True))


def _places(columns: OrderColumns) -> list[tuple[float | None, float | None]]:
    """Longitudes and latitudes as they stand; none where both are 0 or one is no number."""
    found: list[tuple[float | None, float | None]] = []
    lons, lats = columns.one(_F.LON), columns.one(_F.LAT)
    for at, said in enumerate(zip(lons, lats, strict=True)):
        lon, lat = (None, None) if said == (None, None) else (degrees_of(said[0]), degrees_of(said[1]))
        if lon != lon or lat != lat:  # NaN
            columns.notice(at, OddCell("bad_coordinates"))
            lon = lat = None
        found.append((None, None) if lon == lat == 0 else (lon, lat))
    return found


def _name_of(cell: Cell) -> str | None:
    return line_of(text_of(cell), "reporter_name", MOST_NAME) or None


_Way = tuple[Ending, datetime | None, datetime | None, datetime | None]


def _way(
    ending: Ending | None, reported: datetime, dispatched: datetime | None, answered: datetime | None,
    closed: datetime | None,
) -> _Way:  # fmt: skip
    """Where the case stands at its source, and the times of the way there (dispatched, answered, closed) as far as they
    are in order. Raises UnreadableCell.
    """
    ending = ending or (Ending.CLOSED if closed else Ending.OPEN)
    if ending is Ending.OPEN:
        return ending, dispatched, None, None
    if closed is None and ending is Ending.CLOSED and (closed := answered) is None:
        raise UnreadableCell("no_closing_date")
    closed = closed or reported
    if closed < reported:
        closed = later_that_day(closed, reported)
    if dispatched and not reported <= dispatched <= closed:
        dispatched = None
    in_order = answered and (dispatched or reported) <= answered <= closed
    return ending, dispatched, answered if in_order else closed, closed
