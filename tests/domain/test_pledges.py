"""Pledges: the golden table of their status, and what must hold for any evidence."""

from datetime import date, timedelta
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pledge_services import Service, Spot, repeated
from domain.pledges import (
    EvidenceKind,
    EvidenceOutsidePledge,
    EvidenceState,
    InvalidPledgeDates,
    InvalidQuantity,
    InvalidRating,
    Measure,
    PledgeRunning,
    PledgeStatus,
    PledgeUnit,
    PledgeWithoutMeasure,
    check_day,
    check_judging,
    check_quantity,
    check_stars,
    evidence_state,
    is_unfinished,
    mean_rating,
    progress_of,
)

MADE, DUE = date(2026, 1, 1), date(2026, 3, 31)
GRACE = 30
LAST = DUE + timedelta(days=GRACE)  # 30 April


def d(month: int, day: int) -> date:
    return date(2026, month, day)


S = PledgeStatus
# From the worst to the best: more evidence of a day until the date never takes a pledge down.
RANK = {S.BROKEN: 0, S.LATE: 1, S.OPEN: 2, S.ON_THE_WAY: 3, S.KEPT: 4}
# (services as (day, quantity), the day asked for, status, done, in time, reached on); 10 times until 31 March.
GOLDEN = [
    ([], d(1, 1), S.OPEN, 0, 0, None),
    ([], d(3, 31), S.OPEN, 0, 0, None),
    ([(d(1, 5), 4)], d(3, 31), S.ON_THE_WAY, 4, 4, None),
    ([(d(1, 5), 4), (d(3, 31), 6)], d(3, 31), S.KEPT, 10, 10, d(3, 31)),
    ([(d(1, 5), 10)], d(2, 1), S.KEPT, 10, 10, d(1, 5)),
    ([(d(1, 5), 10)], d(8, 1), S.KEPT, 10, 10, d(1, 5)),
    ([(d(1, 5), 25)], d(2, 1), S.KEPT, 25, 25, d(1, 5)),
    ([(d(1, 5), 9)], d(4, 1), S.LATE, 9, 9, None),
    ([], d(4, 1), S.LATE, 0, 0, None),
    ([(d(1, 5), 9)], LAST, S.LATE, 9, 9, None),
    ([(d(1, 5), 9), (d(4, 1), 1)], d(4, 1), S.LATE, 10, 9, d(4, 1)),
    ([(d(1, 5), 9), (LAST, 1)], d(9, 1), S.LATE, 10, 9, LAST),
    ([(d(1, 5), 9)], d(5, 1), S.BROKEN, 9, 9, None),
    ([], d(5, 1), S.BROKEN, 0, 0, None),
    ([(d(1, 5), 9), (d(5, 1), 50)], d(6, 1), S.BROKEN, 9, 9, None),
    ([(d(1, 5), 4), (d(3, 30), 6)], d(2, 1), S.ON_THE_WAY, 4, 4, None),  # what is still to come does not count
]


@pytest.mark.parametrize(("services", "day", "status", "done", "in_time", "reached"), GOLDEN)
def test_golden_table(
    services: list[tuple[date, float]], day: date, status: S, done: float, in_time: float, reached: date | None
) -> None:
    measure = Measure(10, PledgeUnit.TIMES, MADE, DUE)
    found = progress_of(measure, [Service(*one) for one in services], day, GRACE)
    assert (found.status, found.done, found.in_time, found.reached_on) == (status, done, in_time, reached)


def test_halves_add_up() -> None:
    measure = Measure(1.5, PledgeUnit.HOURS, MADE, DUE)
    found = progress_of(measure, [Service(d(1, 2 + n), 0.1) for n in range(15)], d(2, 1), GRACE)
    assert (found.status, found.done) == (S.KEPT, 1.5)


days = st.dates(MADE, date(2026, 12, 31))
services = st.lists(st.builds(Service, days, st.integers(1, 20)), max_size=12)
measures = st.builds(Measure, st.integers(1, 60), st.just(PledgeUnit.TIMES), st.just(MADE), days)


@given(measures, services, days, st.integers(0, 60), st.data())
def test_evidence_until_the_date_never_takes_a_status_down(
    measure: Measure, services: list[Service], day: date, grace: int, data: st.DataObject
) -> None:
    before = progress_of(measure, services, day, grace)
    more = Service(data.draw(st.dates(MADE, measure.due_on)), data.draw(st.integers(1, 20)))
    after = progress_of(measure, [*services, more], day, grace)
    assert RANK[after.status] >= RANK[before.status]
    assert after.done >= before.done
    assert after.in_time >= before.in_time


@given(measures, services, days, st.integers(0, 60))
def test_the_order_of_evidence_does_not_matter(
    measure: Measure, services: list[Service], day: date, grace: int
) -> None:
    assert progress_of(measure, services, day, grace) == progress_of(measure, services[::-1], day, grace)


@given(measures, services, st.integers(0, 60))
def test_settled_pledges_stay_as_they_are(measure: Measure, services: list[Service], grace: int) -> None:
    over = measure.due_on + timedelta(days=grace + 1)
    assert progress_of(measure, services, over, grace) == progress_of(measure, services, date(2030, 1, 1), grace)


@given(measures, services, days, st.integers(0, 60))
def test_kept_means_reached_in_time(measure: Measure, services: list[Service], day: date, grace: int) -> None:
    found = progress_of(measure, services, day, grace)
    assert (found.status is S.KEPT) == (found.in_time >= measure.amount)
    assert found.in_time <= found.done
    assert is_unfinished(found) == (found.status is S.LATE and found.done < measure.amount)


@pytest.mark.parametrize("amount", [0, -1, 1.5, float("nan"), float("inf"), 100_001])
def test_a_pledge_without_a_measure_is_refused(amount: float) -> None:
    with pytest.raises(PledgeWithoutMeasure):
        Measure(amount, PledgeUnit.TIMES, MADE, DUE)


def test_a_date_before_the_pledge_is_refused() -> None:
    with pytest.raises(InvalidPledgeDates):
        Measure(1, PledgeUnit.HOURS, DUE, MADE)


def test_what_was_noted_by_hand_waits_for_a_second_person() -> None:
    def state(kind: EvidenceKind, confirmed: bool = False, withdrawn: bool = False) -> EvidenceState:
        return evidence_state(kind, confirmed=confirmed, withdrawn=withdrawn)

    assert state(EvidenceKind.INCIDENT) is EvidenceState.COUNTED
    assert state(EvidenceKind.MEDIATION) is EvidenceState.WAITING
    assert state(EvidenceKind.TASK, confirmed=True) is EvidenceState.COUNTED
    assert state(EvidenceKind.TASK, confirmed=True, withdrawn=True) is EvidenceState.WITHDRAWN


def test_quantities_and_days_have_limits() -> None:
    for quantity, unit, most in ((0, "hours", None), (1.5, "times", None), (3, "hours", 2.5)):
        with pytest.raises(InvalidQuantity):
            check_quantity(quantity, PledgeUnit(unit), most)
    check_quantity(2.5, PledgeUnit.HOURS, 2.5)
    measure = Measure(1, PledgeUnit.TIMES, MADE, DUE)
    for happened, today in ((date(2025, 12, 31), DUE), (DUE, d(3, 1)), (d(5, 1), d(6, 1))):
        with pytest.raises(EvidenceOutsidePledge):
            check_day(measure, happened, today, GRACE)
    check_day(measure, LAST, d(6, 1), GRACE)


def test_judging_waits_for_the_date_unless_kept() -> None:
    measure = Measure(1, PledgeUnit.TIMES, MADE, DUE)
    running = progress_of(measure, [], DUE, GRACE)
    with pytest.raises(PledgeRunning):
        check_judging(running, DUE, DUE)
    check_judging(running, DUE, d(4, 1))
    check_judging(progress_of(measure, [Service(MADE, 1)], MADE, GRACE), DUE, MADE)


def test_ratings_are_one_to_five_and_say_nothing_below_five() -> None:
    for stars in (0, 6):
        with pytest.raises(InvalidRating):
            check_stars(stars)
    assert mean_rating(4, 20) is None
    assert mean_rating(5, 22) == pytest.approx(4.4)


HERE = Spot(("visit", 1), 112.4, 34.6)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (HERE, True),
        (Spot(("visit", 2), 112.4, 34.6 + 19 / 111_195), True),
        (Spot(("visit", 1), 112.4, 34.6 + 21 / 111_195), False),
        (Spot(("visit", 1), 112.4 + 19 / 111_195 / cos(radians(34.6)), 34.6), True),
        (Spot(("visit", 1), 112.4 + 21 / 111_195 / cos(radians(34.6)), 34.6), False),
        (Spot(("visit", 1)), False),
        (None, False),
    ],
)
def test_a_place_counts_once_a_day_and_the_first_entered_counts(other: Spot | None, is_same: bool) -> None:
    services = [Service(MADE, 1, 2, other), Service(MADE, 1, 1, HERE)]
    assert repeated(services, 20) == ({2} if is_same else set())
    assert repeated([Service(MADE, 1, 1, HERE), Service(DUE, 1, 2, other)], 20) == set(), "another day"


def test_places_without_a_point_are_one_in_their_area() -> None:
    services = [Service(MADE, 1, number, Spot(("visit", area))) for number, area in ((1, 1), (2, 1), (3, 2))]
    assert repeated(services, 20) == {2}
    assert repeated([Service(MADE, 1), Service(MADE, 1)], 20) == set(), "what has no place counts each time"
