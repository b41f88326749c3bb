"""The calendar in use: read wherever a deadline is counted, held wherever one is written (C4, decision 0110)."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy.orm import Session

from config.calendar import build_calendar, calendar_for, days_of, known_years
from config.profiles import Profile
from db.models import CalendarVersion
from db.queries.calendars import (
    add_calendar_version,
    find_calendar_version,
    last_due_day,
    lock_calendar_version,
    read_calendar,
    share_calendar_version,
    write_days,
    write_years,
)
from db.session import reading
from domain.calendars import CalendarTable, needed_years
from domain.clock import local_date, utc_now
from domain.clocks import Calendar
from domain.hours import Window
from domain.permissions import EVERYWHERE
from services.system.installations import current_profile

PACKAGE, ENTERED = "package", "entered"


@dataclass(frozen=True)
class CalendarWarning:
    """Years whose schedule is wanted and not entered: until it is, their Mondays to Fridays count as worked."""

    years: tuple[int, ...]


def current_calendar(profile: Profile | None = None) -> Calendar:
    """The calendar of the database in use. Inside a transaction take ``calendar_in`` or ``hold_calendar``."""
    with reading(EVERYWHERE) as session:
        return calendar_in(session, profile)


def calendar_in(session: Session, profile: Profile | None = None) -> Calendar:
    """The same within a session, to read by."""
    return _calendar(session, find_calendar_version(session), profile or current_profile())


def hold_calendar(session: Session, profile: Profile | None = None) -> Calendar:
    """The same, and nobody changes it until the transaction ends.

    Whoever writes a deadline calls this before locking a case: a change of the calendar then finds that deadline.
    """
    return _calendar(session, share_calendar_version(session), profile or current_profile())


def _calendar(session: Session, version: CalendarVersion | None, profile: Profile) -> Calendar:
    if version is None or not profile.public_holidays.value:
        return calendar_for(profile)  # not filled yet: what it will be filled from; or no holidays are kept at all
    key = (version.digest, profile.hours)
    if key not in _built:
        while len(_built) >= _KEPT:
            del _built[next(iter(_built))]
        _built[key] = calendar_of(read_calendar(session), profile)
    return _built[key]


# Content-addressed, so that no two calendars are ever mixed up; a few, since there are few databases in a process.
_built: dict[tuple[str, tuple[Window, ...]], Calendar] = {}
_KEPT = 16


def calendar_of(table: CalendarTable, profile: Profile) -> Calendar:
    """The calendar that a table makes with the profile's working hours."""
    return build_calendar(profile.hours, table.days.values(), table.years)


def fill_calendar(session: Session, now: datetime) -> CalendarVersion:
    """The version, for this transaction alone; a table that was never filled gets every year of the packages first."""
    row = lock_calendar_version(session)
    if row is not None:
        return row
    seed = seed_table()
    write_days(session, (), seed.days.values())
    write_years(session, seed.years, PACKAGE)
    return add_calendar_version(session, seed.digest, now)


@lru_cache
def seed_table() -> CalendarTable:
    """Every year that the packages know."""
    days = {entry.day: entry for year in sorted(known_years()) for entry in days_of(year)}
    return CalendarTable(days, known_years())


def calendar_warning(now: datetime | None = None) -> CalendarWarning | None:
    """The years that are wanted and not known; None where all is well. It tells nothing of a case.

    Wanted: this year, the one that begins within sixty days, and up to the last running deadline.
    """
    if not current_profile().public_holidays.value:
        return None
    today = local_date(now or utc_now())
    with reading(EVERYWHERE) as session:
        filled = find_calendar_version(session) is not None
        known = read_calendar(session).years if filled else known_years()
        last = last_due_day(session)
    days: list[date] = [local_date(last)] if last else []
    missing = tuple(year for year in needed_years(today, days) if year not in known)
    return CalendarWarning(missing) if missing else None
