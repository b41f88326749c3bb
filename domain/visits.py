"""Visits and patrols: what is kept of them, and how long a place has waited for one (feature D5)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import Refusal

NOTE_LENGTH = 60
# Seven digits in a row, however they are parted: a phone or an identity number, never a day, an amount or a house.
_NUMBER = re.compile(r"(?:\d[ \-.()]*){7,}")


class VisitKind(StrEnum):
    """What somebody went out for."""

    VISIT = "visit"
    PATROL = "patrol"


class GapPart(StrEnum):
    """The grids by how long ago somebody was there; each is a figure and the list behind it."""

    ALL = "all"
    LONG = "long"
    NEVER = "never"
    LATELY = "lately"


class VisitOutside(Refusal):
    """The place lies outside every grid."""

    code = "visit_outside"


class NumberInNote(Refusal):
    """A note holds a phone or identity number: it is kept without anybody's data."""

    code = "number_in_note"


class VisitCorrected(Refusal):
    """The record was corrected or withdrawn already: the newest one can be."""

    code = "visit_corrected"


class NotOwnVisit(Refusal):
    """A record is corrected by who made it."""

    code = "not_own_visit"


@dataclass(frozen=True)
class Gap:
    """A grid and the Shanghai day on which somebody was there last, None = never recorded."""

    area_id: int
    last: date | None

    def days(self, today: date) -> int | None:
        """Days since then; 0 on the day itself."""
        return None if self.last is None else max(0, (today - self.last).days)


def check_note(note: str) -> None:
    """Refuse (NumberInNote) a note with seven or more digits in a row, blanks and hyphens between them or not."""
    if _NUMBER.search(unicodedata.normalize("NFKC", note)):
        raise NumberInNote()


def part_of(gap: Gap, today: date, most_days: int) -> GapPart:
    """Never, long ago (more than ``most_days`` days), or lately."""
    days = gap.days(today)
    if days is None:
        return GapPart.NEVER
    return GapPart.LONG if days > most_days else GapPart.LATELY


def longest_first(gaps: Iterable[Gap]) -> list[Gap]:
    """Those without a record first, then by the day of the last one, oldest first."""
    return sorted(gaps, key=lambda gap: (gap.last is not None, gap.last or date.min, gap.area_id))
