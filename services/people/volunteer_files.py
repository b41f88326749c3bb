"""Volunteers from a table (Excel, CSV): the rows as values, or why a row cannot be taken (feature E1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.errors import Refusal
from domain.orders import plain
from domain.texts import clean_line
from geo.errors import EmptyFile
from geo.workbooks import Cell, read_sheets
from services.lists.cells import Unusable, as_text
from services.people.register import clean_phone

ALIASES: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "志愿者姓名", "志愿者", "name"),
    "phone": ("电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "phone", "mobile"),
    "consent": ("同意留存联系方式", "同意留电话", "是否同意", "同意", "consent"),
    "team": ("队伍", "服务队", "志愿服务队", "所属队伍", "team"),
    "area": ("区域", "网格", "社区", "所属区域", "所属网格", "所属社区", "区域编码", "网格编码", "area", "grid",
             "community"),
    "joined_on": ("加入日期", "入队日期", "注册日期", "登记日期", "joined", "joined on"),
}  # fmt: skip
_YES = {"是", "同意", "yes", "y", "true", "1", "√", "✓", "有"}
_HEADER_WITHIN = 10  # lines in which the header is looked for
MOST_NAME = 60


class NoNameColumn(Refusal):
    """No line at the top of the table has a column of names. Values: known."""

    code = "no_name_column"


@dataclass(frozen=True)
class RefusedVolunteer:
    """A row that is left out: its line in the file, the name as far as it can be read, and why."""

    row: int
    name: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class VolunteerRow:
    """A row that can be taken. ``phone`` only with consent; ``team`` and ``area`` are ids."""

    row: int
    name: str
    phone: str | None
    team: int | None
    area: int | None
    joined_on: date


@dataclass(frozen=True)
class Table:
    """The lines below the header, and in which column each field stands."""

    first: int
    rows: Sequence[Sequence[Cell]]
    columns: Mapping[str, int]


def open_table(name: str, raw: bytes) -> Table:
    """The first sheet with a column of names. Raises NoNameColumn, EmptyFile, and what geo.workbooks refuses."""
    sheets = [sheet for sheet in read_sheets(name, raw) if not sheet.hidden]
    if not sheets:
        raise EmptyFile(name=name)
    known = {plain(word): field for field, words in ALIASES.items() for word in words}
    for sheet in sheets:
        for at, line in enumerate(sheet.rows[:_HEADER_WITHIN]):
            fields = [known.get(plain(as_text(cell) or "")) for cell in line]
            if "name" in fields:
                columns = {field: place for place, field in reversed(list(enumerate(fields))) if field}
                return Table(at + 2, sheet.rows[at + 1 :], columns)
    raise NoNameColumn(known="、".join(ALIASES["name"]))


class RowReader:
    """Reads the lines of a table. ``without_consent`` counts phones that were left out."""

    def __init__(
        self, table: Table, teams: Mapping[str, int], areas: Mapping[str, int | None], allowed: set[int] | None,
        day: date,
    ) -> None:  # fmt: skip
        self._table, self._teams, self._areas, self._allowed, self._day = table, teams, areas, allowed, day
        self.without_consent = 0

    def read(self) -> tuple[list[VolunteerRow], list[RefusedVolunteer]]:
        """Every line that holds anything, as a row or as refused."""
        rows: list[VolunteerRow] = []
        refused: list[RefusedVolunteer] = []
        for number, line in enumerate(self._table.rows, self._table.first):
            if not any(cell is not None for cell in line):
                continue
            try:
                rows.append(self._row(number, line))
            except Unusable as why:
                name = (self._text(line, "name") or "")[:MOST_NAME]
                refused.append(RefusedVolunteer(number, name, why.reason, why.detail))
        return rows, refused

    def _row(self, number: int, line: Sequence[Cell]) -> VolunteerRow:
        name = _name(self._text(line, "name"))
        phone = _phone(self._text(line, "phone"))
        if phone and plain(self._text(line, "consent") or "") not in _YES:
            self.without_consent += 1
            phone = None
        team = _known(self._teams, self._text(line, "team"), "unknown_team")
        area = _known(self._areas, self._text(line, "area"), "unknown_area")
        if self._allowed is not None and area not in self._allowed:
            raise Unusable("area_outside", self._text(line, "area") or "")
        return VolunteerRow(number, name, phone, team, area, self._day_of(self._cell(line, "joined_on")))

    def _cell(self, line: Sequence[Cell], field: str) -> Cell:
        place = self._table.columns.get(field)
        return line[place] if place is not None and place < len(line) else None

    def _text(self, line: Sequence[Cell], field: str) -> str | None:
        return as_text(self._cell(line, field))

    def _day_of(self, cell: Cell) -> date:
        if cell is None:
            return self._day
        found = cell.date() if isinstance(cell, datetime) else cell if isinstance(cell, date) else _day(as_text(cell))
        if found is None or not date(1949, 10, 1) <= found <= self._day:
            raise Unusable("bad_day", as_text(cell) or "")
        return found


def _name(text: str | None) -> str:
    try:
        name = clean_line(text, "person_name", MOST_NAME)
    except Refusal as refusal:
        raise Unusable("bad_name", refusal.code) from refusal
    if any(sign.isdigit() for sign in name):
        raise Unusable("bad_name", name)
    return name


def _phone(text: str | None) -> str | None:
    try:
        return clean_phone(text or "")
    except Refusal as refusal:
        raise Unusable("bad_phone", text or "") from refusal


def _known(known: Mapping[str, int | None], text: str | None, reason: str) -> int | None:
    if text is None:
        return None
    found = known.get(plain(text))
    if found is None:  # unknown, or the name of several
        raise Unusable(reason, text)
    return found


def _day(text: str | None) -> date | None:
    parts = (text or "").replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in parts.strip().split("-"))
        return date(year, month, day)
    except ValueError:
        return None
