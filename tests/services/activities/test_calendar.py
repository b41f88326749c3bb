"""Planning activities: rules, refusals, lists, the calendar; on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.models import AuditEntry
from db.session import Database
from domain.activities import ActivityOver, ActivityStatus, AttendanceStatus, InvalidActivityTime
from domain.assignments import AreaNotValidThen
from domain.errors import InvalidText, NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Role
from services.activities.calendar import (
    ActivityFilter,
    count_activities,
    get_activity,
    list_activities_on,
    list_clashes,
    list_month,
    list_upcoming_activities,
)
from services.activities.plans import (
    ActivityForm,
    ActivityOutsideScope,
    CapacityBelowTaken,
    StationNotOpenThen,
    cancel_activity,
    edit_activity,
    plan_activity,
)
from services.system.installations import current_profile
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_person,
    make_station,
    make_team,
    make_user,
    make_volunteer,
)

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


def form(**values: object) -> ActivityForm:
    given = {
        "title": "楼道清扫", "kind": current_profile().activity_kinds[0].key, "place": "平安小区",
        "starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=1, hours=2),
    } | values  # fmt: skip
    return ActivityForm(**given)  # type: ignore[arg-type]


def test_activity_is_planned_once_when_the_form_is_sent_twice(db: Database) -> None:
    actor = make_user(Role.COMMAND_CENTRE)
    first = plan_activity(actor, form(title="  楼道   清扫 "), "key-1", NOW)
    again = plan_activity(actor, form(title="楼道清扫"), "key-1", NOW)
    assert first.id == again.id
    assert first.title == "楼道 清扫"
    assert plan_activity(actor, form(), "key-2", NOW).id != first.id
    assert count_activities(actor, NOW, NOW + timedelta(days=2)) == 2
    with db.reading(EVERYWHERE) as session:
        assert {entry.action for entry in session.query(AuditEntry)} == {"plan"}


def test_plan_is_refused_when_something_is_wrong(db: Database) -> None:
    street = make_area("街道", level="street")
    grid = make_area("新网格", parent=street, valid_from=date(2027, 1, 1))
    closed = make_station("旧站", valid_to=date(2026, 1, 1))
    actor = make_user(Role.COMMAND_CENTRE)
    later = NOW + timedelta(days=1)
    wrong = [
        (InvalidText, {"title": " "}),
        (InvalidText, {"title": "义" * 121}),
        (InvalidText, {"description": "a\x00b"}),
        (InvalidText, {"place": ""}),
        (InvalidActivityTime, {"ends_at": later}),
        (InvalidActivityTime, {"ends_at": later - timedelta(minutes=1)}),
        (InvalidActivityTime, {"ends_at": later + timedelta(hours=25)}),
        (InvalidActivityTime, {"capacity": -3}),
        (NotFound, {"kind": "no_such_kind"}),
        (NotFound, {"station_id": 999}),
        (NotFound, {"team_id": 999}),
        (NotFound, {"area_id": 999}),
        (StationNotOpenThen, {"station_id": closed}),
        (AreaNotValidThen, {"area_id": grid}),
    ]
    for number, (refusal, values) in enumerate(wrong):
        with pytest.raises(refusal):
            plan_activity(actor, form(**values), f"wrong-{number}", NOW)
    assert list_upcoming_activities(actor, now=NOW) == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "${7*7}", "</script>"])
def test_markup_is_kept_as_text_when_it_is_typed(db: Database, text: str) -> None:
    made = plan_activity(make_user(), form(title=text, place=text, description=text), "k", NOW)
    assert (made.title, made.place, made.description) == (text, text, text)


def test_only_planners_plan_and_only_for_their_own_area(db: Database) -> None:
    street = make_area("街道", level="street")
    own, foreign = make_area("一格", parent=street), make_area("二格", parent=street)
    station = make_station(area_id=foreign)
    leader = make_user(Role.GRID_LEADER, area=own)
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        with pytest.raises(PermissionDenied):
            plan_activity(make_user(role, area=own), form(), "k", NOW)
    with pytest.raises(ActivityOutsideScope):
        plan_activity(leader, form(area_id=foreign), "k", NOW)
    with pytest.raises(ActivityOutsideScope):
        plan_activity(make_user(Role.GRID_LEADER), form(), "k", NOW)
    # A hall in the neighbours' grid may be used; the activity is still held for one's own.
    assert plan_activity(leader, form(station_id=station), "k", NOW).area_id == own
    assert plan_activity(make_user(Role.COMMAND_CENTRE), form(station_id=station), "k2", NOW).area_id == foreign
    assert plan_activity(make_user(Role.COMMAND_CENTRE), form(), "k3", NOW).area_id is None


def test_edit_is_refused_when_the_record_is_stale_or_foreign_or_over(db: Database) -> None:
    street = make_area("街道", level="street")
    own, foreign = make_area("一格", parent=street), make_area("二格", parent=street)
    leader, other = make_user(Role.GRID_LEADER, area=own), make_user(Role.GRID_LEADER, area=foreign)
    made = plan_activity(leader, form(), "k", NOW)
    changed = edit_activity(leader, made.id, form(title="新名字"), made.version, NOW)
    assert changed.title == "新名字"
    with pytest.raises(StaleRecord):
        edit_activity(leader, made.id, form(title="旧的"), made.version, NOW)
    with pytest.raises(ActivityOutsideScope):
        edit_activity(other, made.id, form(), changed.version, NOW)
    with pytest.raises(ActivityOver):
        edit_activity(leader, made.id, form(), changed.version, NOW + timedelta(days=3))
    assert get_activity(leader, made.id, NOW).title == "新名字"
    assert not get_activity(other, made.id, NOW).may_edit


def test_places_cannot_be_cut_below_those_taken(db: Database) -> None:
    actor = make_user()
    made = plan_activity(actor, form(capacity=5), "k", NOW)
    for name in ("张安", "李平"):
        make_attendance(made.id, make_volunteer(name))
    with pytest.raises(CapacityBelowTaken):
        edit_activity(actor, made.id, form(capacity=1), made.version, NOW)
    view = edit_activity(actor, made.id, form(capacity=2), made.version, NOW)
    assert (view.signed_up, view.free) == (2, 0)


def test_cancelling_needs_a_reason_and_happens_once(db: Database) -> None:
    actor = make_user()
    made = plan_activity(actor, form(), "k", NOW)
    with pytest.raises(InvalidText):
        cancel_activity(actor, made.id, "  ", made.version, NOW)
    view = cancel_activity(actor, made.id, "下雨", made.version, NOW)
    assert (view.status, view.cancel_reason) == (ActivityStatus.CANCELLED, "下雨")
    with pytest.raises(ActivityOver):
        cancel_activity(actor, made.id, "再一次", view.version, NOW)
    assert list_upcoming_activities(actor, now=NOW) == []
    assert [one.id for one in list_activities_on(actor, date(2026, 3, 19), now=NOW)] == [made.id]


def test_a_clash_is_said_when_the_station_is_taken(db: Database) -> None:
    actor, station, other = make_user(), make_station(), make_station("议事厅")
    made = plan_activity(actor, form(station_id=station), "k", NOW)
    start, end = made.starts_at, made.ends_at
    assert [row.id for row in list_clashes(actor, station, start + timedelta(hours=1), end + timedelta(hours=1))] == [
        made.id
    ]
    assert list_clashes(actor, station, end, end + timedelta(hours=1)) == []
    assert list_clashes(actor, other, start, end) == []
    assert list_clashes(actor, station, start, end, without=made.id) == []
    cancel_activity(actor, made.id, "停电", made.version, NOW)
    assert list_clashes(actor, station, start, end) == []


def test_an_evening_stays_on_its_shanghai_day(db: Database) -> None:
    actor = make_user()
    late = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)  # 23:30 on the 31st
    make_activity("夜巡", starts_at=late, kind="patrol")
    make_activity("夜巡", starts_at=late + timedelta(hours=1), kind="patrol")  # 00:30 on the 1st
    march, april = list_month(actor, date(2026, 3, 10)), list_month(actor, date(2026, 4, 30))
    assert {day: mark.total for day, mark in march.items()} == {date(2026, 3, 31): 1}
    assert {day: mark.total for day, mark in april.items()} == {date(2026, 4, 1): 1}
    assert len(list_activities_on(actor, date(2026, 3, 31))) == 1


def test_calendar_counts_by_kind_and_marks_ones_own_days(db: Database) -> None:
    person = make_person("张安")
    actor, me = make_user(Role.VOLUNTEER, person=person), make_volunteer(person=person)
    first, second, gone = (
        make_activity("甲", starts_at=NOW, kind="patrol"),
        make_activity("乙", starts_at=NOW + timedelta(hours=1), kind="patrol"),
        make_activity("丙", starts_at=NOW + timedelta(days=1), kind="patrol"),
    )
    make_activity("丁", starts_at=NOW, kind="care", cancelled_at=NOW)
    make_attendance(first, me)
    make_attendance(gone, me, cancelled_at=NOW)
    make_attendance(second, make_volunteer("李平"))
    month = list_month(actor, date(2026, 3, 1))
    assert month[date(2026, 3, 18)].kinds == {"patrol": 2}
    assert [day for day, mark in month.items() if mark.mine] == [date(2026, 3, 18)]
    december = list_month(actor, date(2026, 12, 31))
    assert december == {}


def test_lists_follow_their_filter(db: Database) -> None:
    street = make_area("街道", level="street")
    one, two = make_area("一格", parent=street), make_area("二格", parent=street)
    team, person = make_team(), make_person("张安")
    me, actor = make_volunteer(person=person), make_user(Role.VOLUNTEER, person=person)
    first = make_activity("甲", starts_at=NOW + timedelta(hours=5), area_id=one, kind="patrol", team_id=team)
    second = make_activity("乙", starts_at=NOW + timedelta(hours=1), area_id=two, kind="care")
    make_activity("过去", starts_at=NOW - timedelta(hours=5))
    running = make_activity("正在", starts_at=NOW - timedelta(hours=1), kind="care")
    make_attendance(first, me)
    with db.reading(EVERYWHERE) as session:
        from db.models import Area

        path = session.get_one(Area, one).path

    def ids(which: ActivityFilter) -> list[int]:
        return [row.id for row in list_upcoming_activities(actor, which, now=NOW)]

    assert ids(ActivityFilter()) == [running, second, first]
    assert ids(ActivityFilter(kind="care")) == [running, second]
    assert ids(ActivityFilter(team_id=team)) == [first]
    assert ids(ActivityFilter(area_path=path)) == [first]
    assert ids(ActivityFilter(person_id=person)) == [first]
    shown = {row.id: row.mine for row in list_upcoming_activities(actor, now=NOW)}
    assert shown == {running: None, second: None, first: AttendanceStatus.SIGNED_UP}
    assert list_upcoming_activities(actor, now=NOW)[0].status is ActivityStatus.RUNNING
