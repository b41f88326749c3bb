"""Work orders of other systems become cases (feature N1): the key, the refusals, what a second file changes."""

import gzip
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from db.models import AuditEntry, Incident, IncidentEvent
from db.session import Database, reading
from domain.courses import Course, course_after
from domain.errors import PermissionDenied
from domain.incidents import IncidentAction
from domain.incidents import IncidentStatus as S
from domain.orders import Ending
from domain.permissions import EVERYWHERE, SYSTEM
from services.areas import applying as area_apply
from services.areas import importing as area_import
from services.areas.plan import ImportChoices
from services.incidents.actions import act_on_incident
from services.lists.cells import UnknownField
from services.orders.importing import apply_order_import, plan_order_import
from services.orders.mapping import BadMapping, MapsNothing, MissingColumn, OrderMapping, mapping_of, parse_mapping
from services.orders.plan import Order, OrderChoices, OrderPlan, OrderReport, PlaceholdersUnsure
from services.orders.refusals import refused_rows_file
from services.orders.writes import end_of, ending_steps, report_detail
from services.system.retention import purge_contacts
from services.timelines.bulk import chained, step_of
from services.timelines.checks import verify_timelines
from services.timelines.entries import TimelineEntry, chain_entry, detail_text
from tests.incident_town import IN_A, IN_B, NOW, OUTSIDE, make_street

HEAD = "工单编号,来电时间,主要内容,三级分类,工单状态,办结时间,详细地址,经度,纬度,来电人,来电人电话/账号,办理结果"
WGS84 = OrderChoices(datum="wgs84")


def row(
    number: str = "GD1", at: str = "2026-03-01 09:00", content: str = "楼道堆物", kind: str = "楼道堆物",
    status: str = "办理中", closed: str = "", place: str = "书院弄1号", where: tuple[float, float] | None = IN_A,
    who: str = "张安,13912345678", answer: str = "",
) -> str:  # fmt: skip
    """One line of a file."""
    lon, lat = where or ("", "")
    return f"{number},{at},{content},{kind},{status},{closed},{place},{lon},{lat},{who},{answer}"


def csv_of(*rows: str, encoding: str = "utf-8", above: str = "") -> bytes:
    return "\n".join([*([above] if above else []), HEAD, *rows]).encode(encoding)


def plan(raw: bytes, choices: OrderChoices = WGS84, name: str = "工单.csv", now: datetime = NOW) -> OrderPlan:
    return plan_order_import(SYSTEM, name, raw, choices, now)


def imported(raw: bytes, choices: OrderChoices = WGS84, name: str = "工单.csv", now: datetime = NOW) -> OrderReport:
    return apply_order_import(SYSTEM, plan(raw, choices, name, now), now)


def cases() -> dict[str, Incident]:
    with reading(EVERYWHERE) as session:
        return {case.external_number or "": case for case in session.scalars(select(Incident))}


def actions(number: str) -> list[str]:
    with reading(EVERYWHERE) as session:
        found = select(IncidentEvent.action).where(IncidentEvent.incident_id == cases()[number].id)
        return list(session.scalars(found.order_by(IncidentEvent.sequence)))


def sound() -> bool:
    return verify_timelines().findings == []


def test_work_orders_become_cases_with_the_history_their_file_tells(db: Database) -> None:
    street = make_street()
    raw = csv_of(
        row("GD1"),
        row("GD2", status="已办结", closed="2026/3/2 10:00", answer="已清理。", where=IN_B),
        row("GD3", where=None),
        row("GD4", where=OUTSIDE, status="作废", closed="2026年3月1日12时"),
        encoding="gb18030",
        above="2026年3月12345工单（内部资料）",
    )  # fmt: skip
    found = plan(raw)
    assert (found.read, found.created, found.without_place, found.outside) == (4, 4, 1, 1)
    assert apply_order_import(SYSTEM, found, NOW) == OrderReport(created=4)
    present = cases()
    first, second = present["GD1"], present["GD2"]
    assert (first.status, first.area_id, first.source, first.lane) == (
        "reported", street.grid_a, "hotline_12345", "seven_steps",
    )  # fmt: skip
    assert first.reported_at == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert first.number == "QT-20260301-0001"
    assert first.due_at is not None
    assert first.category == "stairwell_clutter"
    assert (first.reporter_name, first.reporter_phone) == ("张安", "13912345678")
    assert (second.status, second.area_id) == ("closed", street.grid_b)
    assert second.closed_at == second.answered_at == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert (present["GD3"].lon, present["GD3"].area_id, present["GD3"].level) == (None, None, "street")
    assert (present["GD4"].lon, present["GD4"].area_id, present["GD4"].status) == (OUTSIDE[0], None, "voided")
    assert actions("GD1") == ["report"]
    assert actions("GD2") == ["report", "feed_back", "close"]
    assert actions("GD4") == ["report", "void"]
    assert sound()


def test_the_same_file_twice_adds_nothing(db: Database) -> None:
    make_street()
    raw = csv_of(row("GD1"), row("GD2", status="已办结", closed="2026-03-02"))
    imported(raw)
    again = plan(raw)
    assert (again.created, list(again.changed), again.unchanged) == (0, [], 2)
    assert apply_order_import(SYSTEM, again, NOW) == OrderReport(unchanged=2)
    assert actions("GD1") == ["report"]


def test_an_import_says_how_far_it_is(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    make_street()
    steps: list[tuple[str, int, int]] = []

    def told(step: str, done: int, total: int) -> None:
        steps.append((step, done, total))

    monkeypatch.setattr("services.orders.importing.PORTION", 2)
    found = plan_order_import(SYSTEM, "工单.csv", csv_of(row("GD1"), row("GD2"), row("GD3")), WGS84, NOW, told)
    assert steps[0][0] == "read"
    before = len(steps)
    apply_order_import(SYSTEM, found, NOW, told)
    assert steps[before:] == [("write", 0, 3), ("write", 2, 3), ("write", 3, 3)]
    assert len(cases()) == 3


def test_a_changed_row_updates_what_changed_and_says_so(db: Database) -> None:
    street = make_street()
    imported(csv_of(row("GD1"), row("GD2")))
    act_on_incident(street.command, cases()["GD2"].id, IncidentAction.VOID, 1, "重复", now=NOW)
    raw = csv_of(row("GD1", content="楼道堆物，已堵门", status="已办结", closed="2026-03-03 09:00"),
                 row("GD2", place="书院弄2号", status="已办结", closed="2026-03-03 09:00"))  # fmt: skip
    found = plan(raw)
    assert [(one.number, one.parts) for one in found.changed] == [
        ("GD1", ("words", "ending")),
        ("GD2", ("place", "ending")),
    ]
    report = apply_order_import(SYSTEM, found, NOW)
    assert (report.updated, report.closed, report.conflicts) == (2, 1, ())
    first, second = cases()["GD1"], cases()["GD2"]
    assert (first.description, first.status, first.version) == ("楼道堆物，已堵门", "closed", 2)
    assert actions("GD1") == ["report", "update", "feed_back", "close"]
    assert (second.place, second.status) == ("书院弄2号", "voided")
    assert actions("GD2") == ["report", "void", "update"]
    assert sound()


def test_what_the_street_put_right_stays_where_the_file_says_nothing_new(db: Database) -> None:
    make_street()
    imported(csv_of(row("GD1")))
    with db.transaction(EVERYWHERE) as session:
        session.scalars(select(Incident)).one().place = "书院弄10号"
    imported(csv_of(row("GD1", content="又来电催办")))
    assert (cases()["GD1"].place, cases()["GD1"].description) == ("书院弄10号", "又来电催办")


def test_a_case_in_hand_here_is_not_closed_by_a_file(db: Database) -> None:
    street = make_street()
    imported(csv_of(row("GD1")))
    case = cases()["GD1"]
    act_on_incident(street.secretary, case.id, IncidentAction.CHECK, case.version, now=NOW)
    report = imported(csv_of(row("GD1", status="已办结", closed="2026-03-03")))
    assert (report.updated, report.closed, report.conflicts) == (1, 0, (case.number,))
    assert cases()["GD1"].status == "checked"
    assert sound()


def test_a_number_twice_in_a_file_is_one_case_as_its_last_row_says(db: Database) -> None:
    make_street()
    found = plan(csv_of(row("GD1", content="甲"), row("GD2"), row("GD1", content="乙")))
    assert (found.read, found.created, found.duplicates) == (3, 2, 1)
    apply_order_import(SYSTEM, found, NOW)
    assert cases()["GD1"].description == "乙"


BAD = [
    (row(""), "no_number"),
    (row("2.02403E+17"), "lossy_number"),
    (row("GD9", at=""), "no_date"),
    (row("GD9", at="03/05/2024"), "bad_date"),
    (row("GD9", at="2027-01-01"), "future_date"),
    (row("GD9", status="已办结"), "no_closing_date"),
    (row("GD9", closed="2026-02-01", status="已办结"), "closed_before_reported"),
    (row("GD9", place="a" * 300), "text_too_long"),
    (row("GD9", content="a\x07b"), "control_characters"),
]


def test_bad_rows_come_back_as_a_file_with_the_reason_last(sqlite_db: Database) -> None:
    make_street()
    found = plan(csv_of(row("GD1"), *(line for line, _ in BAD)))
    assert [one.reason for one in found.refused] == [reason for _, reason in BAD]
    assert [one.row for one in found.refused] == list(range(3, 3 + len(BAD)))
    raw = refused_rows_file(found, "zh_CN")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    assert sheet[0] == [*HEAD.split(","), "退回原因"]
    assert [line[-1][:4] for line in sheet[1:3]] == ["没有可用", "编号 2"]
    assert sheet[2][0] == "2.02403E+17"
    once_more = plan(raw, name="退回.xlsx")
    assert len(once_more.refused) == len(BAD)
    assert once_more.created == 0


def test_numbers_of_15_digits_in_numeric_cells_are_refused(sqlite_db: Database) -> None:
    make_street()
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as book:
        sheet = book.add_worksheet("说明")
        sheet.write(0, 0, "本表由平台导出")
        sheet = book.add_worksheet("工单")
        sheet.write_row(0, 0, ["工单编号", "来电时间"])
        sheet.write_row(1, 0, [202403050002144, "2024-03-05"])
        sheet.write_row(2, 0, [20240305000214, "2024-03-05"])
        sheet.write_row(3, 0, ["202403050002144777", 45356.5])
    found = plan(raw.getvalue(), name="a.xlsx")
    assert [(one.row, one.reason, one.detail) for one in found.refused] == [(2, "lossy_number", "202403050002144")]
    assert [order.number for order in found.orders] == ["20240305000214", "202403050002144777"]


def test_a_truth_value_is_no_number_and_no_1(sqlite_db: Database) -> None:
    make_street()
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["工单编号", "来电时间", "主要内容"])
        sheet.write_row(1, 0, [1, "2024-03-05", True])
        sheet.write_row(2, 0, [True, "2024-03-05", 1])
        sheet.write_row(3, 0, [2, "2024-03-05", 1])
    found = plan(raw.getvalue(), name="a.xlsx")
    assert [(one.row, one.reason) for one in found.refused] == [(3, "no_number")]
    assert [(order.number, order.description) for order in found.orders] == [("1", "True"), ("2", "1")]


def test_a_row_is_refused_for_its_first_fault_and_then_counts_in_no_warning(sqlite_db: Database) -> None:
    make_street()
    short = "GD2,2026-03-01"
    found = plan(
        csv_of(row("", at="", kind="怪事"), row("GD1", at="坏", kind="怪事", status="???"), short, ",,,", row("GD3"))
    )
    assert [(one.row, one.reason) for one in found.refused] == [(2, "no_number"), (3, "bad_date")]
    assert [(order.row, order.number) for order in found.orders] == [(4, "GD2"), (6, "GD3")]
    noticed = {warning.code: warning.values["count"] for warning in found.warnings}
    assert noticed == {"orders.warning.unknown_class": 1, "orders.warning.no_class": 1}


def test_signs_that_mean_something_to_a_database_are_kept(db: Database) -> None:
    make_street()
    said = "路径 C:\\new\\table\\N，他说“\t”\n第二行\\"
    quoted = '"' + said.replace('"', '""') + '"'
    raw = csv_of(
        row("GD1\\N", content=quoted, answer="\\N", status="已办结", closed="2026-03-02"), row("GD2", content="\\.")
    )
    assert imported(raw) == OrderReport(created=2)
    assert (cases()["GD1\\N"].description, cases()["GD2"].description) == (said, "\\.")
    with reading(EVERYWHERE) as session:
        notes = session.scalars(select(IncidentEvent.note).where(IncidentEvent.action == "feed_back")).all()
    assert notes == ["\\N"]
    assert imported(raw) == OrderReport(unchanged=2)
    assert sound()


def placeholder_file() -> bytes:
    middle = (112.4151234, 34.6051234)
    return csv_of(*(row(f"P{n}", place=f"归帆路{n}号", where=middle) for n in range(150)),
                  *(row(f"S{n}", place="书院弄1号") for n in range(150)))  # fmt: skip


def test_one_coordinate_under_many_addresses_is_asked_about(sqlite_db: Database) -> None:
    make_street()
    found = plan(placeholder_file())
    assert [(one.count, one.lon) for one in found.placeholders] == [(150, 112.4151234)]
    with pytest.raises(PlaceholdersUnsure):
        apply_order_import(SYSTEM, found, NOW)
    assert cases() == {}
    kept = plan(placeholder_file(), replace(WGS84, placeholder="keep"))
    assert kept.without_coordinates == 0
    dropped = plan(placeholder_file(), replace(WGS84, placeholder="drop"))
    assert dropped.without_place == 150
    assert apply_order_import(SYSTEM, dropped, NOW).created == 300


def test_classes_by_name_by_mapping_and_the_rest(sqlite_db: Database) -> None:
    make_street()
    mapping = mapping_of({"classes": {"垃圾": "litter", "*": "policy_question"}, "statuses": {"好了": "closed"}})
    found = plan(
        csv_of(row("1", kind="路灯不亮"), row("2", kind="垃圾"), row("3", kind="怪事"), row("4", kind=""),
               row("5", status="好了", closed="2026-03-02"), row("6", status="???")),
        replace(WGS84, mapping=mapping),
    )  # fmt: skip
    assert [order.category for order in found.orders][:4] == [
        "street_light", "litter", "policy_question", "policy_question",
    ]  # fmt: skip
    assert {warning.code: warning.values["count"] for warning in found.warnings} == {
        "orders.warning.unknown_class": 1, "orders.warning.no_class": 1, "orders.warning.unknown_status": 1,
    }  # fmt: skip
    assert found.orders[2].said == "怪事"
    assert found.orders[4].ending == "closed"


def test_a_mapping_is_remembered_for_its_source(db: Database) -> None:
    make_street()
    raw = "甲,乙,丙\nGD1,2026-03-01,a\n".encode()
    with pytest.raises(MapsNothing):
        plan(raw)
    mapping = parse_mapping("m.yaml", "columns: {number: 甲, reported_at: 乙, content: 丙}".encode())
    assert imported(raw, replace(WGS84, mapping=mapping)).created == 1
    assert plan("甲,乙,丙\nGD2,2026-03-01,b\n".encode()).created == 1
    other = plan(csv_of(row("GD3")))
    assert other.created == 1
    assert [warning.code for warning in other.warnings] == ["orders.warning.mapping_forgotten"]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({}, MapsNothing),
        ({"columns": {}}, MapsNothing),
        ({"columns": {"number": None}}, MapsNothing),
        ({"columns": {"nummer": "a"}}, BadMapping),
        ({"columns": {"number": ["a", "b"]}}, BadMapping),
        ({"unknown": 1}, BadMapping),
        ([1], BadMapping),
        ({"dates": "dym"}, BadMapping),
        ({"statuses": {"a": "gone"}}, BadMapping),
    ],
)
def test_mappings_that_are_none(content: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        mapping_of(content)


def test_a_mapping_file_may_be_json_or_yaml_and_must_be_one() -> None:
    assert (
        parse_mapping("m.json", b'{"dates": "mdy"}')
        == parse_mapping("m.yml", b"dates: mdy")
        == OrderMapping(dates="mdy")
    )
    for raw in (b"{", b"\xff\xfe", b"a: [", b"x" * 2_000_000):
        with pytest.raises(BadMapping):
            parse_mapping("m.json", raw)


@pytest.mark.parametrize(
    ("mapping", "refusal"),
    [
        ({"columns": {"number": "没有这一列"}}, UnknownField),
        ({"columns": {"number": None}, "dates": "mdy"}, MapsNothing),
        ({"columns": {"reported_at": None, "number": "工单编号"}}, MissingColumn),
        ({"classes": {"a": "no_such_class"}}, BadMapping),
        ({"source": "mars", "dates": "mdy"}, Exception),
        ({"area_level": "planet"}, BadMapping),
    ],
)
def test_mappings_that_do_not_fit(sqlite_db: Database, mapping: Any, refusal: type[Exception]) -> None:
    make_street()
    with pytest.raises(refusal):
        plan(csv_of(row()), replace(WGS84, mapping=mapping_of(mapping)))


def test_areas_by_name_where_there_are_no_coordinates(sqlite_db: Database) -> None:
    street = make_street()
    lines = ["工单号,受理时间,社区,经度,纬度", "1,2026-03-01,归帆社区,,", "2,2026-03-01,书院社区,112.405,34.605",
             "3,2026-03-01,无名,,"]  # fmt: skip
    found = plan("\n".join(lines).encode())
    assert [order.area_id for order in found.orders][1:] == [street.grid_a, None]
    assert (found.without_coordinates, found.without_place, found.named, found.agreeing) == (2, 1, 1, 1)


def test_only_who_sees_the_whole_street_may(sqlite_db: Database) -> None:
    street = make_street()
    for actor in (street.secretary, street.leader_a, street.visitor, street.department,
                  replace(street.command, area_id=street.community, area_path="/1/2/")):  # fmt: skip
        with pytest.raises(PermissionDenied):
            plan_order_import(actor, "a.csv", csv_of(row()), WGS84, NOW)
        with pytest.raises(PermissionDenied):
            apply_order_import(actor, plan(csv_of(row())), NOW)
    found = plan_order_import(street.command, "a.csv", csv_of(row()), WGS84, NOW)
    assert apply_order_import(street.command, found, NOW).created == 1
    with reading(EVERYWHERE) as session:
        said = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "incidents.import")).one()
    assert said == "hotline_12345: 1 created, 0 updated, 0 refused"


def test_the_bulk_chain_is_that_of_single_entries() -> None:
    entries = [
        TimelineEntry(NOW, None, '张"安\\\n', IncidentAction.REPORT, None, S.REPORTED, "说：\u2028\"'", "{}"),
        TimelineEntry(NOW, 7, "é\x1f", IncidentAction.FEED_BACK, S.REPORTED, S.FED_BACK),
    ]
    actor = replace(SYSTEM, user_id=7, name='张"安\\\n')
    entries = [replace(entry, user_id=7, actor_name=actor.name) for entry in entries]
    rows, last = chained(41, [step_of(entry) for entry in entries], actor)
    first = chain_entry(41, 1, entries[0], None)
    second = chain_entry(41, 2, entries[1], first["hash"])
    assert [line[-1] for line in rows] == [first["hash"], second["hash"]]
    assert last == second["hash"]


@given(st.data())
def test_the_end_is_what_the_rule_makes_of_the_steps(data: st.DataObject) -> None:
    at = [NOW + timedelta(hours=data.draw(st.integers(0, 99))) for _ in range(4)]
    reported, dispatched, answered, closed = sorted(at)
    ending = data.draw(st.sampled_from(Ending))
    over = ending is not Ending.OPEN
    order = Order(
        2, "GD1", "litter", "垃\"圾", "normal", "a", "a", "", None, data.draw(st.sampled_from([None, 1.0])), None,
        reported, ending, dispatched_at=dispatched if data.draw(st.booleans()) and over else None,
        answered_at=answered if data.draw(st.booleans()) and over else None, closed_at=closed if over else None,
        due_at=data.draw(st.sampled_from([None, NOW + timedelta(hours=50)])),
        limit=data.draw(st.sampled_from([None, {"amount": 4, "clock": "working_hour"}])),
    )  # fmt: skip
    course = Course()
    for when, action, _before, to, _note, _detail in ending_steps(order):
        moment = datetime.fromisoformat(f"{when}Z")
        course = course_after(course, IncidentAction(action), S(to), moment, due_at=order.due_at)
    end = end_of(order, order.due_at)
    assert end._asdict() == {name: getattr(course, name) for name in end._fields}
    area = data.draw(st.sampled_from([None, "A\\1"]))
    detail = json.loads(report_detail(order, area))
    assert detail_text(detail) == report_detail(order, area)
    assert detail.get("due_at") == (order.due_at.isoformat() if order.due_at else None)
    assert detail.get("outside", False) == (area is None and order.lon is not None)


CHICAGO = {
    "columns": {"category": "What_is_the_Nature_of_this_Code_Violation", "title": "Type_of_Service_Request"},
    "classes": {"Garbage in yard": "litter", "Garbage in alley": "litter", "Overflowing carts": "bin_overflow",
                "*": "other"},
    "area_level": "community",
}  # fmt: skip


def chicago(folder: Path, every: int) -> OrderPlan:
    areas = folder / "chicago-community-areas.geojson"
    choices = ImportChoices("community", "community", "area_num_1")
    area_apply.apply_import(SYSTEM, area_import.plan_import(SYSTEM, [areas], choices))
    lines = gzip.decompress((folder / "chicago_311_sanitation_2000-2014.csv.gz").read_bytes()).splitlines(keepends=True)
    raw = b"".join(lines[:1] + lines[1::every])
    return plan_order_import(SYSTEM, "chicago.csv", raw, OrderChoices(mapping_of(CHICAGO)))


def test_every_twentieth_of_the_real_311_file(db: Database, shared_data: Path) -> None:
    found = chicago(shared_data / "chicago-311-sanitation", 20)
    assert found.read == 3721
    assert found.agreeing / found.named > 0.97
    report = apply_order_import(SYSTEM, found)
    assert report.created == found.created == found.read - found.duplicates
    assert sound()


@pytest.mark.slow
def test_the_whole_real_311_file(db: Database, shared_data: Path) -> None:
    found = chicago(shared_data / "chicago-311-sanitation", 1)
    assert (found.read, found.created, found.duplicates) == (74_401, 74_026, 375)
    assert (found.without_coordinates, found.outside, found.placeholders) == (24, 202, [])
    assert round(found.agreeing / found.named, 3) == 0.982
    assert apply_order_import(SYSTEM, found).created == 74_026
    assert len(cases()) == 74_026
    assert sound()


def test_a_contact_that_was_erased_does_not_come_back(db: Database) -> None:
    street = make_street()
    imported(csv_of(row("GD1", status="已办结", closed="2026-03-02")))
    assert purge_contacts(street.administrator, now=NOW + timedelta(days=365)).phones == 1
    for place in ("书院弄3号", "书院弄4号"):
        found = plan(csv_of(row("GD1", status="已办结", closed="2026-03-02", place=place)))
        assert [one.parts for one in found.changed] == [("place",)]
        apply_order_import(SYSTEM, found, NOW)
        assert (cases()["GD1"].reporter_name, cases()["GD1"].reporter_phone) == (None, None)
    assert sound()


@pytest.mark.parametrize(("many", "analysed"), [(3, False), (2, True)])
def test_statistics_are_made_anew_after_many_new_cases_alone(
    db: Database, monkeypatch: pytest.MonkeyPatch, many: int, analysed: bool
) -> None:
    make_street()
    found: list[Database] = []
    monkeypatch.setattr("services.orders.importing.MANY", many)
    monkeypatch.setattr("services.orders.importing.analyse", found.append)
    imported(csv_of(row("GD1"), row("GD2")))
    imported(csv_of(row("GD1"), row("GD2")))  # nothing new
    assert found == ([db] if analysed else [])
