"""Steps of a lane: who may, what they need, two people at one record, and what the timeline keeps."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from config.texts import refusal_text
from db.models import AuditEntry, Incident
from db.session import Database, reading, transaction
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.incidents import (
    ActionNotAllowed,
    HandlerMayNotVerify,
    IncidentAction,
    IncidentStatus,
    IncidentSymbol,
    InvalidTransition,
    ReasonRequired,
)
from domain.permissions import EVERYWHERE, Actor
from domain.texts import ControlCharacters
from services.incidents.actions import IncidentChanged, ResultRequired
from services.incidents.assignees import AssigneeNotSuitable, AssigneeRequired
from services.incidents.cases import (
    act_on_incident,
    fix_place,
    get_incident,
    list_assignees,
    list_incidents,
    uncover_contact,
)
from services.incidents.photos import NotAPicture
from services.incidents.views import IncidentView
from services.maps.points import incident_points
from services.system import installations
from services.timelines.checks import verify_timelines
from tests.incident_town import IN_A, IN_B, NOW, OUTSIDE, Street, logged, make_street
from tests.pictures import picture

A, S = IncidentAction, IncidentStatus


def act(actor: Actor, view: IncidentView, action: IncidentAction, note: str = "", **values: object) -> IncidentView:
    """A step at the version of ``view``, an hour after it was logged."""
    given = {"now": NOW + timedelta(hours=1), "standard_confirmed": True} | values
    return act_on_incident(actor, view.id, action, view.version, note, **given)  # type: ignore[arg-type]


def review(street: Street) -> dict[str, object]:
    """Who looks at a suspended case again, and when."""
    return {"assignee_id": street.command.user_id, "review_on": date(2026, 3, 25)}


def start(street: Street, **values: object) -> IncidentView:
    receipt = logged(street.command, **values)
    return get_incident(street.command, receipt.id, NOW).view


def use_lane(monkeypatch: pytest.MonkeyPatch, profile: str, lane: str | None = None) -> None:
    """Work by the lane of another profile, or by another lane of it."""
    installations.forget_installation()
    found = dataclasses.replace(installations.current_installation(), profile=profile)
    monkeypatch.setattr(installations, "current_installation", lambda: found)
    if lane:
        loaded = installations.current_profile()
        first = loaded.lane(lane)
        changed = loaded.model_copy(update={"lanes": (first, *(one for one in loaded.lanes if one is not first))})
        monkeypatch.setattr(installations, "load_profile", lambda _key: changed)


def test_the_leader_takes_over_handles_and_feeds_back_and_another_closes(db: Database) -> None:
    street = make_street()
    view = start(street)
    view = act(street.leader_a, view, A.TAKE_OVER)
    assert (view.status, view.handler_name, view.symbol) == (S.HANDLING, "方宁", IncidentSymbol.HANDLING)
    view = act(street.leader_a, view, A.FEED_BACK, "已更换 12 盏灯泡。", photos=(picture(),))
    assert (view.status, view.symbol, view.photos) == (S.FED_BACK, IncidentSymbol.VERIFYING, 1)
    view = act(street.secretary, view, A.CLOSE)
    assert (view.status, view.symbol, view.closed_at) == (S.CLOSED, IncidentSymbol.CLOSED, NOW + timedelta(hours=1))
    card = get_incident(street.leader_a, view.id, NOW)
    assert [(item.action, item.actor_name) for item in card.timeline] == [
        (A.REPORT, "顾岚"), (A.TAKE_OVER, "方宁"), (A.FEED_BACK, "方宁"), (A.CLOSE, "岑立"),
    ]  # fmt: skip
    assert [photo.stage for photo in card.photos] == ["after"]
    assert verify_timelines().findings == []


def test_a_dispatch_goes_to_the_leader_of_the_grid_first(db: Database) -> None:
    street = make_street()
    view = start(street)
    assignees = list_assignees(street.command, view.id)
    assert [assignee.name for assignee in assignees] == ["方宁", "岑立", "城管中队", "顾岚"]
    view = act(street.command, view, A.DISPATCH, assignee_id=assignees[0].user_id)
    assert (view.status, view.handler_name) == (S.DISPATCHED, "方宁")
    entry = get_incident(street.command, view.id, NOW).timeline[-1]
    assert entry.changes == {"handler": "方宁", "hands": [street.leader_a.user_id, "grid"]}


def test_a_dispatch_needs_somebody_who_can_handle_it(db: Database) -> None:
    street = make_street()
    view = start(street)
    with pytest.raises(AssigneeRequired):
        act(street.command, view, A.DISPATCH)
    for other in (street.leader_b, street.volunteer, street.visitor):
        with pytest.raises(AssigneeNotSuitable):
            act(street.command, view, A.DISPATCH, assignee_id=other.user_id)


def test_a_department_sees_what_was_handed_to_it_and_nothing_else(db: Database) -> None:
    street = make_street()
    view = start(street)
    start(street, key="another")
    with pytest.raises(NotFound):
        get_incident(street.department, view.id)
    view = act(street.command, view, A.DISPATCH, assignee_id=street.department.user_id)
    assert [row.id for row in list_incidents(street.department, now=NOW).rows] == [view.id]
    points = incident_points(street.department, now=NOW)  # the map holds what the list holds
    assert [row[0] for row in points.rows] == [view.id]
    view = act(street.department, view, A.REPORT_IN)
    view = act(street.department, view, A.FEED_BACK, "已修复")
    assert get_incident(street.department, view.id).view.status is S.FED_BACK


def test_what_a_department_gives_back_leaves_its_sight(db: Database) -> None:
    street = make_street()
    view = act(street.command, start(street), A.DISPATCH, assignee_id=street.department.user_id)
    view = act(street.department, view, A.RETURN, "不属于本部门职责")
    assert (view.status, view.handler_id) == (S.FILED, None)
    with pytest.raises(NotFound):
        get_incident(street.department, view.id)


def test_an_incident_handed_to_a_leader_of_another_grid_can_be_read_by_them(db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street), A.TAKE_OVER)
    with transaction(EVERYWHERE) as session:
        session.get(Incident, view.id).handler_id = street.leader_b.user_id  # type: ignore[union-attr]
    assert get_incident(street.leader_b, view.id).view.number == view.number


@pytest.mark.parametrize(
    ("who", "action", "values", "refusal"),
    [
        ("leader_a", A.CLOSE, {}, InvalidTransition),
        ("leader_a", A.FEED_BACK, {"note": "好了"}, InvalidTransition),
        ("leader_a", A.DISPATCH, {}, ActionNotAllowed),
        ("member", A.TAKE_OVER, {}, ActionNotAllowed),
        ("secretary", A.VOID, {}, ReasonRequired),
        ("secretary", A.VOID, {"note": "  \n"}, ReasonRequired),
        ("leader_a", A.ADD_NOTE, {}, ResultRequired),
        ("leader_a", A.ADD_NOTE, {"note": "\x07"}, ControlCharacters),
        ("leader_a", A.ADD_NOTE, {"photos": (b"no picture",)}, NotAPicture),
        ("leader_b", A.TAKE_OVER, {}, NotFound),
        ("volunteer", A.TAKE_OVER, {}, PermissionDenied),
        ("visitor", A.TAKE_OVER, {}, PermissionDenied),
        ("department", A.TAKE_OVER, {}, NotFound),
    ],
)
def test_an_illegal_step_is_refused_and_changes_nothing(
    sqlite_db: Database, who: str, action: IncidentAction, values: dict[str, object], refusal: type[Exception]
) -> None:
    street = make_street()
    view = start(street)
    before = get_incident(street.command, view.id, NOW)
    with pytest.raises(refusal):
        act(getattr(street, who), view, action, **values)  # type: ignore[arg-type]
    assert get_incident(street.command, view.id, NOW) == before


def test_who_handled_it_may_not_close_it_even_after_others_did(db: Database) -> None:
    street = make_street()
    view = act(street.secretary, start(street), A.TAKE_OVER)
    view = act(street.secretary, view, A.FEED_BACK, "已处理")
    with pytest.raises(HandlerMayNotVerify):
        act(street.secretary, view, A.CLOSE)
    assert A.CLOSE not in {button.action for button in get_incident(street.secretary, view.id).actions}
    view = act(street.command, view, A.RETURN, "还有两盏没亮")
    view = act(street.leader_a, view, A.FEED_BACK, "补换两盏")
    with pytest.raises(HandlerMayNotVerify):
        act(street.secretary, view, A.CLOSE)
    assert act(street.command, view, A.CLOSE).status is S.CLOSED


def test_the_second_of_two_people_is_told_that_the_record_changed(db: Database) -> None:
    street = make_street()
    seen = start(street)
    act(street.leader_a, seen, A.TAKE_OVER)
    with pytest.raises(IncidentChanged) as refused:
        act(street.command, seen, A.VOID, "重复")
    assert refused.value.values == {"name": "方宁", "action": "case.done.take_over", "time": "03-18 15:32"}
    said = refusal_text("zh_CN", refused.value)
    assert said.startswith("方宁于 03-18 15:32 已操作「接手办理」")
    assert get_incident(street.command, seen.id, NOW).view.status is S.HANDLING


def test_two_at_the_same_moment_one_is_told(db: Database) -> None:
    street = make_street()
    seen = start(street)

    def step(actor: Actor) -> str:
        try:
            return act(actor, seen, A.VOID, "重复").status.value
        except StaleRecord:
            return "stale"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(step, (street.command, street.secretary))) == ["stale", "voided"]
    assert len(get_incident(street.command, seen.id).timeline) == 2


def test_a_button_pressed_twice_does_it_once(db: Database) -> None:
    street = make_street()
    seen = start(street)
    first, again = act(street.leader_a, seen, A.TAKE_OVER), act(street.leader_a, seen, A.TAKE_OVER)
    assert again.version == first.version
    assert len(get_incident(street.command, seen.id).timeline) == 2


def test_each_step_writes_an_audit_entry_with_the_hash_of_its_entry(db: Database) -> None:
    street = make_street()
    view = act(street.leader_a, start(street), A.TAKE_OVER)
    with reading(EVERYWHERE) as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
        incident = session.get(Incident, view.id)
    assert [entry.action for entry in entries] == ["incident.report", "incident.take_over"]
    assert entries[-1].detail == incident.last_hash  # type: ignore[union-attr]


def test_a_wrong_place_is_put_right_and_the_timeline_says_so(db: Database) -> None:
    street = make_street()
    view = start(street, at=OUTSIDE)
    fixed = fix_place(street.command, view.id, view.version, lon=IN_B[0], lat=IN_B[1], note="地图点错了", now=NOW)
    assert (fixed.area_name, fixed.outside, fixed.number, fixed.due_at) == ("学圃格", False, view.number, view.due_at)
    entry = get_incident(street.leader_b, view.id, NOW).timeline[-1]
    assert (entry.note, entry.changes) == ("地图点错了", {"area_from": None, "area_to": "学圃格"})
    assert verify_timelines().findings == []


def test_a_place_is_not_put_right_without_reason_right_or_version(db: Database) -> None:
    street = make_street()
    view = start(street)
    with pytest.raises(ReasonRequired):
        fix_place(street.command, view.id, view.version, lon=IN_B[0], lat=IN_B[1])
    with pytest.raises(PermissionDenied):
        fix_place(street.leader_a, view.id, view.version, lon=IN_B[0], lat=IN_B[1], note="x")
    with pytest.raises(StaleRecord):
        fix_place(street.command, view.id, view.version - 1, lon=IN_B[0], lat=IN_B[1], note="x")


def test_an_incident_moved_out_of_a_secretarys_community_is_moved_all_the_same(db: Database) -> None:
    street = make_street()
    view = start(street)
    moved = fix_place(street.secretary, view.id, view.version, area_id=street.grid_c, note="在归帆格", now=NOW)
    assert moved.area_name == "归帆格"
    with pytest.raises(NotFound):
        get_incident(street.secretary, view.id)


def test_the_contact_is_masked_and_each_look_is_recorded_with_its_reason(db: Database) -> None:
    street = make_street()
    view = start(street, reporter_name="欧阳小满", reporter_phone="13812345678")
    assert (view.reporter, view.has_contact) == ("欧阳** 138****5678", True)
    assert "12345678" not in repr(get_incident(street.command, view.id))
    with pytest.raises(ReasonRequired):
        uncover_contact(street.command, view.id, " ")
    with pytest.raises(PermissionDenied):
        uncover_contact(street.leader_a, view.id, "想问问")
    contact = uncover_contact(street.secretary, view.id, "回访核实")
    assert (contact.name, contact.phone) == ("欧阳小满", "13812345678")
    with reading(EVERYWHERE) as session:
        looks = select(AuditEntry).where(AuditEntry.action == "incident.uncover_contact")
        assert [(e.user_id, e.detail) for e in session.scalars(looks)] == [(street.secretary.user_id, "回访核实")]


def test_two_seven_step_lanes_pass_verification_and_suspension_stops_the_clock(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street()
    use_lane(monkeypatch, "licun", "seven_steps")
    view = start(street, category="litter")  # 4 working hours: due on Thursday at 09:02
    view = act(street.secretary, view, A.CHECK)
    view = act(street.command, view, A.FILE)
    view = act(street.command, view, A.DISPATCH, assignee_id=street.leader_a.user_id)
    view = act(street.leader_a, view, A.TAKE_OVER)
    view = act(
        street.secretary, view, A.SUSPEND, "等待部门施工", **review(street)
    )  # at 15:32: 3 working hours are left
    assert view.symbol is IncidentSymbol.HANDLING
    later = NOW + timedelta(days=2, hours=1)  # Friday 15:32
    view = act_on_incident(street.secretary, view.id, A.RESUME, view.version, now=later)
    # Friday 15:32 to 17:30 are 1:58; the rest of the three hours ends on Monday at 09:32.
    assert view.due_at == NOW.replace(day=23, hour=1, minute=32)
    view = act(street.leader_a, view, A.FEED_BACK, "已清理", photos=(picture(),))
    with pytest.raises(InvalidTransition):
        act(street.command, view, A.CLOSE)
    view = act(street.command, view, A.VERIFY)
    assert act(street.command, view, A.CLOSE).status is S.CLOSED
    assert act(street.command, get_incident(street.command, view.id).view, A.REOPEN, "又堆上了").handler_id is None
    assert verify_timelines().findings == []


@pytest.mark.parametrize("profile", ["wanli", "lanshan", "linfeng", "chengdu", "licun"])
def test_every_profiles_lane_leads_from_the_report_to_the_close(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    street = make_street()
    use_lane(monkeypatch, profile)
    loaded = installations.current_profile()
    view = start(street, category=next(iter(loaded.classes)), source=loaded.sources[0].key)
    view = act(street.leader_a, view, A.TAKE_OVER)
    view = act(street.leader_a, view, A.FEED_BACK, "办好了", photos=(picture(),))
    assert act(street.secretary, view, A.CLOSE).status is S.CLOSED


def test_a_call_goes_from_the_grid_over_the_street_to_a_department(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """蓉: 网格呼叫—镇街处置—部门报到."""
    street = make_street()
    use_lane(monkeypatch, "chengdu")
    view = start(street, source=installations.current_profile().sources[0].key)
    view = act(street.leader_a, view, A.CALL, "网格处理不了，请街道协调")
    assert [assignee.name for assignee in list_assignees(street.command, view.id)] == ["城管中队"]
    view = act(street.command, view, A.DISPATCH, assignee_id=street.department.user_id)
    view = act(street.department, view, A.REPORT_IN)
    view = act(street.department, view, A.FEED_BACK, "已处置")
    assert act(street.secretary, view, A.CLOSE).status is S.CLOSED


def test_photos_of_a_report_are_the_ones_before(db: Database) -> None:
    street = make_street()
    view = start(street, photos=(picture(),))
    assert [photo.stage for photo in get_incident(street.command, view.id).photos] == ["before"]
    assert (view.lon, view.lat) == IN_A
