"""Items of the admission list: their days and what they admit."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.work_items import (
    Admitted,
    ApprovalRequired,
    EndBeforeBeginning,
    TemporaryItemNeedsEnd,
    Term,
    WorkItemState,
    check_item,
)

DAY = date(2026, 3, 18)
DAYS = st.integers(-5, 5).map(lambda n: DAY + timedelta(days=n))


@given(DAYS, DAYS | st.none(), DAYS)
def test_an_item_holds_from_its_first_day_to_its_last(first: date, last: date | None, day: date) -> None:
    state = Term(first, last).state_on(day)
    assert (state is WorkItemState.IN_FORCE) == (first <= day and (last is None or day <= last))
    assert (state is WorkItemState.PLANNED) == (day < first)


def test_a_temporary_item_wants_an_end_and_an_approval() -> None:
    check_item(Term(DAY, DAY), temporary=True, approved_by="王主任")
    check_item(Term(DAY), temporary=False, approved_by="")
    with pytest.raises(TemporaryItemNeedsEnd):
        check_item(Term(DAY), temporary=True, approved_by="王主任")
    with pytest.raises(ApprovalRequired):
        check_item(Term(DAY, DAY), temporary=True, approved_by="")
    with pytest.raises(EndBeforeBeginning):
        check_item(Term(DAY, DAY - timedelta(days=1)), temporary=False, approved_by="")


def test_an_item_admits_its_department_its_class_and_its_days() -> None:
    item = Admitted(7, "safety", Term(DAY, DAY))
    assert item.admits(7, {"fire_exit", "safety"}, DAY)
    assert not item.admits(8, {"fire_exit", "safety"}, DAY)
    assert not item.admits(7, {"litter", "environment"}, DAY)
    assert not item.admits(7, {"fire_exit", "safety"}, DAY + timedelta(days=1))
    assert not Admitted(7, "", Term(DAY)).admits(7, {"litter", "environment"}, DAY)
