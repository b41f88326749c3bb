"""The admission list: what is not on it is not handed to a grid, a temporary item expires; on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from config.texts import refusal_text
from db.models import User
from db.session import Database, transaction
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.incidents import IncidentAction as A
from domain.incidents import IncidentStatus as S
from domain.permissions import EVERYWHERE, Role
from domain.texts import EmptyText
from domain.work_items import (
    DepartmentAmbiguous,
    TemporaryItemNeedsEnd,
    WorkHoursOutOfRange,
    WorkItemKind,
    WorkItemState,
    WorkNotAdmitted,
)
from services.dictionaries.work_items import (
    DepartmentLoad,
    WorkItemForm,
    add_work_item,
    department_loads,
    end_work_item,
    list_departments,
    list_work_items,
)
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.incidents.views import IncidentView
from services.timelines.checks import verify_timelines
from tests.factories import make_user
from tests.incident_town import NOW, Street, logged, make_street

DAY = date(2026, 3, 18)
LATER = NOW + timedelta(hours=1)


def item(**values: object) -> WorkItemForm:
    given = {"name": "路灯巡查", "kind": WorkItemKind.HAZARDS, "department": "城管中队", "covers": "street_light"}
    return WorkItemForm(**(given | {"valid_from": DAY} | values))  # type: ignore[arg-type]


def with_the_department(street: Street, key: str = "form-1", **values: object) -> IncidentView:
    """A case that the department has in hand."""
    case = logged(street.command, key, source="hotline_12345", **values)
    view = get_incident(street.command, case.id, NOW).view
    view = act_on_incident(
        street.command, case.id, A.DISPATCH, view.version, assignee_id=street.department.user_id, now=NOW
    )
    return act_on_incident(street.department, case.id, A.REPORT_IN, view.version, now=NOW)


def hand_over(street: Street, view: IncidentView, now: object = LATER) -> IncidentView:
    return act_on_incident(
        street.department, view.id, A.HAND_OVER, view.version, "请网格先看守",
        assignee_id=street.leader_a.user_id, now=now,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_department_hands_nothing_to_a_grid_that_is_not_on_the_list(db: Database) -> None:
    street = make_street()
    view = with_the_department(street)
    with pytest.raises(WorkNotAdmitted) as refused:
        hand_over(street, view)
    assert "“路灯不亮”不在城管中队今天有效的准入清单里" in refusal_text("zh_CN", refused.value)
    assert "Street light out" in refusal_text("en", refused.value)
    add_work_item(street.command, item(department="市场所"), NOW)  # another department's
    add_work_item(street.command, item(covers="litter"), NOW)  # another class
    add_work_item(street.command, item(covers=""), NOW)  # no class at all
    add_work_item(street.command, item(valid_from=DAY + timedelta(days=1)), NOW)  # not yet
    with pytest.raises(WorkNotAdmitted):
        hand_over(street, view)
    assert get_incident(street.command, view.id, NOW).view.version == view.version
    add_work_item(street.command, item(name="设施巡查", covers="facilities"), NOW)  # the family
    view = hand_over(street, view)
    assert (view.status, view.handler_name) == (S.HANDLING, "方宁")
    assert get_incident(street.command, view.id, NOW).timeline[-1].changes["work_item"] == "设施巡查"
    assert verify_timelines().findings == []


def test_the_list_has_no_say_between_departments_and_for_the_street(sqlite_db: Database) -> None:
    street = make_street()
    view = with_the_department(street)
    other = make_user(Role.DEPARTMENT, name="市场所").user_id
    view = act_on_incident(street.department, view.id, A.HAND_OVER, view.version, "转交", assignee_id=other, now=LATER)
    assert "work_item" not in get_incident(street.command, view.id, NOW).timeline[-1].changes


def test_a_temporary_item_expires_by_itself(db: Database) -> None:
    street = make_street()
    with pytest.raises(TemporaryItemNeedsEnd):
        add_work_item(street.command, item(temporary=True, approved_by="王主任"), NOW)
    made = add_work_item(street.command, item(temporary=True, approved_by="王主任", valid_to=DAY), NOW)
    assert (made.state, made.temporary, made.approved_by) == (WorkItemState.IN_FORCE, True, "王主任")
    view = with_the_department(street)
    with pytest.raises(WorkNotAdmitted):
        hand_over(street, view, NOW + timedelta(days=1))
    assert hand_over(street, view).handler_name == "方宁"
    (later,) = list_work_items(street.leader_a, NOW + timedelta(days=1))
    assert later.state is WorkItemState.EXPIRED


def test_an_ended_item_admits_nothing_more(db: Database) -> None:
    street = make_street()
    made = add_work_item(street.command, item(), NOW)
    with pytest.raises(StaleRecord):
        end_work_item(street.command, made.id, made.version + 1, NOW)
    with pytest.raises(NotFound):
        end_work_item(street.command, 999, 1, NOW)
    assert end_work_item(street.command, made.id, made.version, NOW).state is WorkItemState.EXPIRED
    with pytest.raises(WorkNotAdmitted):
        hand_over(street, with_the_department(street))


def test_the_department_that_loads_the_grids_most_comes_first(db: Database) -> None:
    street = make_street()
    add_work_item(street.command, item(hours=4), NOW)
    add_work_item(street.command, item(covers="litter", hours=3, temporary=True, approved_by="王", valid_to=DAY), NOW)
    add_work_item(street.command, item(department="平安办", covers="", hours=5), NOW)
    gone = {"valid_from": DAY - timedelta(days=9), "valid_to": DAY - timedelta(days=1)}
    add_work_item(street.command, item(department="旧部门", hours=99, **gone), NOW)
    hand_over(street, with_the_department(street))
    assert department_loads(street.leader_a, LATER) == [
        DepartmentLoad("城管中队", 2, 1, 7.0, 1), DepartmentLoad("平安办", 1, 0, 5.0, 0),
    ]  # fmt: skip
    assert department_loads(street.leader_a, NOW + timedelta(days=91))[0].handed == 0
    assert list_departments(street.leader_a) == ["城管中队"]


def test_an_item_says_what_it_is(sqlite_db: Database) -> None:
    street = make_street()
    for values, refusal in (
        ({"name": " "}, EmptyText), ({"department": ""}, EmptyText), ({"covers": "moon_dust"}, NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            add_work_item(street.command, item(**values), NOW)
    with pytest.raises(PermissionDenied):
        add_work_item(street.leader_a, item(), NOW)
    assert list_work_items(street.leader_a, NOW) == []


@pytest.mark.parametrize("hours", [float("nan"), float("inf"), -1.0, 745.0])
def test_hours_that_no_month_has_are_refused(sqlite_db: Database, hours: float) -> None:
    street = make_street()
    with pytest.raises(WorkHoursOutOfRange):
        add_work_item(street.command, item(hours=hours), NOW)
    assert list_work_items(street.command, NOW) == []


def test_an_item_admits_the_account_and_not_its_name(db: Database) -> None:
    street = make_street()
    add_work_item(street.command, item(), NOW)
    view = with_the_department(street)
    with transaction(EVERYWHERE) as session:  # another unit takes the name over, the first one gets a new one
        session.get_one(User, street.department.user_id).name = "城管执法中队"
    namesake = make_user(Role.DEPARTMENT, name="城管中队")
    renamed = replace(street.department, name="城管执法中队")
    moved = act_on_incident(
        renamed, view.id, A.HAND_OVER, view.version, "转交", assignee_id=namesake.user_id, now=LATER
    )
    with pytest.raises(WorkNotAdmitted):
        act_on_incident(
            namesake, view.id, A.HAND_OVER, moved.version, "x", assignee_id=street.leader_a.user_id, now=LATER
        )
    own = with_the_department(street, "form-2")
    handed = act_on_incident(
        renamed, own.id, A.HAND_OVER, own.version, "x", assignee_id=street.leader_a.user_id, now=LATER
    )
    assert handed.handler_name == "方宁"
    assert [(load.department, load.handed) for load in department_loads(street.command, LATER)] == [("城管执法中队", 1)]


def test_a_name_of_several_accounts_is_refused(sqlite_db: Database) -> None:
    street = make_street()
    make_user(Role.DEPARTMENT, name="城管中队")
    with pytest.raises(DepartmentAmbiguous):
        add_work_item(street.command, item(), NOW)
    assert list_work_items(street.command, NOW) == []
