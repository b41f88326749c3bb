"""Whistles per 1,000 households, report-in times, ratings: worked out by hand, with the cases behind (C6, J1)."""

from datetime import date, timedelta

import pytest

from db.models import Area
from db.session import Database, transaction
from domain.errors import PermissionDenied
from domain.periods import Period
from domain.permissions import EVERYWHERE, Role
from domain.whistles import AnswerPart, Frequency, frequency_of
from services.whistles import calls as whistles
from services.whistles.figures import list_whistled, whistle_figures
from tests.factories import make_user
from tests.incident_town import IN_C, NOW, Street, logged, make_street
from tests.services.whistles.test_calls import blow

HOUR = timedelta(hours=1)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
LATER = NOW + timedelta(days=2)


@pytest.fixture
def street(db: Database) -> Street:
    street = make_street()
    with transaction(EVERYWHERE) as session:
        for area, homes in ((street.grid_a, 300), (street.grid_b, 200), (street.grid_c, 400)):
            session.get_one(Area, area).households = homes
    return street


def test_figures_are_what_the_hand_says(street: Street) -> None:
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    first = blow(street, logged(street.command).id, street.department, other)
    second = blow(street, logged(street.command, "two").id, street.department)
    blow(street, logged(street.command, "three", at=IN_C).id, street.department)  # stays awaited
    waived = next(row.id for row in whistles.list_awaited_report_ins(other))
    whistles.report_in(street.department, first, now=NOW + HOUR / 2)
    whistles.report_in(street.department, second, now=NOW + 2 * HOUR)
    whistles.waive_whistle(street.command, waived, "不用来", NOW + HOUR)
    for answer, rating in ((first, 5), (second, 2)):
        whistles.give_result(street.department, answer, "已处理", NOW + 3 * HOUR)
        whistles.rate_answer(street.command, answer, rating, now=NOW + 4 * HOUR)
    figures = whistle_figures(street.command, MARCH, LATER)
    assert [(row.name, row.whistles, row.households) for row in figures.areas] == [
        ("书院社区", 2, 500), ("归帆社区", 1, 400),
    ]  # fmt: skip
    days = (LATER - NOW).days + 17 + (14 * 60 + 32) / 1440  # from 1 March 0:00 to 20 March 14:32 and a second
    assert figures.total.per_thousand == pytest.approx(3 / 900 * 1000 * 365 / days, rel=1e-4)
    assert figures.total.frequency is Frequency.TOO_MANY
    own, market = sorted(figures.departments, key=lambda row: -row.sums.called)
    assert (own.sums.called, own.sums.came, own.sums.in_time, own.sums.due) == (3, 2, 1, 3)
    assert (own.in_time, own.hours, own.rating) == (pytest.approx(1 / 3), pytest.approx(1.25), pytest.approx(3.5))
    assert (market.sums.called, market.sums.waived, market.in_time, market.hours, market.rating) == (
        1, 1, None, None, None,
    )  # fmt: skip


def test_each_figure_of_a_department_opens_as_many_as_it_counts(street: Street) -> None:
    answers = [blow(street, logged(street.command, f"n{number}").id, street.department) for number in range(4)]
    whistles.report_in(street.department, answers[0], now=NOW + HOUR / 2)
    whistles.report_in(street.department, answers[1], now=NOW + 2 * HOUR)
    whistles.waive_whistle(street.command, answers[2], "不用来", NOW + HOUR)
    whistles.give_result(street.department, answers[0], "已处理", NOW + 3 * HOUR)
    whistles.rate_answer(street.command, answers[0], 5, now=NOW + 4 * HOUR)
    [row] = whistle_figures(street.command, MARCH, LATER).departments
    counted = {part: getattr(row.sums, part) for part in AnswerPart}
    assert counted == {"called": 4, "waived": 1, "in_time": 1, "came": 2, "rated": 1}
    for part, count in counted.items():
        found = list_whistled(street.command, MARCH, "department", row.department_id, LATER, part)
        assert len(found) == count, part
    assert len(list_whistled(street.command, MARCH, "area", None, LATER, limit=3)) == 3


def test_the_cases_behind_are_as_many_as_the_figure(street: Street) -> None:
    inside, outside = logged(street.command).id, logged(street.command, "two", at=IN_C).id
    blow(street, inside)
    blow(street, outside, now=NOW + HOUR)
    figures = whistle_figures(street.command, MARCH, LATER)
    for row in figures.areas:
        assert len(list_whistled(street.command, MARCH, "area", row.area_id, LATER)) == row.whistles
    both = list_whistled(street.command, MARCH, "department", street.department.user_id, LATER)
    assert [case.id for case in both] == [outside, inside]
    assert list_whistled(street.command, MARCH, "area", 4711, LATER) == []


def test_scopes_and_empty_periods(street: Street) -> None:
    blow(street, logged(street.command).id)
    blow(street, logged(street.command, "two", at=IN_C).id)
    mine = whistle_figures(street.secretary, MARCH, LATER)
    assert ([row.name for row in mine.areas], mine.total.whistles) == (["书院社区"], 1)
    april = whistle_figures(street.command, Period(date(2026, 4, 1), date(2026, 4, 30)), LATER)
    assert (april.total.whistles, april.departments) == (0, [])
    with pytest.raises(PermissionDenied):
        whistle_figures(street.member, MARCH, LATER)


def test_too_few_and_too_many_both_show() -> None:
    assert [frequency_of(rate, 4, 40) for rate in (None, 0.0, 4.0, 40.0, 40.1)] == [
        None, Frequency.TOO_FEW, Frequency.USUAL, Frequency.USUAL, Frequency.TOO_MANY,
    ]  # fmt: skip
