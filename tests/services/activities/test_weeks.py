"""The weekly plan of a station and of an area, and its file."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from db.models import AuditEntry
from db.queries.areas import AreaFilter, AreaRow, list_areas
from db.session import Database, reading, transaction
from domain.area_changes import ChangeKind
from domain.clock import from_local
from domain.errors import NotFound, PermissionDenied
from domain.permissions import EVERYWHERE, Role
from services.activities.calendar import ActivityFilter
from services.activities.weeks import NO_ROOM, get_week
from services.areas.change_plan import ChangeForm
from services.areas.changes import apply_change, plan_change
from services.clocks.calendars import fill_calendar
from services.lists import exports
from services.lists.files import ListFormat
from services.lists.week_exports import export_activities, export_week
from tests.factories import make_activity, make_area, make_room, make_station, make_user
from tests.incident_town import NOW as SPLIT_AT
from tests.incident_town import make_street

MONDAY = date(2026, 9, 28)  # National Day is its Thursday


def at(day: int, clock: int) -> object:
    return from_local(MONDAY + timedelta(days=day), time(clock))


def test_a_station_with_rooms_is_shown_by_rooms(db: Database) -> None:
    with transaction(EVERYWHERE) as session:
        fill_calendar(session, from_local(MONDAY, time(9)))
    station = make_station("邻里中心")
    hall = make_room(station, "多功能厅")
    make_room(station, "旧室", valid_to=MONDAY)
    sung = make_activity("合唱", station_id=station, room_id=hall, starts_at=at(0, 19))
    told = make_activity("故事会", station_id=station, starts_at=at(0, 9))
    make_activity("取消的", station_id=station, starts_at=at(1, 9), cancelled_at=at(0, 9))
    make_activity("下周", station_id=station, starts_at=at(7, 0))
    plan = get_week(make_user(Role.VISITOR), MONDAY + timedelta(days=6), station_id=station)
    assert (plan.monday, plan.name, plan.by_rooms) == (MONDAY, "邻里中心", True)
    assert [(one.key, one.name) for one in plan.columns] == [(hall, "多功能厅"), (NO_ROOM, "")]
    assert {key: [one.id for one in cell] for key, cell in plan.cells.items()} == {
        (MONDAY, hall): [sung], (MONDAY, NO_ROOM): [told]
    }  # fmt: skip
    assert [one.title for one in plan.activities] == ["故事会", "合唱"]
    assert MONDAY + timedelta(days=3) in plan.days_off
    assert len(plan.days) == 7


def test_an_area_is_shown_by_parts_of_the_day_with_all_that_lies_in_it(db: Database) -> None:
    street = make_area("街道", level="street")
    grid, other = make_area("一格", parent=street), make_area("二格", parent=street)
    make_activity("晨练", area_id=grid, starts_at=at(2, 11))
    make_activity("茶话会", area_id=grid, starts_at=at(2, 12))
    make_activity("夜话", area_id=other, starts_at=at(2, 18))
    actor, day = make_user(Role.VISITOR), MONDAY + timedelta(days=2)
    plan = get_week(actor, MONDAY, area_id=grid)
    assert not plan.by_rooms
    assert sorted(plan.cells) == [(day, 0), (day, 1)]
    assert sorted(get_week(actor, MONDAY, area_id=street).cells) == [(day, 0), (day, 1), (day, 2)]
    for missing in ({"area_id": 99}, {"station_id": 99}, {}):
        with pytest.raises(NotFound):
            get_week(actor, MONDAY, **missing)


def test_the_week_goes_out_as_a_file_for_those_who_may(db: Database) -> None:
    station = make_station("邻里中心")
    room = make_room(station, "多功能厅")
    make_activity("=合唱", kind="gone", station_id=station, room_id=room, starts_at=at(0, 19), capacity=20)
    content = export_week(make_user(), MONDAY, ListFormat.CSV, "zh_CN", station_id=station).decode("utf-8-sig")
    assert "2026-09-28,19:00,21:00,'=合唱,gone,邻里中心,多功能厅,,,20,0" in content
    with pytest.raises(PermissionDenied):
        export_week(make_user(Role.VISITOR), MONDAY, ListFormat.CSV, "zh_CN", station_id=station)


def test_the_list_of_activities_goes_out_as_it_is_filtered(db: Database) -> None:
    street = make_area("街道", level="street")
    grid, other = make_area("一格", parent=street), make_area("二格", parent=street)
    make_activity("=合唱 13912345678", kind="gone", area_id=grid, starts_at=at(0, 19), capacity=20)
    make_activity("取消的", kind="gone", area_id=grid, starts_at=at(0, 9), cancelled_at=at(0, 8))
    make_activity("别处的", kind="gone", area_id=other, starts_at=at(1, 9))
    for number in range(25):  # more than the page lists
        make_activity(f"活动 {number}", kind="other", area_id=grid, starts_at=at(2, 9))
    actor, now = make_user(), at(0, 7)

    def listed(which: ActivityFilter, day: date | None = None, language: str = "zh_CN") -> list[str]:
        raw = export_activities(actor, which, ListFormat.CSV, language, day=day, now=now)
        return raw.decode("utf-8-sig").splitlines()[1:]

    assert len(listed(ActivityFilter())) == 27
    assert len(listed(ActivityFilter(kind="other"))) == 25
    assert [line.split(",")[3] for line in listed(ActivityFilter(kind="gone", area_path=f"/{street}/{other}/"))] == [
        "别处的"
    ]
    assert listed(ActivityFilter(), MONDAY) == [
        "2026-09-28,09:00,11:00,取消的,gone,,,一格,,,0,0,0,已取消",
        "2026-09-28,19:00,21:00,'=合唱 139****5678,gone,,,一格,,20,0,0,0,未开始",
    ]
    assert listed(ActivityFilter(), MONDAY, "en")[0].endswith(",Called off")


def test_the_list_of_activities_asks_for_the_right_and_is_on_record(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_activity("合唱", starts_at=at(0, 19))
    for role in (Role.VISITOR, Role.VOLUNTEER):
        with pytest.raises(PermissionDenied):
            export_activities(make_user(role), ActivityFilter(), ListFormat.CSV, "zh_CN", day=MONDAY)
    actor = make_user()
    export_activities(actor, ActivityFilter(), ListFormat.XLSX, "zh_CN", day=MONDAY)
    with reading(EVERYWHERE) as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.export"))
    assert (entry.user_id, entry.subject, entry.detail) == (actor.user_id, "activities", "xlsx 1")
    monkeypatch.setattr(exports, "MOST", 0)
    with pytest.raises(exports.ListTooLong):
        export_activities(actor, ActivityFilter(), ListFormat.CSV, "zh_CN", day=MONDAY)


def test_a_grid_shows_what_was_held_in_those_that_it_came_of(db: Database) -> None:
    street = make_street()
    held, plan_at = from_local(date(2026, 3, 11), time(9)), SPLIT_AT - timedelta(days=1)
    make_activity("分格前", area_id=street.grid_a, starts_at=held)
    make_activity("邻格", area_id=street.grid_c, starts_at=held)
    cut = (((112.405, 34.59), (112.405, 34.62)),)
    split = ChangeForm(ChangeKind.SPLIT, (street.grid_a,), date(2026, 3, 17), "户数超标", lines=cut, heir=0)
    apply_change(street.administrator, split, plan_change(street.administrator, split, plan_at).digest, plan_at)
    areas = {one.name: one.id for one in list_areas_of(date(2026, 3, 18))}
    merger = ChangeForm(ChangeKind.MERGE, (areas["书院格二"], street.grid_b), date(2026, 3, 18), "户数不足", heir=0)
    apply_change(street.administrator, merger, plan_change(street.administrator, merger, SPLIT_AT).digest, SPLIT_AT)
    for one in list_areas_of(date(2026, 3, 19)):
        titles = [found.title for found in get_week(street.visitor, date(2026, 3, 11), area_id=one.id).activities]
        assert titles == (["邻格"] if one.name == "归帆格" else ["分格前"]), one.name
    assert len(get_week(street.visitor, date(2026, 3, 11), area_id=street.community).activities) == 1


def list_areas_of(day: date) -> list[AreaRow]:
    with reading(EVERYWHERE) as session:
        return list_areas(session, AreaFilter(level="grid", day=day))
