"""Areas: code schemes, the tree, the staffing rule (features A2, A6).

A code scheme is data. A code is checked and continued, never made up: an unknown parent and a full sequence are
refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Refusal


class AreaKind(StrEnum):
    """What an area is for: a comprehensive grid, a dedicated one (park, market, tower), or a micro-grid."""

    COMPREHENSIVE = "comprehensive"
    DEDICATED = "dedicated"
    MICRO = "micro"


class InvalidAreaCode(Refusal):
    """A code of the wrong length, with other characters than digits, or with an empty part."""

    code = "invalid_area_code"


class InvalidFreeCode(Refusal):
    """A free code that is empty, too long, or holds characters that cannot be shown."""

    code = "invalid_free_code"


class UnknownAreaLevel(Refusal):
    """The scheme has no digits for this level."""

    code = "unknown_area_level"


class AreaCodeNotGiven(Refusal):
    """Codes of this level are the state's, or free: none is made up for them."""

    code = "area_code_not_given"


class UnknownParentArea(Refusal):
    """The code names a parent that does not exist, or another than the one given."""

    code = "unknown_parent_area"


class AreaSequenceFull(Refusal):
    """All numbers under this parent are taken."""

    code = "area_sequence_full"


class AreaCycle(Refusal):
    """An area cannot lie under itself or one of its descendants."""

    code = "area_cycle"


@dataclass(frozen=True)
class CodePart:
    """The digits that one level adds. ``zero`` allows 0 as their number; ``given`` numbers are the state's to give."""

    level: str
    width: int
    zero: bool = False
    given: bool = False


@dataclass(frozen=True)
class CodeScheme:
    """How the codes of an area tree are built, from the top.

    ``lead`` digits (an object class) stand before the codes of ``lead_levels`` only. A shorter code may be filled
    up with zeros to one of the lengths ``padded``, as the statistical lists do with 12 digits. ``free`` takes any text.
    """

    key: str
    parts: tuple[CodePart, ...] = ()
    lead: int = 0
    lead_levels: frozenset[str] = frozenset()
    padded: tuple[int, ...] = ()
    free: bool = False

    def length(self, level: str) -> int:
        """Number of digits of a code of this level, without padding."""
        return self._lead(level) + sum(part.width for part in self.parts[: self.index(level) + 1])

    def index(self, level: str) -> int:
        """Place of a level among the parts. Raises UnknownAreaLevel."""
        for index, part in enumerate(self.parts):
            if part.level == level:
                return index
        raise UnknownAreaLevel(level=level)

    def _lead(self, level: str) -> int:
        return self.lead if level in self.lead_levels else 0


_ADMIN = (
    CodePart("province", 2, given=True),
    CodePart("city", 2, zero=True, given=True),
    CodePart("district", 2, given=True),
)
_STREET = (CodePart("street", 3), CodePart("community", 3))

# 15 = 6+3+3+3 (DB11 unit grids), 17 with a micro-grid, 20 = object 6 + 6+3+3+2 (CJ/T 349; DOMAIN.md 2.1).
CODE_SCHEMES: Mapping[str, CodeScheme] = {
    scheme.key: scheme
    for scheme in (
        CodeScheme("grid15", (*_ADMIN, *_STREET, CodePart("grid", 3)), padded=(6, 12)),
        CodeScheme("micro17", (*_ADMIN, *_STREET, CodePart("grid", 3), CodePart("micro_grid", 2)), padded=(6, 12)),
        CodeScheme(
            "object20",
            (*_ADMIN, *_STREET, CodePart("grid", 2, zero=True)),
            lead=6,
            lead_levels=frozenset({"grid"}),
            padded=(6, 12),
        ),
        CodeScheme("free", free=True),
    )
}
FREE_CODE_LENGTH = 64


def parse_code(code: str, scheme: CodeScheme, level: str) -> dict[str, str]:
    """The parts of a code by level key; ``object`` holds the lead, ``code`` a free text.

    Raises InvalidAreaCode for a wrong length, a character that is no digit, or a part that is zero where it may not
    be; InvalidFreeCode; UnknownAreaLevel.
    """
    if scheme.free:
        if not 0 < len(code) <= FREE_CODE_LENGTH or not code.isprintable():
            raise InvalidFreeCode(most=FREE_CODE_LENGTH)
        return {"code": code}
    digits = _without_padding(code, scheme, level)
    lead = scheme.length(level) - sum(part.width for part in scheme.parts[: scheme.index(level) + 1])
    found = {"object": digits[:lead]} if lead else {}
    at = lead
    for part in scheme.parts[: scheme.index(level) + 1]:
        number = digits[at : at + part.width]
        at += part.width
        if not part.zero and int(number) == 0:
            raise InvalidAreaCode(area_code=code, level=level, expected=scheme.length(level))
        found[part.level] = number
    return found


def check_code(code: str, scheme: CodeScheme, level: str, parent: tuple[str, str] | None = None) -> str:
    """The code, unchanged, if it fits the scheme and its parent ``(code, level)``; None = an area without a parent.

    Raises what parse_code raises, or UnknownParentArea where the digits before its own name another parent.
    """
    parts = parse_code(code, scheme, level)
    if parent is None or scheme.free:
        return code
    above = parse_code(parent[0], scheme, parent[1])
    named = {key: parts.get(key) for key in above if key != "object"}
    # A city that is a municipality (…00) holds districts of all numbers.
    if any(named[key] != above[key] and not _municipality(key, above) for key in named):
        raise UnknownParentArea(area_code=code, parent=parent[0])
    return code


def next_code(parent: tuple[str, str], level: str, taken: Iterable[str], scheme: CodeScheme, lead: str = "") -> str:
    """The code after the highest one taken under ``parent`` (code, level); gaps are not filled.

    ``lead`` is the object class where the scheme has one. Raises UnknownParentArea for a parent whose code does not
    fit or that is not the level above, AreaSequenceFull past the last number, AreaCodeNotGiven for codes that are not
    ours to give: free ones, and those of districts and above.
    """
    if scheme.free or scheme.parts[scheme.index(level)].given:
        raise AreaCodeNotGiven(level=level)
    part = scheme.parts[scheme.index(level)]
    prefix = lead + _parent_digits(parent, scheme, level)
    if len(prefix) + part.width != scheme.length(level):
        raise InvalidAreaCode(area_code=prefix, level=level, expected=scheme.length(level))
    numbers = [int(parse_code(code, scheme, level)[level]) for code in taken if code.startswith(prefix)]
    number = max(numbers, default=0) + 1
    if number >= 10**part.width:
        raise AreaSequenceFull(parent=parent[0], most=10**part.width - 1)
    return f"{prefix}{number:0{part.width}d}"


def check_move(area: int, new_parent: int | None, parents: Mapping[int, int | None]) -> None:
    """Refuse (AreaCycle) to put an area under itself or a descendant; ``parents`` maps each id to its parent's.

    The same rule holds for organisations, which are a tree as well.
    """
    above = new_parent
    for _ in range(len(parents) + 1):
        if above == area:
            raise AreaCycle(area=area, parent=new_parent)
        if above is None:
            return
        above = parents.get(above)
    raise AreaCycle(area=area, parent=new_parent)


@dataclass(frozen=True)
class StaffingRule:
    """Households that an area of a level should hold, both bounds included."""

    least: int
    most: int


class StaffingVerdict(StrEnum):
    """What the staffing rule says of an area."""

    TOO_FEW = "too_few"
    FITS = "fits"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class StaffingFinding:
    """A verdict, how many households it is about, and into how many areas a cut would be made (1 = none)."""

    verdict: StaffingVerdict
    households: int | None
    cut_into: int = 1


def staffing_finding(households: int | None, rule: StaffingRule | None) -> StaffingFinding:
    """Compare an area with the rule (A6). A number that is not known is no finding against it."""
    if households is None or rule is None:
        return StaffingFinding(StaffingVerdict.UNKNOWN, households)
    if households > rule.most:
        return StaffingFinding(StaffingVerdict.TOO_MANY, households, -(-households // rule.most))
    verdict = StaffingVerdict.TOO_FEW if households < rule.least else StaffingVerdict.FITS
    return StaffingFinding(verdict, households)


def _without_padding(code: str, scheme: CodeScheme, level: str) -> str:
    length = scheme.length(level)
    fits = code.isascii() and code.isdigit()
    padded = len(code) in scheme.padded and len(code) > length and not code[length:].strip("0")
    if not fits or not (len(code) == length or padded):
        raise InvalidAreaCode(area_code=code, level=level, expected=length)
    return code[:length]


def _municipality(level: str, parts: Mapping[str, str]) -> bool:
    return level == "city" and list(parts)[-1] == "city" and parts["city"] == "00"


def _parent_digits(parent: tuple[str, str], scheme: CodeScheme, level: str) -> str:
    code, parent_level = parent
    if scheme.index(parent_level) != scheme.index(level) - 1:
        raise UnknownParentArea(area_code=level, parent=code)
    try:
        parts = parse_code(code, scheme, parent_level)
    except InvalidAreaCode as error:
        raise UnknownParentArea(area_code=level, parent=code) from error
    return "".join(number for key, number in parts.items() if key != "object")
