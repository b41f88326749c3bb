"""What a row of the desk asks: only what the steps that are open can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions import OTHERS, STEPS, decision_of
from domain.incidents import IncidentAction, IncidentSymbol

A, S = IncidentAction, IncidentSymbol


@pytest.mark.parametrize(
    ("symbol", "steps", "decision"),
    [
        (S.WAITING, {A.DISPATCH, A.TAKE_OVER, A.VOID}, "dispatch"),
        (S.WAITING, {A.TAKE_OVER, A.ADD_NOTE}, "take_over"),
        (S.WAITING, {A.ADD_NOTE}, OTHERS),
        (S.OVERDUE, {A.HAND_OVER, A.SUPERVISE, A.FEED_BACK}, "supervise_or_hand_over"),
        (S.OVERDUE, {A.SUPERVISE}, "supervise"),
        (S.OVERDUE, {A.SUPERVISE, A.TAKE_OVER}, "take_over_or_supervise"),
        (S.OVERDUE, {A.SUPERVISE, A.DISPATCH}, "dispatch"),
        (S.DUE_SOON, {A.SUPERVISE, A.HAND_OVER}, "hand_over"),
        (S.VERIFYING, {A.CLOSE, A.RETURN}, "close_or_return"),
        (S.VERIFYING, {A.VERIFY, A.RETURN}, "verify_or_return"),
        (S.VERIFYING, {A.RETURN, A.ADD_NOTE}, "return_only"),
        (S.HANDLING, {A.FEED_BACK}, OTHERS),
    ],
)
def test_the_decision_is_the_first_that_is_open(symbol: S, steps: set[A], decision: str) -> None:
    assert decision_of(symbol, steps) == decision


def test_a_review_asks_whether_to_go_on() -> None:
    assert decision_of(S.HANDLING, {A.RESUME, A.ADD_NOTE}, suspended=True) == "resume"
    assert decision_of(S.HANDLING, {A.ADD_NOTE}, suspended=True) == OTHERS


@given(st.sampled_from(list(S)), st.sets(st.sampled_from(list(A))), st.booleans())
def test_nothing_is_asked_that_cannot_be_done(symbol: S, steps: set[A], suspended: bool) -> None:
    decision = decision_of(symbol, steps, suspended=suspended)
    assert decision == OTHERS or STEPS[decision] <= steps
