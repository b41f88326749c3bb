"""What a later file may not do (feature N1, decision 0141): close or hurry a moved case, wipe what it leaves out."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from db.models import Incident
from db.session import Database
from domain.calendars import CalendarDay, CalendarEdit
from domain.incidents import IncidentAction as A
from domain.whistles import WhistleReason
from services.clocks.calendar_edits import edit_calendar
from services.incidents.actions import act_on_incident
from services.incidents.links import link_incident
from services.lists.files import ListFormat, harmless, without_guard
from services.orders.refusals import refused_rows_file
from services.whistles.calls import blow_whistle
from tests.incident_town import IN_A, NOW, Street, make_street
from tests.services.orders.test_importing import WGS84, actions, cases, csv_of, imported, plan, row, sound

CLOSED: dict[str, Any] = {"status": "已办结", "closed": "2026-03-03 09:00"}
LATER = NOW + timedelta(hours=1)


def act(street: Street, action: A, note: str = "") -> None:
    case = cases()["GD1"]
    act_on_incident(street.command, case.id, action, case.version, note, now=NOW)


def note(street: Street) -> None:
    act(street, A.ADD_NOTE, "已联系来电人")


def send_back(street: Street) -> None:
    case = cases()["GD1"]
    act_on_incident(street.secretary, case.id, A.CHECK, case.version, now=NOW)
    act(street, A.FILE)
    act(street, A.RETURN, "不属实")


def whistle(street: Street) -> None:
    blow_whistle(street.command, cases()["GD1"].id, WhistleReason.EMERGENCY, [street.department.user_id], now=NOW)


def link(street: Street) -> None:
    first, second = cases()["GD1"], cases()["GD2"]
    link_incident(street.command, first.id, first.version, second.number, "同一件事", NOW)


def link_to_it(street: Street) -> None:
    first, second = cases()["GD1"], cases()["GD2"]
    link_incident(street.command, second.id, second.version, first.number, "同一件事", NOW)


@pytest.mark.parametrize("move", [note, send_back, whistle, link, link_to_it])
def test_a_case_that_somebody_moved_and_that_stands_at_the_start_is_a_conflict(
    sqlite_db: Database, move: Callable[[Street], None]
) -> None:
    street = make_street()
    imported(csv_of(row("GD1"), row("GD2")))
    move(street)
    before = cases()["GD1"]
    assert before.status == "reported"
    report = imported(csv_of(row("GD1", kind="路灯不亮", **CLOSED)), now=LATER)
    assert (report.updated, report.closed, report.conflicts) == (1, 0, (before.number,))
    after = cases()["GD1"]
    assert (after.status, after.closed_at, after.due_at) == ("reported", None, before.due_at)
    assert after.category == "street_light"
    assert sound()


def test_a_case_that_was_reopened_is_not_closed_by_its_source(sqlite_db: Database) -> None:
    street = make_street()
    imported(csv_of(row("GD1", status="已办结", closed="2026-03-10 09:00")))
    act(street, A.REOPEN, "又堆上了")
    number = cases()["GD1"].number
    report = imported(csv_of(row("GD1", answer="已清理", **CLOSED)), now=LATER)
    assert (report.closed, report.conflicts, cases()["GD1"].closed_at) == (0, (number,), None)
    assert actions("GD1") == ["report", "feed_back", "close", "reopen", "update"]
    assert sound()


def test_an_untouched_case_is_updated_twice_and_then_closed(sqlite_db: Database) -> None:
    make_street()
    for content in ("甲", "乙"):
        imported(csv_of(row("GD1", content=content)))
    report = imported(csv_of(row("GD1", content="乙", **CLOSED)), now=LATER)
    assert (report.closed, report.conflicts, cases()["GD1"].status) == (1, (), "closed")
    assert sound()


def test_no_case_is_closed_before_it_was_reported(sqlite_db: Database) -> None:
    make_street()
    imported(csv_of(row("GD1", at="2026-03-05 09:00")))
    report = imported(csv_of(row("GD1", at="2026-03-01 09:00", **CLOSED)), now=LATER)
    assert (report.closed, report.conflicts) == (0, (cases()["GD1"].number,))


def told(case: Incident) -> tuple[object, ...]:
    return (case.title, case.place, case.lon, case.lat, case.area_id, case.reporter_name, case.reporter_phone,
            case.category, case.due_at)  # fmt: skip


def test_what_a_later_file_has_no_column_for_stays(sqlite_db: Database) -> None:
    make_street()
    whole = csv_of(row("GD1"))
    imported(whole)
    before = told(cases()["GD1"])
    short = "工单编号,来电时间,工单状态\nGD1,2026-03-01 09:00,办理中".encode()
    assert imported(short).unchanged == 1
    closing = "工单编号,来电时间,工单状态,办结时间\nGD1,2026-03-01 09:00,已办结,2026-03-03".encode()
    assert [one.parts for one in plan(closing).changed] == [("ending",)]
    assert imported(closing).closed == 1
    assert told(cases()["GD1"]) == before
    assert [one.parts for one in plan(whole).changed] == [("ending",)]  # the marks of the other parts are kept
    new = csv_of(row("GD1", who="李安,13912345679", place="书院弄3号", **CLOSED))
    assert [one.parts for one in plan(new).changed] == [("place", "reporter", "ending")]


def test_contact_and_coordinates_are_not_written_over_with_nothing(sqlite_db: Database) -> None:
    make_street()
    imported(csv_of(row("GD1")))
    area = cases()["GD1"].area_id
    imported(csv_of(row("GD1", place="书院弄2号", where=None, who="李安,")))
    case = cases()["GD1"]
    assert (case.place, case.lon, case.lat, case.area_id) == ("书院弄2号", *IN_A, area)
    assert (case.reporter_name, case.reporter_phone) == ("李安", "13912345678")
    assert imported(csv_of(row("GD1", place="", where=None, who=","))).unchanged == 1
    assert cases()["GD1"].place == "书院弄2号"


def test_a_contact_that_comes_later_is_taken(sqlite_db: Database) -> None:
    make_street()
    imported("工单编号,来电时间\nGD1,2026-03-01 09:00".encode())
    imported(csv_of(row("GD1")))
    case = cases()["GD1"]
    assert (case.reporter_phone, case.place, case.lon) == ("13912345678", "书院弄1号", IN_A[0])


@pytest.mark.parametrize("format", list(ListFormat))
def test_refused_rows_come_in_again_as_they_were(sqlite_db: Database, format: ListFormat) -> None:
    make_street()
    lines = [row("GD1", content="-堆物", place="@书院弄", where=(-87.6, -41.8), at=at, who="=安,+8613912345678")
             for at in ("2027-01-01", "2026-03-01 09:00")]  # fmt: skip
    raw = refused_rows_file(plan(csv_of(lines[0])), "zh_CN", format)
    right = plan(csv_of(lines[1]), WGS84).orders[0]
    again = plan(raw, WGS84, f"退回.{format.value}", NOW + timedelta(days=365)).orders[0]
    for name in ("description", "place", "lon", "lat", "reporter_name", "reporter_phone", "title"):
        assert getattr(again, name) == getattr(right, name), name
    assert again.lon == -87.6


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "＝1", "a", "", "'a'", "'"])
def test_the_guard_comes_off_again(text: str) -> None:
    assert without_guard(harmless(text)) == text


def test_a_file_without_a_class_changes_urgency_and_deadline_and_keeps_the_class(sqlite_db: Database) -> None:
    make_street()
    imported(csv_of(row("GD1", kind="路灯不亮")))
    before = cases()["GD1"]
    urgent = "工单编号,来电时间,紧急程度\nGD1,2026-03-01 09:00,紧急".encode()
    assert imported(urgent).updated == 1
    after = cases()["GD1"]
    assert (after.category, after.urgency, after.dictionary_version) == ("street_light", "urgent", 1)
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at < before.due_at
    due = "工单编号,来电时间,办理期限\nGD1,2026-03-01 09:00,2026-03-09 18:00".encode()
    imported(due)
    last = cases()["GD1"]
    assert (last.category, last.urgency) == ("street_light", "urgent")
    assert last.due_at == NOW.replace(day=9, hour=10, minute=0)
    assert sound()


def test_an_empty_class_keeps_class_and_deadline(sqlite_db: Database) -> None:
    make_street()
    imported(csv_of(row("GD1", kind="路灯不亮")))
    before = told(cases()["GD1"])
    assert imported(csv_of(row("GD1", kind=""))).unchanged == 1
    assert told(cases()["GD1"]) == before


def test_a_deadline_counted_anew_is_not_taken_for_somebody_s_step(sqlite_db: Database) -> None:
    street = make_street()
    imported(csv_of(row("GD1", at="2026-03-17 09:00")))
    before = cases()["GD1"].due_at
    storm = CalendarEdit(put=tuple(CalendarDay(date(2026, 3, day), False, "台风停工") for day in (18, 19)))
    edit_calendar(street.administrator, storm, 1, "停工通知", NOW)
    assert cases()["GD1"].due_at != before
    assert actions("GD1") == ["report", "recount"]
    report = imported(csv_of(row("GD1", at="2026-03-17 09:00", status="已办结", closed="2026-03-17 12:00")), now=LATER)
    assert (report.closed, report.conflicts) == (1, ())
    assert sound()


def test_a_conflict_is_named_again_until_one_of_the_two_changes(sqlite_db: Database) -> None:
    street = make_street()
    imported(csv_of(row("GD1")))
    note(street)
    closing, number = csv_of(row("GD1", **CLOSED)), cases()["GD1"].number
    for _ in range(2):
        assert imported(closing, now=LATER).conflicts == (number,)
    assert actions("GD1") == ["report", "add_note", "update"]
    act(street, A.VOID, "重复")
    assert imported(closing, now=LATER).conflicts == ()


def test_an_unreadable_phone_leaves_the_one_that_is_there(sqlite_db: Database) -> None:
    make_street()
    imported(csv_of(row("GD1")))
    found = plan(csv_of(row("GD1", who="李安,电话不详")))
    assert "orders.warning.bad_phone" in {warning.code for warning in found.warnings}
    imported(csv_of(row("GD1", who="李安,电话不详")))
    case = cases()["GD1"]
    assert (case.reporter_name, case.reporter_phone) == ("李安", "13912345678")
