"""A year's schedule from a table: taken as a whole, or refused as a whole."""

from datetime import UTC, date, datetime

import pytest

from db.session import Database
from domain.calendars import CalendarDay, CalendarDayOutOfRange, CalendarDayTwice, WorkdayNotOnWeekend
from domain.clocks import CalendarContradiction
from domain.errors import Refusal
from domain.permissions import Actor, Role
from services.clocks.calendar_edits import get_calendar_year
from services.clocks.calendar_files import CalendarColumnsMissing, CalendarRowUnreadable, import_calendar
from services.clocks.calendars import calendar_warning
from tests.factories import make_user

NOW = datetime(2026, 11, 10, tzinfo=UTC)
HEAD = "日期,类型,名称\n"
# Invented for the test, 示例: the real schedule of 2027 is not known here.
GOOD = HEAD + "2027-01-01,放假,元旦\n2027/2/6,上班,春节\n2027年2月8日,休,春节\n20270209,放假,本地节日\n"


@pytest.fixture
def admin(db: Database) -> Actor:
    return make_user(Role.ADMINISTRATOR)


def take(admin: Actor, text: str, encoding: str = "utf-8", version: int = 0) -> None:
    import_calendar(admin, "放假安排.csv", text.encode(encoding), version, "国办通知", NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("note", ["", "国务院办公厅关于 2027 年部分节假日安排的通知（示例）,,\n"])
def test_a_year_comes_in_and_is_complete(admin: Actor, encoding: str, note: str) -> None:
    assert calendar_warning(NOW) is not None
    take(admin, note + GOOD, encoding)
    view = get_calendar_year(admin, 2027)
    assert view.source == "entered"
    assert view.days == (
        CalendarDay(date(2027, 1, 1), False, "new_year"), CalendarDay(date(2027, 2, 6), True, "spring_festival"),
        CalendarDay(date(2027, 2, 8), False, "spring_festival"), CalendarDay(date(2027, 2, 9), False, "本地节日"),
    )  # fmt: skip
    assert calendar_warning(NOW) is None
    assert get_calendar_year(admin, 2026).source == "package"


def test_a_better_table_replaces_the_year(admin: Actor) -> None:
    take(admin, GOOD)
    take(admin, HEAD + "2027-01-01,放假,元旦\n", version=2)
    assert [entry.day for entry in get_calendar_year(admin, 2027).days] == [date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (GOOD + "2027-02-06,放假,春节\n", CalendarContradiction),
        (GOOD + "2027-01-01,放假,元旦\n", CalendarDayTwice),
        (GOOD + "2027-02-05,上班,春节\n", WorkdayNotOnWeekend),
        (GOOD + "2062-02-05,放假,春节\n", CalendarDayOutOfRange),
        (GOOD + "正月初一,放假,春节\n", CalendarRowUnreadable),
        (GOOD + "2027-02-30,放假,春节\n", CalendarRowUnreadable),
        (GOOD + "2027-02-10,也许,春节\n", CalendarRowUnreadable),
        ("日期,名称\n2027-01-01,元旦\n", CalendarColumnsMissing),
        ("", Refusal),
    ],
)
def test_a_table_that_is_wrong_changes_nothing(admin: Actor, text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        take(admin, text)
    assert get_calendar_year(admin, 2027).days == ()
    assert get_calendar_year(admin, 2027).version == 0
