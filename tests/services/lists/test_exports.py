"""Lists as files: Excel opens them with their Chinese, nothing in them runs, no contact, each export on record (N4)."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from config.texts import text
from db.models import AuditEntry
from db.session import Database, reading
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, Role
from services.incidents.cases import IncidentFilter
from services.incidents.repeats import RepeatFilter, list_repeat_places
from services.lists import exports as list_exports
from services.lists.exports import (
    ListTooLong,
    export_incidents,
    export_people,
    export_repeats,
    export_rows,
    export_stations,
    export_suspended,
    without_phones,
)
from services.lists.files import ListFormat, harmless, list_file
from services.people.register import PeopleFilter
from tests import factories as make
from tests.incident_town import NOW, logged, make_street, suspended_case

CSV, XLSX = ListFormat.CSV, ListFormat.XLSX
PHONE = "13912345678"


def read(raw: bytes) -> list[list[str]]:
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def sheet(raw: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()


def test_excel_opens_both_kinds_with_their_chinese(sqlite_db: Database) -> None:
    street = make_street()
    logged(street.leader_a, reporter_name="张安", reporter_phone=PHONE)
    lines = read(export_incidents(street.command, IncidentFilter(), CSV, "zh_CN", NOW))
    assert lines[0][:4] == ["案号", "来源编号", "上报时间", "事项"]
    assert lines[1][0] == "QT-20260318-0001"
    assert lines[1][2:6] == ["2026-03-18 14:32:00", "路灯不亮", "一般", "格员巡查"]
    table = sheet(export_incidents(street.command, IncidentFilter(), XLSX, "en", NOW))
    assert table[0][:3] == ["Number", "Number at the source", "Reported at"]
    assert table[1][3] == "Street light out"


def test_contacts_are_in_no_export(sqlite_db: Database) -> None:
    street = make_street()
    logged(street.leader_a, reporter_name="钱来喜", reporter_phone=PHONE, description=f"请回电 {PHONE} 找钱先生")
    make.make_person("孙一", area=street.grid_a, phone=PHONE)
    for raw in (
        export_incidents(street.command, IncidentFilter(), CSV, "zh_CN", NOW),
        export_people(street.command, PeopleFilter(), CSV, "zh_CN", NOW),
    ):
        assert PHONE not in raw.decode()
        assert "钱来喜" not in raw.decode()
        assert len(read(raw)) == 2


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_suspended_cases_go_out_with_their_ages_the_oldest_first(db: Database, language: str) -> None:
    street = make_street()
    logged(street.leader_a)  # open, not suspended
    later = suspended_case(street, NOW + timedelta(days=20), "later", description=f"请回电 {PHONE}")
    first = suspended_case(street, NOW, "first")
    now = NOW + timedelta(days=40)
    header, *lines = read(export_suspended(street.secretary, IncidentFilter(), CSV, language, now))
    assert not [name for name in header if name.startswith("exports.")]
    assert [(line[0], line[8]) for line in lines] == [(first, "40"), (later, "20")]
    assert [line[9] for line in lines] == [text(language, f"incidents.ages.{one}") for one in ("quarter", "month")]
    assert [line[11] for line in lines] == [text(language, f"exports.{one}") for one in ("yes", "no")]
    assert PHONE not in "".join(lines[1])
    elsewhere = make.make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c)
    assert len(read(export_suspended(elsewhere, IncidentFilter(), CSV, language, now))) == 1
    assert len(read(export_suspended(street.secretary, IncidentFilter(text="没有"), CSV, language, now))) == 1
    for actor in (street.leader_a, street.department, street.volunteer, street.visitor, street.member):
        with pytest.raises(PermissionDenied):
            export_suspended(actor, IncidentFilter(), CSV, language, now)
    with reading(EVERYWHERE) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.export").order_by(AuditEntry.id))
        assert next((one.subject, one.detail) for one in entries) == ("suspended", "csv 2")


def test_the_right_is_asked_for_and_each_export_is_on_record(db: Database) -> None:
    street = make_street()
    logged(street.leader_a)
    for actor in (street.leader_a, street.department, street.volunteer, street.visitor, street.member):
        with pytest.raises(PermissionDenied):
            export_incidents(actor, IncidentFilter(), CSV, "zh_CN", NOW)
    export_incidents(street.secretary, IncidentFilter(), XLSX, "zh_CN", NOW)
    export_stations(street.command, CSV, "zh_CN", now=NOW)
    with reading(EVERYWHERE) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.export").order_by(AuditEntry.id))
        said = [(entry.user_id, entry.subject, entry.detail) for entry in entries]
    assert said == [(street.secretary.user_id, "incidents", "xlsx 1"), (street.command.user_id, "stations", "csv 0")]


def test_an_export_holds_the_actors_scope_and_the_lists_filter(sqlite_db: Database) -> None:
    street = make_street()
    logged(street.leader_a, "a")
    logged(street.command, "b", lon=112.425, lat=34.605)
    assert len(read(export_incidents(street.secretary, IncidentFilter(), CSV, "zh_CN", NOW))) == 2
    assert len(read(export_incidents(street.command, IncidentFilter(page_size=1, page=2), CSV, "zh_CN", NOW))) == 3
    only = IncidentFilter(area_id=street.grid_c)
    assert len(read(export_incidents(street.command, only, CSV, "zh_CN", NOW))) == 2
    far = replace(street.secretary, area_id=street.grid_c, area_path="/1/3/6/")
    assert len(read(export_incidents(far, IncidentFilter(), CSV, "zh_CN", NOW))) == 2


def test_the_places_that_come_back_go_out_too(sqlite_db: Database) -> None:
    street = make_street()
    for number in range(6):
        logged(street.command, f"r{number}", NOW - timedelta(days=number))
    found = list_repeat_places(street.command, now=NOW)
    lines = read(export_repeats(street.command, RepeatFilter(page_size=1), CSV, "zh_CN", NOW))
    assert lines[0][:4] == ["事项", "区域", "案件数", "反映人次"]
    assert lines[1][:4] == ["路灯不亮", "书院格", str(found.rows[0].cases), str(found.rows[0].callers)]


def test_a_list_that_is_too_long_is_refused(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_street()
    monkeypatch.setattr(list_exports, "MOST", 1)
    with pytest.raises(ListTooLong):
        export_rows(street.command, "incidents", ("number",), [("1",), ("2",)], CSV, "zh_CN", NOW)


ATTACKS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("http://a")')


def test_formulas_do_not_run(sqlite_db: Database) -> None:
    street = make_street()
    logged(street.leader_a, description="=1+1 是什么", place="@SUM(A1)")
    line = read(export_incidents(street.command, IncidentFilter(), CSV, "zh_CN", NOW))[1]
    assert [cell for cell in line if cell.startswith(("=", "@"))] == []
    raw = list_file(XLSX, "a", ["=x"], [[attack] for attack in ATTACKS])
    content = zipfile.ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in content
    assert b"hyperlink" not in content
    assert all(harmless(attack).startswith("'") for attack in ATTACKS)


@given(st.lists(st.one_of(st.text(), st.integers(-5, 5), st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=6))
def test_whatever_a_cell_holds_comes_back_as_text_or_number(cells: list[object]) -> None:
    raw = list_file(CSV, "a", ["a"] * len(cells), [cells])
    lines = read(raw)
    assert len(lines[1]) == len(cells)
    for cell, said in zip(cells, lines[1], strict=True):
        assert not (isinstance(cell, str) and said.startswith(("=", "+", "-", "@", "\t", "\r")))
    assert len(sheet(list_file(XLSX, "a/b", ["a"] * len(cells), [cells]))) <= 2


@pytest.mark.parametrize(
    "phone",
    [
        "13800138000",
        "+8613800138000",
        "8613800138000",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "021-65551234",
    ],
)
def test_phones_in_words_are_masked_in_every_spelling(phone: str) -> None:
    masked = without_phones(f"请打{phone}找他，2026-11-30，编号 LC-20261130-0010")
    assert phone not in masked
    assert masked.endswith("找他，2026-11-30，编号 LC-20261130-0010")
