"""China's public holidays and the weekend days worked instead (调休), for the clocks (feature C4, decisions/0032).

Two well-kept packages are asked: chinesecalendar, and for years after its last one holidays. A year counts as known
only where the State Council's yearly schedule is in one of them. The statutory days alone are not enough: without
the 调休 they would be a guess.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import chinese_calendar
import holidays

from config.profiles import Profile
from domain.calendars import CalendarDay
from domain.clocks import Calendar, CalendarContradiction
from domain.errors import Refusal
from domain.hours import Window

# What the two packages call a holiday, by the name used here.
_NAMES = {
    "new_year": ("New Year's Day", "元旦"),
    "spring_festival": ("Spring Festival", "春节", "农历除夕"),
    "tomb_sweeping": ("Tomb-sweeping Day", "清明节"),
    "labour_day": ("Labour Day", "劳动节"),
    "dragon_boat": ("Dragon Boat Festival", "端午节"),
    "mid_autumn": ("Mid-autumn Festival", "中秋节"),
    "national_day": ("National Day", "国庆节"),
    "victory_day": ("Anti-Fascist 70th Day", "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"),
}
_KEYS = {theirs: key for key, names in _NAMES.items() for theirs in names}
# How long ahead the second source is asked; the schedule comes out in the autumn before.
_YEARS_AHEAD = 3


class CalendarYearUnknown(Refusal):
    """No schedule of public holidays is known for this year."""

    code = "calendar_year_unknown"


def holiday_key(name: str) -> str:
    """The key of a public holiday called so, such as 春节; any other name as it is."""
    return _KEYS.get(name, name)


@lru_cache
def known_years() -> frozenset[int]:
    """The years whose schedule is known."""
    first = {day.year for day in chinese_calendar.constants.holidays}
    later = range(max(first) + 1, max(first) + 1 + _YEARS_AHEAD)
    return frozenset(first | {year for year in later if _second_source(year)})


@lru_cache
def days_of(year: int) -> tuple[CalendarDay, ...]:
    """The special days of a year, in order. Raises CalendarYearUnknown."""
    if year not in known_years():
        raise CalendarYearUnknown(year=year)
    return _first_source(year) or _second_source(year)


def build_calendar(hours: tuple[Window, ...], days: Iterable[CalendarDay], years: Iterable[int]) -> Calendar:
    """A calendar of any table of days. Raises CalendarContradiction where a day is entered as both."""
    table = list(days)
    off = {day.day: day.name for day in table if not day.working}
    worked = frozenset(day.day for day in table if day.working)
    if both := sorted(worked & off.keys()):
        raise CalendarContradiction(day=both[0].isoformat())
    return Calendar(hours, off, worked, frozenset(years))


def calendar_for(profile: Profile) -> Calendar:
    """The calendar of a profile: its working hours, and the public holidays where it keeps them."""
    return _calendar(profile.hours, profile.public_holidays.value)


@lru_cache
def _calendar(hours: tuple[Window, ...], keeps_holidays: bool) -> Calendar:
    years = known_years()
    days = (day for year in sorted(years) for day in days_of(year)) if keeps_holidays else ()
    # Without public holidays there is nothing about any year that could be unknown.
    return build_calendar(hours, days, years if keeps_holidays else range(date.min.year, date.max.year))


def _first_source(year: int) -> tuple[CalendarDay, ...]:
    source = chinese_calendar.constants
    off = [CalendarDay(day, False, _KEYS[name]) for day, name in source.holidays.items() if day.year == year]
    on = [CalendarDay(day, True, _KEYS[name]) for day, name in source.workdays.items() if day.year == year]
    return tuple(sorted(off + on))


def _second_source(year: int) -> tuple[CalendarDay, ...]:
    """Empty unless the package has the year's 调休 as well."""
    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    worked = sorted(day for day in found.weekend_workdays if day.year == year)
    if not worked:
        return ()
    named = {day: found[day].split("（")[0] for day in sorted(found) if day.year == year}
    # Days off in exchange have no name of their own: they belong to the holiday next to them.
    statutory = {day: _KEYS[name] for day, name in named.items() if name in _KEYS}
    off = [CalendarDay(day, False, _nearest(day, statutory)) for day in named]
    return tuple(sorted(off + [CalendarDay(day, True, _nearest(day, statutory)) for day in worked]))


def _nearest(day: date, statutory: dict[date, str]) -> str:
    return statutory[min(statutory, key=lambda other: (abs(other - day), other))]
