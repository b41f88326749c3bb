"""The four clocks of time limits, and how a deadline was counted (feature C4, DOMAIN.md 2.4).

紧急工作时 runs day and night. 工作时 runs in the working hours of working days. 工作日 runs 24 hours on every working
day and starts at a working moment, so it ends at the same time of the n-th working day. 自然日 runs always.
decisions/0032 says why.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from domain.clock import LOCAL, to_local
from domain.errors import Refusal
from domain.hours import MIDNIGHT, Window


class ClockKind(StrEnum):
    """What a time limit is counted in."""

    EMERGENCY_HOUR = "emergency_hour"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"


class SkipReason(StrEnum):
    """Why a stretch is not counted."""

    OFF_HOURS = "off_hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SUSPENDED = "suspended"


class CalendarContradiction(Refusal):
    """A day is entered both as a holiday and as a working day."""

    code = "calendar_contradiction"


@dataclass(frozen=True)
class Limit:
    """A time limit: so much (more than 0) on a clock."""

    amount: float
    clock: ClockKind

    def __post_init__(self) -> None:
        if not self.amount > 0:
            raise ValueError(f"a limit of {self.amount} is none")

    @property
    def length(self) -> timedelta:
        """What has to be counted; a day is 24 counted hours."""
        hours = 1 if self.clock in (ClockKind.EMERGENCY_HOUR, ClockKind.WORKING_HOUR) else 24
        return timedelta(seconds=round(self.amount * hours * 3600))


@dataclass(frozen=True)
class Calendar:
    """Working hours and the days that differ from Monday to Friday.

    ``holidays`` maps days off to the holiday's name, ``workdays`` are worked weekend days (调休). Of a year that is
    not in ``known_years`` nothing is known: Monday to Friday count, and every answer that used it says so.
    """

    hours: tuple[Window, ...]
    holidays: Mapping[date, str] = field(default_factory=dict)
    workdays: frozenset[date] = frozenset()
    known_years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("a calendar needs working hours")
        if both := sorted(self.workdays & self.holidays.keys()):
            raise CalendarContradiction(day=both[0].isoformat())

    def is_working(self, day: date) -> bool:
        """Whether people work on a Shanghai day."""
        return day in self.workdays or (day not in self.holidays and day.weekday() < 5)

    def is_known(self, day: date) -> bool:
        """Whether the holidays of the day's year are known."""
        return day.year in self.known_years


@dataclass(frozen=True)
class Stretch:
    """Part of the way to a deadline, in UTC. A skipped one says why, and the names of the holidays in it."""

    start: datetime
    end: datetime
    skipped: SkipReason | None = None
    holidays: tuple[str, ...] = ()

    @property
    def counted(self) -> timedelta:
        """Time that counts: the whole stretch or nothing."""
        return timedelta() if self.skipped else self.end - self.start


@dataclass(frozen=True)
class Pause:
    """From when to when a case was suspended (挂账): its clock stands."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Deadline:
    """When a limit ends (UTC), every stretch on the way, and the years whose holidays were not known."""

    due_at: datetime
    stretches: tuple[Stretch, ...]
    unknown_years: tuple[int, ...] = ()


_WHOLE_DAY = (Window(0, MIDNIGHT),)
_ALWAYS = frozenset({ClockKind.EMERGENCY_HOUR, ClockKind.CALENDAR_DAY})
_WEIGHT = {reason: weight for weight, reason in enumerate(SkipReason)}
# No public holiday lasts so long; a calendar that runs past it is broken.
_MOST_DAYS = 40_000


def due_at(start: datetime, limit: Limit, calendar: Calendar) -> datetime:
    """The instant (UTC) at which a limit that starts at ``start`` (aware) is used up."""
    return deadline(start, limit, calendar).due_at


def deadline(start: datetime, limit: Limit, calendar: Calendar, pauses: Iterable[Pause] = ()) -> Deadline:
    """The same with its arithmetic: 怎么算的. The counted stretches add up to ``limit.length``.

    Nothing counts during ``pauses`` (in order); after one a working day goes on at a working moment, as it began.
    """
    begin, end, left = to_local(start), to_local(start), limit.length
    found: list[Stretch] = []
    counting_from = _working_moment(begin, calendar) if limit.clock is ClockKind.WORKING_DAY else begin
    standing = _standing(pauses, limit.clock, calendar)
    for piece in _without(_pieces(begin, counting_from, limit.clock, calendar), standing):
        if piece.counted >= left:
            end = piece.start + left
            found.append(Stretch(piece.start, end))
            break
        left -= piece.counted
        found.append(piece)
    return Deadline(end.astimezone(UTC), _merged(found), _unknown_years(begin, end, limit.clock, calendar))


def earliest_due(start: datetime, limits: Iterable[Limit], calendar: Calendar) -> Deadline:
    """The deadline that ends first among several limits from one start: an urgent matter shortens its class's."""
    return min((deadline(start, limit, calendar) for limit in limits), key=lambda found: found.due_at)


def counted_between(start: datetime, end: datetime, clock: ClockKind, calendar: Calendar) -> timedelta:
    """Time between two instants that counts on a clock; negative where ``end`` lies before ``start``."""
    if end < start:
        return -counted_between(end, start, clock, calendar)
    begin, stop = to_local(start), to_local(end)
    total = timedelta()
    for piece in _pieces(begin, begin, clock, calendar):
        if piece.start >= stop:
            return total
        total += timedelta() if piece.skipped else min(piece.end, stop) - piece.start
    return total


def _working_moment(moment: datetime, calendar: Calendar) -> datetime:
    return next(piece.start for piece in _pieces(moment, moment, ClockKind.WORKING_HOUR, calendar) if piece.counted)


def _standing(pauses: Iterable[Pause], clock: ClockKind, calendar: Calendar) -> list[Stretch]:
    """What is not counted because of pauses, in local time."""
    found = []
    for pause in pauses:
        start, end = to_local(pause.start), to_local(pause.end)
        found.append(Stretch(start, end, SkipReason.SUSPENDED))
        goes_on = _working_moment(end, calendar) if clock is ClockKind.WORKING_DAY else end
        found.append(Stretch(end, goes_on, SkipReason.OFF_HOURS))
    return [stretch for stretch in found if stretch.start < stretch.end]


def _without(pieces: Iterable[Stretch], standing: list[Stretch]) -> Iterator[Stretch]:
    """The pieces, cut where the clock stands."""
    for piece in pieces:
        at = piece.start
        for still in standing:
            if still.end <= at or still.start >= piece.end:
                continue
            if still.start > at:
                yield Stretch(at, still.start, piece.skipped, piece.holidays)
            begin, at = max(at, still.start), min(still.end, piece.end)
            yield Stretch(begin, at, still.skipped)
        if at < piece.end:
            yield Stretch(at, piece.end, piece.skipped, piece.holidays)


def _pieces(start: datetime, counting_from: datetime, clock: ClockKind, calendar: Calendar) -> Iterator[Stretch]:
    """Every counted and skipped piece from ``start`` on, day by day; nothing counts before ``counting_from``."""
    for number in range(_MOST_DAYS):
        day = start.date() + timedelta(days=number)
        for piece in _pieces_of_day(day, clock, calendar):
            yield from _clipped(piece, start, counting_from)
    raise ValueError("the calendar has no working days")


def _pieces_of_day(day: date, clock: ClockKind, calendar: Calendar) -> Iterator[Stretch]:
    working = clock in _ALWAYS or calendar.is_working(day)
    reason = SkipReason.OFF_HOURS if working else _reason(day, calendar)
    names = (calendar.holidays[day],) if reason is SkipReason.HOLIDAY else ()
    hours = calendar.hours if clock is ClockKind.WORKING_HOUR else _WHOLE_DAY
    at = 0
    for window in hours if working else ():
        if window.start > at:
            yield Stretch(_moment(day, at), _moment(day, window.start), reason, names)
        yield Stretch(_moment(day, window.start), _moment(day, window.end))
        at = window.end
    if at < MIDNIGHT:
        yield Stretch(_moment(day, at), _moment(day, MIDNIGHT), reason, names)


def _reason(day: date, calendar: Calendar) -> SkipReason:
    return SkipReason.HOLIDAY if day in calendar.holidays else SkipReason.WEEKEND


def _clipped(piece: Stretch, start: datetime, counting_from: datetime) -> Iterator[Stretch]:
    begin = max(piece.start, start)
    if begin >= piece.end:
        return
    if piece.skipped or begin >= counting_from:
        yield Stretch(begin, piece.end, piece.skipped, piece.holidays)
        return
    cut = min(counting_from, piece.end)
    yield Stretch(begin, cut, SkipReason.OFF_HOURS)
    if cut < piece.end:
        yield Stretch(cut, piece.end)


def _merged(pieces: list[Stretch]) -> tuple[Stretch, ...]:
    """Neighbours of one kind as one stretch, in UTC; a skipped one takes the strongest reason in it."""
    merged: list[Stretch] = []
    for piece in pieces:
        last = merged.pop() if merged and _sort(merged[-1]) == _sort(piece) else None
        merged.append(_joined(last, piece) if last else piece)
    return tuple(
        Stretch(piece.start.astimezone(UTC), piece.end.astimezone(UTC), piece.skipped, piece.holidays)
        for piece in merged
    )


def _sort(piece: Stretch) -> int:
    return 2 if piece.skipped is SkipReason.SUSPENDED else bool(piece.skipped)


def _joined(first: Stretch, second: Stretch) -> Stretch:
    reasons = [reason for reason in (first.skipped, second.skipped) if reason]
    names = dict.fromkeys(first.holidays + second.holidays)
    return Stretch(first.start, second.end, max(reasons, key=_WEIGHT.__getitem__, default=None), tuple(names))


def _unknown_years(begin: datetime, end: datetime, clock: ClockKind, calendar: Calendar) -> tuple[int, ...]:
    years = () if clock in _ALWAYS else range(begin.year, end.year + 1)
    return tuple(year for year in years if year not in calendar.known_years)


def _moment(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(), LOCAL) + timedelta(minutes=minutes)
