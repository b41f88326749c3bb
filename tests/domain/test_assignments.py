"""Dates of assignments, and the proposal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assignments import (
    AreaNotValidThen,
    AssignmentOverlap,
    AssignmentStatus,
    Balance,
    GridNeed,
    Held,
    InvalidAssignmentDates,
    MemberOffer,
    ReasonKind,
    Span,
    check_assignment,
    check_within,
    choose_post,
    propose,
    status_on,
)

MARCH, MID, APRIL, MAY = date(2026, 3, 1), date(2026, 3, 15), date(2026, 4, 1), date(2026, 5, 1)


def test_status_counts_first_and_last_day() -> None:
    span = Span(MARCH, APRIL)
    days = {date(2026, 2, 28): "planned", MARCH: "current", APRIL: "current", date(2026, 4, 2): "ended"}
    assert {day: status_on(span, day) for day in days} == days
    assert status_on(Span(MARCH), date(2099, 1, 1)) is AssignmentStatus.CURRENT


def test_span_is_refused_when_it_ends_before_it_starts() -> None:
    with pytest.raises(InvalidAssignmentDates):
        Span(APRIL, MARCH)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (Span(MARCH, MID), Span(MID, APRIL), True),
        (Span(MARCH, MID), Span(date(2026, 3, 16), APRIL), False),
        (Span(MARCH), Span(MAY), True),
        (Span(MARCH, MID), Span(APRIL), False),
        (Span(MARCH, MARCH), Span(MARCH, MARCH), True),
    ],
)
def test_spans_overlap_when_they_share_a_day(first: Span, second: Span, shared: bool) -> None:
    assert first.overlaps(second) is second.overlaps(first) is shared


def check(new: Held, *existing: Held, posts: bool = False, grids: bool = False) -> None:
    check_assignment(new, existing, several_posts=posts, several_grids=grids)


def test_same_post_in_same_grid_is_refused_when_days_are_shared() -> None:
    held = Held(1, 10, "mediator", Span(MARCH, MID))
    with pytest.raises(AssignmentOverlap) as refused:
        check(Held(1, 10, "mediator", Span(MID)), held, posts=True, grids=True)
    assert refused.value.values == {"starts_on": "2026-03-01", "ends_on": "2026-03-15"}
    check(Held(1, 10, "mediator", Span(date(2026, 3, 16))), held)
    check(Held(2, 10, "mediator", Span(MID)), held)


def test_second_post_and_second_grid_are_the_profiles_to_allow() -> None:
    held = Held(1, 10, "mediator", Span(MARCH))
    other_post, other_grid = Held(1, 10, "helper", Span(MID)), Held(1, 11, "mediator", Span(MID))
    check(other_post, held, posts=True)
    check(other_grid, held, grids=True)
    with pytest.raises(AssignmentOverlap):
        check(other_post, held, grids=True)
    with pytest.raises(AssignmentOverlap):
        check(other_grid, held, posts=True)


def test_days_are_refused_when_the_area_does_not_exist_then() -> None:
    check_within(Span(MARCH), MARCH, None)
    check_within(Span(MARCH), MARCH, APRIL)
    check_within(Span(MARCH, date(2026, 3, 31)), MARCH, APRIL)
    for span in (Span(date(2026, 2, 28)), Span(MARCH, APRIL), Span(APRIL)):
        with pytest.raises(AreaNotValidThen):
            check_within(span, MARCH, APRIL)


def test_nearest_member_is_proposed_with_metres() -> None:
    pairings = propose([GridNeed(1, 0, 0)], [MemberOffer(7, 300, 400), MemberOffer(8, 0, 2000)], {})
    assert [(pair.area, pair.person) for pair in pairings] == [(1, 7)]
    assert [(reason.kind, reason.number) for reason in pairings[0].reasons] == [
        (ReasonKind.DISTANCE, 500),
        (ReasonKind.LOAD, 1),
    ]


def test_free_member_is_preferred_to_a_near_one_with_a_grid() -> None:
    offers = [MemberOffer(7, 100, 0), MemberOffer(8, 900, 0)]
    assert propose([GridNeed(1, 0, 0)], offers, {7: 1})[0].person == 8
    assert propose([GridNeed(1, 0, 0)], offers, {})[0].person == 7


def test_skill_outweighs_some_distance_and_is_named() -> None:
    grid = GridNeed(1, 0, 0, skills=frozenset({"mediator", "contact"}))
    offers = [MemberOffer(7, 100, 0), MemberOffer(8, 600, 0, frozenset({"mediator"}))]
    pairing = propose([grid], offers, {})[0]
    assert pairing.person == 8
    assert pairing.reasons[-1].skills == ("mediator",)


def test_grid_stays_without_when_nobody_is_near_or_all_are_loaded() -> None:
    far, loaded = propose([GridNeed(1, 0, 0), GridNeed(2, 9000, 0)], [MemberOffer(7, 9100, 0)], {7: 2})
    assert (far.person, far.reasons[0].kind) == (None, ReasonKind.NOBODY_NEAR)
    assert (loaded.person, loaded.reasons[0].kind) == (None, ReasonKind.ALL_LOADED)


def test_members_are_exchanged_when_that_is_nearer_for_both() -> None:
    """The first grid in order would take the member who is the other's neighbour."""
    grids = [GridNeed(1, 0, 0, households=9), GridNeed(2, 1000, 0)]
    offers = [MemberOffer(7, 600, 0), MemberOffer(8, -700, 0)]
    assert {pair.area: pair.person for pair in propose(grids, offers, {})} == {1: 8, 2: 7}


def test_last_grid_is_not_left_when_one_member_alone_reaches_it() -> None:
    grids = [GridNeed(1, 0, 0, households=900), GridNeed(2, 5000, 0)]
    offers = [MemberOffer(7, 2500, 0), MemberOffer(8, -2600, 0)]
    found = propose(grids, offers, {}, Balance(most_grids=1))
    assert {pair.area: pair.person for pair in found} == {1: 8, 2: 7}


places = st.integers(-4000, 4000)
needs = st.lists(
    st.builds(GridNeed, st.integers(1, 30), places, places, st.integers(0, 900)), unique_by=lambda g: g.area
)
offers_of = st.lists(st.builds(MemberOffer, st.integers(1, 20), places, places), unique_by=lambda m: m.person)


@given(needs, offers_of, st.dictionaries(st.integers(1, 20), st.integers(0, 3)))
def test_any_proposal_is_whole_fair_and_repeatable(grids, offers, loads) -> None:
    balance = Balance()
    pairings = propose(grids, offers, loads, balance)
    assert [pair.area for pair in pairings] == [grid.area for grid in grids]
    assert pairings == propose(grids, list(reversed(offers)), loads, balance)
    given_ = [pair.person for pair in pairings if pair.person is not None]
    for person in set(given_):
        assert loads.get(person, 0) + given_.count(person) <= balance.most_grids
    distances = [reason.number for pair in pairings for reason in pair.reasons if reason.kind is ReasonKind.DISTANCE]
    assert all(number <= balance.most_metres for number in distances)
    assert all(pair.reasons for pair in pairings)


@pytest.mark.parametrize(
    ("skills", "holders", "expected"),
    [
        ({"law"}, {}, "mediator"),
        ({"electrics", "medicine"}, {"helper": 9}, "helper"),
        (set(), {"mediator": 1, "watcher": 1}, "helper"),
        (set(), {}, "mediator"),
    ],
)
def test_the_post_fits_the_skills_and_else_spreads(skills: set[str], holders: dict[str, int], expected: str) -> None:
    posts = {"mediator": {"law", "mediation"}, "helper": {"electrics", "medicine"}, "watcher": set[str]()}
    assert choose_post(skills, posts, holders) == expected
