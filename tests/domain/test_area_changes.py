"""Rules of changes of areas: days, codes, households (feature A4)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.area_changes import (
    ChangeAhead,
    ChangeBeforeBegin,
    ChangeContradicted,
    ChangeKind,
    Finished,
    HouseholdsDoNotAddUp,
    NewCodeNeeded,
    NewCodeTaken,
    WrongNumberOfAreas,
    check_day,
    check_finished,
    check_households,
    check_number,
    code_under,
    keeps_code,
    shares,
)
from domain.areas import CODE_SCHEMES, UnknownParentArea

TODAY = date(2026, 3, 18)
GRID15, MICRO17, FREE = CODE_SCHEMES["grid15"], CODE_SCHEMES["micro17"], CODE_SCHEMES["free"]
COMMUNITY = ("410311001001", "community")


@pytest.mark.parametrize(
    ("kind", "areas", "parts", "fits"),
    [
        (ChangeKind.SPLIT, 1, 2, True),
        (ChangeKind.SPLIT, 1, 5, True),
        (ChangeKind.SPLIT, 1, 1, False),
        (ChangeKind.SPLIT, 2, 2, False),
        (ChangeKind.MERGE, 2, 1, True),
        (ChangeKind.MERGE, 1, 1, False),
        (ChangeKind.REDRAW, 2, 2, True),
        (ChangeKind.REDRAW, 2, 3, False),
        (ChangeKind.REDRAW, 1, 1, False),
    ],
)
def test_how_many_become_how_many(kind: ChangeKind, areas: int, parts: int, fits: bool) -> None:
    if fits:
        check_number(kind, areas, parts)
    else:
        with pytest.raises(WrongNumberOfAreas):
            check_number(kind, areas, parts)


def test_a_change_is_at_most_a_year_ahead_and_after_the_areas_began() -> None:
    begins = {"书院格": date(2026, 3, 1)}
    check_day(TODAY, TODAY, begins)
    check_day(date(2026, 3, 2), TODAY, begins)
    check_day(date(2027, 3, 19), TODAY, begins)
    with pytest.raises(ChangeAhead) as ahead:
        check_day(date(2027, 3, 20), TODAY, begins)
    assert ahead.value.values == {"day": "2027-03-20", "last": "2027-03-19"}
    with pytest.raises(ChangeBeforeBegin) as refused:
        check_day(date(2026, 3, 1), TODAY, begins)
    assert refused.value.values == {"area": "书院格", "day": "2026-03-01", "since": "2026-03-01"}


@pytest.mark.parametrize("since", [Finished(closed=1), Finished(attended=2), Finished(ended=1), Finished(visited=3)])
def test_a_past_day_is_refused_when_something_was_finished_since(since: Finished) -> None:
    with pytest.raises(ChangeContradicted):
        check_finished(date(2026, 3, 17), TODAY, since)
    check_finished(TODAY, TODAY, since)  # what was finished this morning stays in the old grid
    check_finished(date(2026, 3, 17), TODAY, Finished())


def test_households_are_shared_by_weight_with_the_largest_remainder_up() -> None:
    assert shares(10, [1, 1, 1]) == [4, 3, 3]
    assert shares(620, [310, 290, 20]) == [310, 290, 20]
    assert shares(7, [0, 0]) == [4, 3]
    assert shares(0, [2, 5]) == [0, 0]


@given(st.integers(0, 100_000), st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_shares_add_up(total: int, weights: list[float]) -> None:
    found = shares(total, weights)
    assert sum(found) == total
    assert min(found) >= 0


def test_households_that_do_not_add_up_are_refused() -> None:
    check_households(620, [310, 310])
    with pytest.raises(HouseholdsDoNotAddUp):
        check_households(620, [310, 300])


def test_a_new_grid_takes_the_number_after_the_highest_ever() -> None:
    taken = {"410311001001001", "410311001001007", "410311001001", "X", "410311001002009"}
    assert code_under(COMMUNITY, "grid", taken, GRID15, "书院格") == "410311001001008"


def test_a_given_code_has_to_fit_and_to_be_new() -> None:
    assert code_under(COMMUNITY, "grid", set(), GRID15, "书院格", "410311001001050") == "410311001001050"
    with pytest.raises(NewCodeTaken):
        code_under(COMMUNITY, "grid", {"410311001001050"}, GRID15, "书院格", "410311001001050")
    with pytest.raises(UnknownParentArea):
        code_under(COMMUNITY, "grid", set(), GRID15, "书院格", "410311001002050")


@pytest.mark.parametrize(
    ("parent", "level", "scheme"),
    [(COMMUNITY, "grid", FREE), (("4103", "city"), "district", GRID15), (("A-1", "community"), "grid", GRID15)],
)
def test_no_code_is_made_up_where_it_is_not_ours_to_give(parent: tuple[str, str], level: str, scheme: object) -> None:
    with pytest.raises(NewCodeNeeded):
        code_under(parent, level, set(), scheme, "书院格")  # type: ignore[arg-type]


def test_a_micro_grid_keeps_a_code_that_names_no_other_grid() -> None:
    assert keeps_code("41031100100100101", "micro_grid", ("410311001001001", "grid"), MICRO17)
    assert not keeps_code("41031100100100101", "micro_grid", ("410311001001002", "grid"), MICRO17)
    assert keeps_code("院-01", "micro_grid", ("410311001001002", "grid"), FREE)
    assert keeps_code("M0001", "micro_grid", ("410311001001002", "grid"), MICRO17)
