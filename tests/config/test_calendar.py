"""Public holidays: two sources agree, an unknown year is reported."""

from datetime import date

import pytest

from config import calendar
from config.calendar import CalendarDay, CalendarYearUnknown, build_calendar, calendar_for, days_of, known_years
from config.profiles import PROFILE_KEYS, load_profile
from config.texts import catalog
from domain.clocks import CalendarContradiction
from domain.hours import parse_windows


def exceptions(days: tuple[CalendarDay, ...]) -> set[tuple[date, bool]]:
    """What differs from Monday to Friday."""
    return {(day.day, day.working) for day in days if day.working == (day.day.weekday() >= 5)}


@pytest.mark.parametrize("year", range(2010, 2027))
def test_both_sources_agree_when_they_know_the_year(year: int) -> None:
    first, second = calendar._first_source(year), calendar._second_source(year)
    assert exceptions(first) == exceptions(second) != set()


def test_national_day_2026_has_its_working_sunday_and_saturday() -> None:
    shop = calendar_for(load_profile("licun"))
    assert [shop.is_working(date(2026, 9, 20)), shop.is_working(date(2026, 10, 10))] == [True, True]
    assert not any(shop.is_working(date(2026, 10, day)) for day in range(1, 8))
    assert shop.is_working(date(2026, 10, 8))
    assert shop.holidays[date(2026, 10, 6)] == "national_day"


def test_year_is_reported_when_unknown() -> None:
    unknown = max(known_years()) + 1
    with pytest.raises(CalendarYearUnknown) as refused:
        days_of(unknown)
    assert refused.value.values == {"year": unknown}
    assert not calendar_for(load_profile("licun")).is_known(date(unknown, 1, 1))


def test_statutory_days_alone_make_no_year_known() -> None:
    """The second package lists the holidays of years to come, but not yet what is worked for them."""
    assert calendar._second_source(max(known_years()) + 1) == ()


@pytest.mark.parametrize("key", PROFILE_KEYS)
def test_each_profile_has_a_calendar(key: str) -> None:
    profile = load_profile(key)
    shop = calendar_for(profile)
    assert shop.hours == profile.hours
    assert shop.is_known(date(2026, 6, 1))
    assert calendar_for(profile) is shop


def test_table_is_refused_when_it_contradicts_itself() -> None:
    day = date(2026, 10, 1)
    table = [CalendarDay(day, False, "national_day"), CalendarDay(day, True, "national_day")]
    with pytest.raises(CalendarContradiction):
        build_calendar(parse_windows("9:00-17:00"), table, {2026})


def test_every_holiday_has_a_name_in_both_languages() -> None:
    names = {day.name for year in known_years() for day in days_of(year)}
    for language in ("zh_CN", "en"):
        assert {name for name in names if f"clocks.holiday.{name}" not in catalog(language)} == set()
