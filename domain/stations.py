"""Opening hours of stations (feature F1): a weekly table, and days that differ from it. What a room may be (F3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.clock import to_local
from domain.errors import Refusal
from domain.hours import InvalidHours, Window, format_windows, parse_windows
from domain.permissions import Scope

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_AHEAD = 60
_LARGEST_ROOM = 100_000  # people; no room holds more, and the column does
MOST_DAYS = 366  # of one range of days with hours of their own


class InvalidRoomCapacity(Refusal):
    """A room for nobody, or for more people than any room holds."""

    code = "invalid_room_capacity"


class RoomClosesBeforeOpening(Refusal):
    """The day of closing lies before the day from which the room exists. Values: day."""

    code = "room_closes_before_opening"


class RoomOfOtherCommunity(Refusal):
    """The rooms of the station are another community's, which enters the activity itself. Values: area."""

    code = "room_of_other_community"


class InvalidHolidayDays(Refusal):
    """The last day lies before the first, or the range is longer than a year. Values: first, last, most."""

    code = "invalid_holiday_days"


class HolidaysContradict(Refusal):
    """A day lies in two ranges that say different hours. Values: day, one, other."""

    code = "holidays_contradict"


@dataclass(frozen=True, order=True)
class HolidayHours:
    """Days, both inclusive, with hours of their own as people type them; "" = closed."""

    first: date
    last: date
    hours: str = ""


@dataclass(frozen=True)
class OpeningHours:
    """Windows for each weekday (Monday first) and for single days; an empty tuple = closed.

    Without any window at all the hours are not known, which is not the same as closed.
    """

    weekly: tuple[tuple[Window, ...], ...]
    exceptions: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.weekly) != len(WEEKDAYS):
            raise InvalidHours(text=str(len(self.weekly)))

    @property
    def known(self) -> bool:
        """Whether any window is given."""
        return any(self.weekly) or any(self.exceptions.values())

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows of a Shanghai day: its own where it has them, else its weekday's."""
        return self.exceptions.get(day, self.weekly[day.weekday()])


def is_open(hours: OpeningHours, moment: datetime) -> bool:
    """Whether a station is open at an instant (aware; read on the Shanghai clock)."""
    local = to_local(moment)
    return any(window.holds(local.time()) for window in hours.windows_on(local.date()))


def next_opening(hours: OpeningHours, moment: datetime) -> tuple[date, Window] | None:
    """The next window that opens after an instant, with its day; None where none does within 60 days."""
    local = to_local(moment)
    minute = local.hour * 60 + local.minute
    for number in range(_DAYS_AHEAD):
        day = local.date() + timedelta(days=number)
        for window in hours.windows_on(day):
            if number or window.start > minute:
                return day, window
    return None


def exceptions_of(ranges: Iterable[HolidayHours]) -> dict[date, tuple[Window, ...]]:
    """Every day of the ranges with its windows. Ranges may overlap where they say the same.

    Raises InvalidHolidayDays, HolidaysContradict, InvalidHours.
    """
    found: dict[date, tuple[Window, ...]] = {}
    for one in ranges:
        windows = parse_windows(one.hours)
        for day in _days_of(one):
            if found.setdefault(day, windows) != windows:
                raise HolidaysContradict(day=day.isoformat(), one=_said(found[day]), other=_said(windows))
    return found


def _days_of(one: HolidayHours) -> list[date]:
    number = (one.last - one.first).days + 1
    if not 1 <= number <= MOST_DAYS:
        raise InvalidHolidayDays(first=one.first.isoformat(), last=one.last.isoformat(), most=MOST_DAYS)
    return [one.first + timedelta(days=step) for step in range(number)]


def _said(windows: tuple[Window, ...]) -> str:
    return format_windows(windows) or "stations.closed"  # the key of a text


def holidays_of(hours: OpeningHours) -> list[HolidayHours]:
    """The days with hours of their own in as few ranges as it takes, in order."""
    found: list[HolidayHours] = []
    for day, windows in sorted(hours.exceptions.items()):
        text = format_windows(windows)
        if found and found[-1].hours == text and found[-1].last + timedelta(days=1) == day:
            found[-1] = HolidayHours(found[-1].first, day, text)
        else:
            found.append(HolidayHours(day, day, text))
    return found


def may_book_rooms(scope: Scope, station_path: str | None, community_path: str | None) -> bool:
    """Whether who works in these areas may put an activity into a room of a station (decision 0216).

    Rooms belong to the community in which their station lies: whoever works in it or in one of its grids books at
    once, and so does who works for the street. A station in no community is everybody's who plans activities.
    """
    if scope.everywhere or station_path is None or community_path is None:
        return True
    return any(station_path.startswith(path) or path.startswith(community_path) for path in scope.area_paths)


def check_room_capacity(capacity: int | None) -> None:
    """Raise InvalidRoomCapacity for a number of people that no room holds; None = not stated."""
    if capacity is not None and not 1 <= capacity <= _LARGEST_ROOM:
        raise InvalidRoomCapacity(most=_LARGEST_ROOM)


def hours_from_json(value: Mapping[str, object]) -> OpeningHours:
    """Hours as a station row keeps them: ``{"weekly": {"mon": "08:30-12:00", …}, "exceptions": {"2026-10-01": ""}}``.

    Missing weekdays are closed. Raises InvalidHours for anything that cannot be read, unknown keys included.
    """
    weekly, exceptions = _table(value.get("weekly")), _table(value.get("exceptions"))
    if unknown := (value.keys() - {"weekly", "exceptions"}) | (weekly.keys() - set(WEEKDAYS)):
        raise InvalidHours(text=", ".join(sorted(unknown)))
    return OpeningHours(
        tuple(parse_windows(weekly.get(day, "")) for day in WEEKDAYS),
        {_day(day): parse_windows(text) for day, text in exceptions.items()},
    )


def hours_to_json(hours: OpeningHours) -> dict[str, dict[str, str]]:
    """What ``hours_from_json`` reads; closed weekdays are left out, closed exceptions are kept as ""."""
    weekly = {day: format_windows(windows) for day, windows in zip(WEEKDAYS, hours.weekly, strict=True) if windows}
    exceptions = {day.isoformat(): format_windows(windows) for day, windows in sorted(hours.exceptions.items())}
    return {"weekly": weekly, "exceptions": exceptions}


def _table(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for pair in value.items() for item in pair):
        raise InvalidHours(text=str(value))
    return dict(value)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidHours(text=text) from error
