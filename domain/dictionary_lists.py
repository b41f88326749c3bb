"""A dictionary as offices send it: a sheet with a title, merged cells and notes, read into entries (feature C2)."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from domain.clocks import ClockKind, Limit
from domain.dictionaries import DictionaryEntry, Words
from domain.errors import Refusal
from domain.texts import InvalidText, clean_line

Cell = str | float | int | bool | datetime | date | time | None


class ListField(StrEnum):
    """What a column of the list may hold."""

    FAMILY = "family"
    CLASS = "class"
    CONDITION = "condition"
    LIMIT = "limit"
    CLOCK = "clock"
    STANDARD = "standard"
    DEPARTMENT = "department"
    PHOTO = "photo"


class NoDictionaryHeader(Refusal):
    """No row names the columns that a dictionary needs. Values: missing."""

    code = "no_dictionary_header"


class UnusableRow(Exception):
    """Why a row is not an entry: ``dictionary.bad.<reason>`` with the detail."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class BadRow:
    """A row that is not an entry: its line in the file, and why."""

    row: int
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class DictionaryList:
    """What a sheet holds. ``notes``: rows of words that are no entries."""

    entries: tuple[DictionaryEntry, ...]
    bad: tuple[BadRow, ...]
    rows: int
    notes: int


_F = ListField
_ALIASES: Mapping[ListField, tuple[str, ...]] = {
    _F.FAMILY: ("大类", "大类名称", "事件大类", "问题大类", "一级分类", "事项大类", "类别"),
    _F.CLASS: ("小类", "小类名称", "事件小类", "问题小类", "二级分类", "事项小类", "事项名称", "事项"),
    _F.CONDITION: ("立案条件", "立案标准", "立案情形", "情形", "条件", "立案规范"),
    _F.LIMIT: ("处置时限", "时限", "办理时限", "处理时限", "办结时限", "结案时限", "处置时间"),
    _F.CLOCK: ("时限单位", "计时方式", "时限类型", "计时单位"),
    _F.STANDARD: ("结案标准", "结案条件", "结案要求", "结案规范", "处置标准"),
    _F.DEPARTMENT: ("责任部门", "责任主体", "责任单位", "处置部门", "处置单位", "主管部门"),
    _F.PHOTO: ("照片", "是否需要照片", "处置后照片", "照片要求", "采集要求", "是否拍照", "需要照片"),
}
NEEDED = (_F.CLASS, _F.LIMIT, _F.STANDARD, _F.DEPARTMENT)
_NAME, _SENTENCE, _HEADING = 60, 200, 20
# Words of a note or a sum, and what may follow them; 注水肉 and 说明书张贴 are classes like others.
_NOTE = re.compile(
    r"(?:注意?|说明|备注|附注|合计|总计|小计|共计|审核|填报|填表|制表)(?:人|单位|部门|日期|时间|事项)?(?:$|[\d一二三四五六七八九十:：、.．,，;；(（])"
)
_NUMBERED = re.compile(r"^(?:[(（][一二三四五六七八九十百\d]+[)）]|[一二三四五六七八九十百\d]+[、.．])\s*")
_CLOCKS = (
    ("紧急工作时", ClockKind.EMERGENCY_HOUR), ("紧急工作小时", ClockKind.EMERGENCY_HOUR),
    ("工作日", ClockKind.WORKING_DAY), ("工作天", ClockKind.WORKING_DAY), ("工作时", ClockKind.WORKING_HOUR),
    ("工作小时", ClockKind.WORKING_HOUR), ("自然日", ClockKind.CALENDAR_DAY), ("小时", ClockKind.EMERGENCY_HOUR),
    ("日", ClockKind.CALENDAR_DAY), ("天", ClockKind.CALENDAR_DAY), ("时", ClockKind.EMERGENCY_HOUR),
)  # fmt: skip
_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九十")} | {"两": 2, "半": 0.5}
_MOST = 1000
_YES, _NO = {"是", "需要", "须", "要", "必须", "√", "有", "y", "yes", "1", "true"}, {
    "否", "不需要", "无", "不", "不要", "×", "x", "n", "no", "0", "false", "-", "—", "/",
}  # fmt: skip
_GENERAL = {"", "一般", "一般情形", "其他情形", "无", "-", "—", "/"}


def read_list(rows: Sequence[Sequence[Cell]], known: Sequence[DictionaryEntry] = ()) -> DictionaryList:
    """The entries of a sheet whose merged cells hold their value in each of them (Sheet.unmerged).

    ``known``: every entry that any version had; what has its name keeps its key, and its English where the words are
    the same. Raises NoDictionaryHeader.
    """
    at, columns = _find_header(rows)
    header, names = [_plain(cell) for cell in rows[at]], _Names(known)
    entries: dict[tuple[str, str], tuple[int, DictionaryEntry]] = {}
    bad: list[BadRow] = []
    read = notes = 0
    before = _Above()
    for line, cells in enumerate(rows[at + 1 :], at + 2):
        said = [_plain(cell) for cell in cells]
        if not any(said) or said == header:
            continue
        if _is_note(said, columns, before):
            notes += 1
            continue
        read += 1
        try:
            entry = _entry(_values(cells, columns), before, names)
            if entry.key in entries:
                raise UnusableRow("twice", str(entries[entry.key][0]))
            entries[entry.key] = (line, entry)
        except UnusableRow as why:
            bad.append(BadRow(line, why.reason, why.detail))
    return DictionaryList(tuple(entry for _, entry in entries.values()), tuple(bad), read, notes)


@dataclass
class _Above:
    """The family and class of the rows above: a cell left empty under them means the same."""

    family: str = ""
    item: str = ""


def _find_header(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[ListField, int]]:
    best: tuple[int, dict[ListField, int]] = (0, {})
    for at, cells in enumerate(rows[:30]):
        found: dict[ListField, int] = {}
        for column, cell in enumerate(cells):
            word = re.sub(r"[（(].*?[)）]|[\s*:：]", "", _plain(cell))
            for name, aliases in _ALIASES.items():
                if word in aliases and name not in found:
                    found[name] = column
        if len(found) > len(best[1]):
            best = (at, found)
    missing = [name for name in NEEDED if name not in best[1]]
    if missing:
        raise NoDictionaryHeader(missing="、".join(_ALIASES[name][0] for name in missing))
    return best


def _is_note(said: Sequence[str], columns: Mapping[ListField, int], before: _Above) -> bool:
    """Whether a row is no entry: a note, a sum, or the heading of a family, whose rows then name none.

    A note begins with such a word and fills fewer cells than an entry needs; a heading is one text alone. A name that
    stands under the classes alone, beside a column of families, is an entry of which the rest is missing.
    """
    words = {word for word in said if word}
    if _NOTE.match(next(word for word in said if word)) and len(words) < len(NEEDED):
        return True
    filled = [place for place, word in enumerate(said) if word]
    if len(words) > 1 or (_F.FAMILY in columns and filled == [columns[_F.CLASS]]):
        return False
    word = _NUMBERED.sub("", words.pop())
    if len(word) <= _HEADING:
        before.family, before.item = word, ""
    return True


def _values(cells: Sequence[Cell], columns: Mapping[ListField, int]) -> dict[ListField, Cell]:
    return {name: cells[column] if column < len(cells) else None for name, column in columns.items()}


def _entry(values: Mapping[ListField, Cell], before: _Above, names: "_Names") -> DictionaryEntry:
    family = _NUMBERED.sub("", _text(values, _F.FAMILY, _NAME)) or before.family
    item = _text(values, _F.CLASS, _NAME) or (before.item if family == before.family else "")
    before.family, before.item = family, item
    for value, reason in ((family, "no_family"), (item, "no_class")):
        if not value:
            raise UnusableRow(reason)
    condition = _text(values, _F.CONDITION, _SENTENCE)
    condition = "" if condition in _GENERAL else condition
    limit = read_limit(values.get(_F.LIMIT), _plain(values.get(_F.CLOCK)))
    standard, department = _text(values, _F.STANDARD, _SENTENCE), _text(values, _F.DEPARTMENT, _NAME)
    for value, reason in ((standard, "no_standard"), (department, "no_department")):
        if not value:
            raise UnusableRow(reason)
    return names.entry(family, item, condition, limit, standard, department, _photo(_plain(values.get(_F.PHOTO))))


def read_limit(amount: Cell, clock: str = "") -> Limit:
    """``2紧急工作时``, ``4 个工作时``, ``二个工作日``, ``24小时`` (at night too), ``7天``; or a number and its clock.

    Raises UnusableRow.
    """
    said = _plain(amount)
    if not said:
        raise UnusableRow("no_limit")
    found = re.fullmatch(r"(\d+(?:\.\d+)?|[零一二三四五六七八九十两半]+)个?(?:\((.+)\)|(.*))", said)
    if not found:
        raise UnusableRow("bad_limit", said[:40])
    unit = (found[2] or found[3] or clock).removeprefix("个").rstrip("内")
    kind = next((kind for word, kind in _CLOCKS if unit == word), None)
    if kind is None:
        raise UnusableRow("bad_clock" if unit else "no_clock", said[:40])
    number = _number(found[1])
    if not 0 < number <= _MOST:
        raise UnusableRow("bad_limit", said[:40])
    return Limit(number, kind)


def _number(said: str) -> float:
    if said[0].isdigit():
        return float(said)
    if len(said) == 1:
        return float(_DIGITS[said])
    tens, _, ones = said.partition("十")
    if "十" not in said or len(tens) > 1 or len(ones) > 1:
        raise UnusableRow("bad_limit", said[:40])
    return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _photo(said: str) -> bool:
    word = said.lower()
    if word in _NO or not word:
        return False
    if word in _YES or word.startswith(("需", "须", "必须", "要")):
        return True
    raise UnusableRow("bad_photo", said[:40])


def _text(values: Mapping[ListField, Cell], name: ListField, most: int) -> str:
    said = values.get(name)
    try:
        return clean_line("" if said is None else _written(said), name.value, most, required=False)
    except InvalidText as why:
        raise UnusableRow(why.code, _ALIASES[name][0]) from why


def _written(cell: Cell) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _plain(cell: Cell) -> str:
    """A cell without any space, full-width signs made plain."""
    return "" if cell is None else re.sub(r"\s", "", unicodedata.normalize("NFKC", _written(cell)))


class _Names:
    """Keys and English words of what has been in the dictionary before."""

    def __init__(self, known: Sequence[DictionaryEntry]) -> None:
        ordered = sorted(known, key=lambda entry: entry.first_version)
        self._families = {entry.family_name.zh: (entry.family, entry.family_name) for entry in ordered}
        self._classes = {(entry.family_name.zh, entry.class_name.zh): entry for entry in ordered}
        self._keys = {entry.category for entry in ordered}
        self._conditions = {(entry.category, entry.condition_name.zh): entry for entry in ordered if entry.condition}
        self._last = {entry.key: entry for entry in ordered}

    def entry(
        self, family: str, item: str, condition: str, limit: Limit, standard: str, department: str, photo: bool
    ) -> DictionaryEntry:
        """An entry under the keys that its names have or, where they are new, get."""
        family_key, family_name = self._families.get(family) or (_key("f", family), Words(family, family))
        was = self._classes.get((family, item))
        category = was.category if was else _key("c", family, item)
        named = self._conditions.get((category, condition))
        key = named.condition if named else _key("k", condition) if condition else ""
        last = self._last.get((category, key))
        return DictionaryEntry(
            family_key, family_name, category, was.class_name if was else Words(item, item), key,
            named.condition_name if named else Words(condition, condition), limit,
            _words(standard, last.standard if last else None), _words(department, last.department if last else None),
            photo, example=False,
        )  # fmt: skip


def _words(said: str, before: Words | None) -> Words:
    return before if before and before.zh == said else Words(said, said)


def _key(letter: str, *names: str) -> str:
    return letter + hashlib.sha256("/".join(names).encode()).hexdigest()[:15]
