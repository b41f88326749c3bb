"""Indicators against tables worked out by hand, against plain Python on random rows, and against their own sums."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Area, Incident, Whistle, WhistleAnswer
from db.queries import indicators
from db.queries.conditions import Window
from db.queries.indicators import Written
from db.session import Database, reading, transaction
from domain.call_backs import Satisfaction
from domain.clock import day_end, day_start
from domain.errors import NotFound, PermissionDenied
from domain.incidents import TIMED, IncidentStatus
from domain.indicators import BASES, INDICATORS, Figure, Part
from domain.periods import Period, period_around
from domain.permissions import EVERYWHERE, Actor
from services.indicators import kept, sums
from services.indicators.groups import list_dimensions
from services.indicators.measuring import IndicatorRow, measure
from services.system.installations import current_profile
from tests.factories import make_area
from tests.incident_town import NOW, Street, make_street
from tests.indicator_town import make_case, make_cases
from tests.statements import recorded

FILED_WITHIN = timedelta(hours=24)  # as all profiles have it
MARCH = period_around("month", date(2026, 3, 18))
WINDOW = Window(day_start(MARCH.first), day_end(MARCH.last), day_end(MARCH.last), FILED_WITHIN)
# Worked out from the list in tests/indicator_town.py; the numbers behind name the cases.
BY_HAND: dict[str, tuple[float, int | None]] = {
    "reported": (11, None),  # 1 2 3 4 5 8 9 10 11 12 13
    "filed_rate": (8, 11),  # 1 2 3 4 5 11 12 13
    "filed_in_time_rate": (7, 9),  # all of those but 2; 9 should have been, 10 still may, 8 is void
    "dispatch_accuracy": (7, 8),  # 2 came back
    "to_answer": (7, None),  # answered 1 2 3 13, 6 is exempted; 4 7 9 are late, 11 is suspended
    "answered_rate": (4, 7),
    "answered_in_time_rate": (2, 7),  # 1 3
    "closed": (4, None),  # 1 2 3 6
    "closed_rate": (3, 7),  # 1 2 3 of these and 4 7 9 13
    "closed_in_time_rate": (1, 7),  # 1; 3 was answered in time and closed late
    "overdue_open": (3, None),  # 4 7 9; 13 is answered less the one that is answered
    "rework_rate": (1, 4),  # 12 of 1 2 3 12
    "return_rate": (1, 11),  # 2
    "check_pass_rate": (3, 4),  # 3 failed at first
    "duplicate_rate": (1, 11),  # 11
    "mean_hours": (384, 5),  # 24 + 96 + 96 + 120 + 48 of 1 2 3 6 13
    "closed_in_grid_rate": (2, 4),  # 1 3
    "exempted_share": (1, 6),  # 6 of 2 6 13 and 4 7 9
    "response_rate": (2, 2),  # 1 2 were called back
    "solution_rate": (1, 2),  # 1
    "satisfaction_rate": (1, 2),
    "whistled": (2, None),  # 2 4
    "whistled_per_1000": (2, 0),  # nobody knows the households
    "report_in_hours": (5, 2),  # 2 and 3 hours; the third department has not come
    "answer_points": (5, 1),
}
BY_COMMUNITY = {
    "reported": {"410311001001": (8, None), "410311001002": (2, None), "-": (1, None)},
    "closed_in_time_rate": {"410311001001": (1, 5), "410311001002": (0, 2), "-": (0, 0)},
    "overdue_open": {"410311001001": (2, None), "410311001002": (1, None), "-": (0, None)},
}
IN_FEBRUARY: dict[str, tuple[float, int | None]] = {
    "reported": (2, None),  # 6 7
    "closed_rate": (0, 1),  # 7 was late at its end
    "check_pass_rate": (0, 0),
}


def pairs(row: IndicatorRow) -> dict[str, tuple[float, int | None]]:
    return {key: (round(c.now.numerator, 6), c.now.denominator) for key, c in row.figures.items()}


def test_every_indicator_is_what_the_hand_says(db: Database) -> None:
    street = make_cases()
    table = measure(street.command, MARCH, "community", NOW)
    assert pairs(table.total) == BY_HAND
    for key, wanted in BY_COMMUNITY.items():
        assert {row.group.key: pairs(row)[key] for row in table.rows} == wanted
    assert table.total.figures["mean_hours"].now.value == pytest.approx(76.8)


def test_whistles_by_households(sqlite_db: Database) -> None:
    street = make_cases()
    with transaction(EVERYWHERE) as session:
        session.get_one(Area, street.grid_a).households = 400
        session.get_one(Area, street.grid_b).households = 100
        session.get_one(Area, street.community).households = 900  # its grids know better
    table = measure(street.command, MARCH, "community", NOW)
    found = {row.group.key: row.figures["whistled_per_1000"].now for row in table.rows}
    assert found["410311001001"] == Figure(4.0, 2, 500)
    assert found["410311001002"].value is None
    assert measure(street.command, MARCH, "class", NOW).total.figures["whistled_per_1000"].now.denominator == 500


def test_an_earlier_month_is_told_as_it_stood_at_its_end(sqlite_db: Database) -> None:
    street = make_cases()
    table = measure(street.command, period_around("month", date(2026, 2, 1)), "source", NOW)
    assert {key: pairs(table.total)[key] for key in IN_FEBRUARY} == IN_FEBRUARY


def test_an_empty_earlier_period_compares_with_nothing(sqlite_db: Database) -> None:
    street = make_cases()
    change = measure(street.command, MARCH, "community", NOW).total.figures
    assert change["check_pass_rate"].year_ago.value is None
    assert change["check_pass_rate"].on_year is None
    assert (change["reported"].before.value, change["reported"].on_before) == (0, None)


def test_a_period_that_is_not_over_is_compared_with_as_many_days(sqlite_db: Database) -> None:
    street = make_street()
    table = measure(street.command, MARCH, "community", NOW)
    assert (table.before, table.year_ago) == (
        Period(date(2026, 2, 1), date(2026, 2, 18)),
        Period(date(2025, 3, 1), date(2025, 3, 18)),
    )
    assert all(change.now.value in (None, 0) for change in table.total.figures.values())


def test_a_department_is_told_by_its_account_and_the_rest_as_the_streets_own(sqlite_db: Database) -> None:
    street = make_cases()
    rows = measure(street.command, MARCH, "department", NOW).rows
    closed = {row.group.key: row.figures["closed"].now.numerator for row in rows}
    assert closed == {str(street.department.user_id): 2, "street": 2, "-": 0}
    posts = measure(street.command, MARCH, "post", NOW).rows
    assert {row.group.text for row in posts} == {"roles.department", "roles.grid_leader", "indicators.nobody"}
    assert not any(street.leader_a.name in str(row.group) for row in posts)


def test_a_secretary_sees_the_own_community_alone(sqlite_db: Database) -> None:
    street = make_cases()
    table = measure(street.secretary, MARCH, "community", NOW)
    assert [row.group.key for row in table.rows] == ["410311001001"]
    assert table.total.figures["reported"].now.numerator == 8


def test_refusals(sqlite_db: Database) -> None:
    street = make_cases()
    with pytest.raises(PermissionDenied):
        measure(street.member, MARCH, "community", NOW)
    with pytest.raises(NotFound):
        measure(street.command, MARCH, "person", NOW)


def test_a_table_takes_few_statements(db: Database) -> None:
    street = make_cases()
    for by in list_dimensions(current_profile()):
        with recorded() as statements:
            measure(street.command, MARCH, by, NOW)
        statements.most(14)


# The same conditions, in Python: what the grammar of domain/indicators.py says.


def holds(text: str, row: Incident, start: datetime, end: datetime, until: datetime) -> bool:
    words = text.split()
    if text == "running at end":
        is_open = row.closed_at is None and IncidentStatus(row.status) in TIMED
        return is_open or (row.closed_at is not None and row.closed_at >= until)
    value, rest = getattr(row, words[0], None), " ".join(words[1:])  # no whistles here
    if rest in ("set", "empty"):
        return (value is None) == (rest == "empty")
    if rest == "not by end":
        return value is None or value >= until
    if value is None:
        return False
    if rest in ("in period", "by end"):
        return (start <= value < end) if rest == "in period" else value < until
    if found := re.fullmatch(r"within filing limit of (\w+)", rest):
        return value - getattr(row, found[1]) <= FILED_WITHIN
    if rest == "filing limit before end":
        return value < until - FILED_WITHIN
    other: Any = words[2] if words[1] in ("is", "not") else int(words[2]) if words[2].isdigit() else None
    other = getattr(row, words[2]) if other is None else other
    return other is not None and {"is": value == other, "not": value != other, "=": value == other,
                                  ">": value > other if words[1] == ">" else False,
                                  "<=": value <= other if words[1] == "<=" else False}[words[1]]  # fmt: skip


def rows_of(parts: tuple[Part, ...], rows: list[Incident], period: Period, now: datetime) -> list[Incident]:
    start, end = day_start(period.first), day_end(period.last)
    until = max(start, min(end, now + timedelta(seconds=1)))
    found = []
    for part in parts:
        texts = (*BASES[part.base], *part.conditions)
        found += [row for row in rows if all(holds(text, row, start, end, until) for text in texts)]
    return found


def random_call(dice: random.Random, at: datetime | None) -> dict[str, Any]:
    if at is None:
        return {}
    said = {"call_responded": dice.choice([0, 1]), "call_solved": dice.choice([0, 1])}
    return said | {"called_at": at, "call_satisfaction": dice.choice(list(Satisfaction)).value}


def make_random_rows(seed: int, areas: list[int], handlers: list[int]) -> None:
    dice = random.Random(seed)

    def later(moment: datetime, chance: float = 0.8) -> datetime | None:
        found = moment + timedelta(minutes=dice.randrange(20_000))
        return min(found, NOW) if dice.random() < chance else None

    with transaction(EVERYWHERE) as session:
        for number in range(300):
            reported = NOW - timedelta(minutes=dice.randrange(600_000))
            status = dice.choice(list(IncidentStatus))
            ended = status in (IncidentStatus.CLOSED, IncidentStatus.VOIDED)
            answered = later(reported, 0.5)
            session.add(
                Incident(
                    number=f"R{number}", category=dice.choice(["noise", "street_light"]), urgency="normal",
                    source=dice.choice(["hotline", "grid_patrol"]), title="x", lane="default", status=status,
                    area_id=dice.choice([*areas, None]), handler_id=dice.choice([*handlers, None]),
                    reported_at=reported, filed_at=later(reported), dispatched_at=later(reported),
                    due_at=later(reported), answered_at=answered, closed_at=later(reported, 1) if ended else None,
                    overdue_seconds=dice.choice([0, 0, 99]) if answered else None, exempted_at=later(reported, 0.1),
                    returned_count=dice.choice([0, 0, 2]), reopened_count=dice.choice([0, 0, 1]),
                    failed_check_count=dice.choice([0, 0, 1]), level=dice.choice(["grid", "street"]),
                    **random_call(dice, later(reported, 0.5)),
                )
            )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_sql_counts_what_the_conditions_say(db: Database, seed: int) -> None:
    street = make_street()
    make_random_rows(seed, [street.grid_a, street.grid_c], [street.department.user_id, street.leader_a.user_id])
    with reading(EVERYWHERE) as session:
        rows = list(session.scalars(select(Incident)))
    for period in (MARCH, period_around("quarter", date(2025, 5, 1)), Period(date(2025, 2, 1), date(2026, 2, 28))):
        table = measure(street.command, period, "class", NOW)
        for indicator in INDICATORS:
            figure = table.total.figures[indicator.key].now
            if indicator.measured == "cases":
                assert figure.numerator == len(rows_of(indicator.numerator, rows, period, NOW)), indicator.key
            if indicator.denominator and indicator.over == "cases":
                assert figure.denominator == len(rows_of(indicator.denominator, rows, period, NOW)), indicator.key


@pytest.mark.parametrize("seed", range(3))
def test_groups_add_up_and_shares_are_shares(sqlite_db: Database, seed: int) -> None:
    street = make_street()
    make_random_rows(seed, [street.grid_a, street.grid_c], [street.department.user_id, street.leader_a.user_id])
    totals = []
    for by in list_dimensions(current_profile()):
        table = measure(street.command, MARCH, by, NOW)
        totals.append(pairs(table.total))
        for indicator in INDICATORS:
            whole = table.total.figures[indicator.key].now
            parts = [row.figures[indicator.key].now for row in table.rows]
            assert sum(part.numerator for part in parts) == pytest.approx(whole.numerator)
            if indicator.unit != "per_1000":
                assert sum(part.denominator or 0 for part in parts) == (whole.denominator or 0)
            for figure in (whole, *parts):
                assert indicator.unit != "share" or figure.value is None or 0 <= figure.value <= 1, indicator.key
                assert (figure.value is None) == (
                    figure.denominator is not None and figure.denominator < indicator.least
                )
    assert all(total == totals[0] for total in totals)


def test_parts_of_one_sum_never_overlap(sqlite_db: Database) -> None:
    street = make_street()
    make_random_rows(9, [street.grid_a], [street.department.user_id])
    with reading(EVERYWHERE) as session:
        rows = list(session.scalars(select(Incident)))
    for indicator in INDICATORS:
        for parts in (indicator.numerator, indicator.denominator):
            ids = [row.id for row in rows_of(parts, rows, MARCH, NOW)]
            assert len(ids) == len(set(ids)), indicator.key


def test_a_redrawn_community_is_one_row(sqlite_db: Database) -> None:
    street = make_cases()
    past = {"valid_from": date(2019, 1, 1), "valid_to": date(2020, 1, 1)}
    before = make_area("书院村", level="community", parent=street.street, code="410311001001", **past)
    make_case("old", area_id=make_area("旧格", parent=before, **past), reported_at=NOW - timedelta(days=1))
    table = measure(street.command, MARCH, "community", NOW)
    assert [(row.group.key, row.group.name) for row in table.rows][:2] == [
        ("410311001001", "书院社区"),
        ("410311001002", "归帆社区"),
    ]
    assert table.rows[0].figures["reported"].now.numerator == 9


def change_one(dice: random.Random, street: Street, at: datetime) -> None:
    """What may be written long after: an answer, a closing undone or done, another hand or place, all backdated."""
    with transaction(EVERYWHERE) as session:
        row = session.get_one(Incident, dice.randrange(1, 301))
        later = row.reported_at + timedelta(hours=dice.randrange(900))
        change: dict[str, Any] = dice.choice([
            {"answered_at": later, "overdue_seconds": dice.choice([0, 9])}, {"answered_at": None},
            {"closed_at": later, "status": IncidentStatus.CLOSED}, {"reported_at": later},
            {"closed_at": later, "status": IncidentStatus.VOIDED},
            {"closed_at": None, "status": IncidentStatus.HANDLING},
            {"area_id": dice.choice([street.grid_b, None])}, {"handler_id": street.department.user_id},
            {"called_at": later, "call_solved": 1}, {"due_at": later}, {"exempted_at": later},
            {"filed_at": dice.choice([later, None])}, {"category": "noise"}, {"main_id": 1},
        ])  # fmt: skip
        for name, value in change.items():
            setattr(row, name, value)
        row.updated_at = at


def blow(street: Street, incident_id: int, at: datetime, written: datetime) -> None:
    """A whistle, blown and answered, on a case that was written thereby."""
    with transaction(EVERYWHERE) as session:
        whistle = Whistle(incident_id=incident_id, reason="x", blown_at=at, blown_by=street.command.user_id)
        session.add(whistle)
        session.flush()
        session.add(
            WhistleAnswer(
                whistle_id=whistle.id, incident_id=incident_id, department_id=street.department.user_id, due_at=at,
                reported_at=at + timedelta(hours=1), rated_at=at + timedelta(hours=2), rating=4,
            )
        )  # fmt: skip
        session.get_one(Incident, incident_id).updated_at = written


@pytest.mark.parametrize("by", ["grid", "post", "class"])
@pytest.mark.parametrize("who", ["command", "secretary"])
def test_what_is_kept_is_what_a_fresh_sum_says(
    db: Database, monkeypatch: pytest.MonkeyPatch, who: str, by: str
) -> None:
    street, dice = make_street(), random.Random(by + who)
    make_random_rows(4, [street.grid_a, street.grid_c], [street.department.user_id, street.leader_a.user_id])
    actor: Actor = getattr(street, who)
    periods = Period(date(2025, 2, 1), date(2026, 3, 31)), MARCH, Period(date(2025, 12, 10), date(2026, 1, 20))
    monkeypatch.setattr(sums, "OVERLAP", timedelta())
    monkeypatch.setattr(indicators, "BLOCK", 16)  # many blocks, so that some are kept and some are not
    for turn in range(8):
        at = datetime(2027, 8, 1 + turn, tzinfo=UTC)
        monkeypatch.setattr(sums, "utc_now", lambda at=at: at)
        for period in dice.sample(periods, 2):
            now = NOW + turn * timedelta(hours=5)
            table = measure(actor, period, by, now)
            with monkeypatch.context() as fresh:
                fresh.setattr(kept, "_kept", {})
                assert measure(actor, period, by, now) == table
        for _ in range(dice.randrange(4)):
            change_one(dice, street, at + timedelta(hours=1))
        if turn == 4:
            blow(street, 7, datetime(2026, 1, 5, tzinfo=UTC), at + timedelta(hours=1))


def test_a_case_that_was_written_makes_its_block_old_once(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street, year = make_cases(), period_around("year", date(2026, 3, 18))
    monkeypatch.setattr(indicators, "BLOCK", 4)
    measure(street.command, year, "grid", NOW)
    with transaction(EVERYWHERE) as session:
        session.get_one(Incident, 6).returned_count += 1  # within the overlap, so it is read again and again
    limited = []
    for _ in range(2):
        with recorded() as statements:
            measure(street.command, year, "grid", NOW)
        limited.append(sum(" BETWEEN ? AND ?" in statement for statement in statements))
    assert limited[0] > 0
    assert limited[1] == 0


def test_sums_made_before_somebody_noted_a_case_are_not_kept() -> None:
    store, moment, key = kept.Kept(), datetime(2030, 1, 1, tzinfo=UTC), ("closed", WINDOW, "area", EVERYWHERE)
    piece = kept.Piece.of({0: {1: [2.0]}}, 1)
    turn = store.note([], moment)
    store.put({key: piece}, turn)
    case = Written(5, 0, (2, moment), dict.fromkeys(BASES, ()))
    assert store.note([case], moment) == turn + 1
    store.put({key: kept.Piece.of({}, 1)}, turn)  # summed by one who had not seen the case
    assert store.find([key]) == {key: (piece, frozenset({0}))}
    store.put({key: piece.renewed({0}, {0: {1: [3.0]}}, 1)}, turn + 1)
    assert store.find([key])[key][1] == frozenset()


def test_months_are_counted_once(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "utc_now", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    street, year = make_cases(), period_around("year", date(2026, 3, 18))
    measure(street.command, year, "grid", NOW)
    with recorded() as statements:
        measure(street.command, year, "grid", NOW)
    again = [statement for statement in statements if statement.startswith("SELECT ? AS number")]
    # The last days, of which not all is to be filed yet, and what is late now.
    assert [statement.count("UNION") for statement in again] == [0, 1]


def test_filing_in_time_goes_by_the_limit_of_the_profile(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_cases()
    profile = current_profile()
    shorter = profile.thresholds.filed_within.model_copy(update={"amount": 0.5})
    thresholds = profile.thresholds.model_copy(update={"filed_within": shorter})
    changed = profile.model_copy(update={"thresholds": thresholds})
    kept.forget()
    before = measure(street.command, MARCH, "community", NOW).total.figures["filed_in_time_rate"].now
    monkeypatch.setattr("services.indicators.lists.current_profile", lambda: changed)
    after = measure(street.command, MARCH, "community", NOW).total.figures["filed_in_time_rate"].now
    assert (before.numerator, before.denominator) == (7, 9)
    assert after.numerator < before.numerator
    assert after.denominator is not None
    assert after.denominator >= 9
