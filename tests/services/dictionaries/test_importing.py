"""Importing a dictionary: a dry run, a version, nothing deleted, nothing twice; on both databases."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models import AuditEntry, DictionaryRow
from db.session import Database, reading
from domain.clocks import ClockKind, Limit
from domain.dictionary_lists import NoDictionaryHeader
from domain.errors import PermissionDenied, Refusal, StaleRecord
from domain.permissions import EVERYWHERE
from geo.errors import ArchiveTooLarge
from services.dictionaries.current import category_name, current_dictionary, entry_of
from services.dictionaries.importing import (
    DictionaryHasFaults,
    DictionaryPlan,
    EmptyDictionary,
    apply_dictionary_import,
    list_dictionary,
    list_versions,
    plan_dictionary_import,
)
from services.incidents.cases import IncidentFilter, get_incident, list_incidents
from services.system.installations import current_profile
from tests.dictionary_files import HEADER, ROWS, book
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.test_at_once import at_once


def plan(street: Street, raw: bytes | None = None) -> DictionaryPlan:
    return plan_dictionary_import(street.administrator, "目录.xlsx", raw or book())


def named(entries: Any) -> set[tuple[str, str]]:
    return {(entry.class_name.zh, entry.condition_name.zh) for entry in entries}


def test_a_dry_run_counts_what_the_file_holds_and_writes_nothing(db: Database) -> None:
    street, profile = make_street(), current_profile()
    found = plan(street)
    assert (found.rows, found.notes, found.families, found.classes, len(found.entries)) == (5, 2, 2, 3, 5)
    assert found.bad == ()
    # The seeded ones become stated ones; of all others nothing is in the list.
    assert named(change.after for change in found.changes.changed) == {
        ("井盖缺损", "井盖缺失"), ("井盖缺损", "破损大于25平方厘米"), ("井盖缺损", "松动异响"),
        ("路灯不亮", ""), ("暴露垃圾", ""),
    }  # fmt: skip
    assert found.changes.added == ()
    assert len(found.changes.closed) == len(profile.entries) - 5
    with reading(EVERYWHERE) as session:
        assert session.scalar(select(func.count(DictionaryRow.id))) == 0
    assert found.as_dict()["entries"] == 5


def test_an_import_closes_what_is_missing_and_deletes_nothing(db: Database) -> None:
    street, before = make_street(), len(current_profile().entries)
    early = logged(street.command, "early", category="road_damage")
    made = apply_dictionary_import(street.administrator, plan(street), "2026年版", NOW)
    assert made is not None
    assert (made.number, made.total, made.added, made.changed, made.closed) == (2, 5, 0, 5, before - 5)
    assert [(version.number, version.note) for version in list_versions(street.leader_a)] == [
        (2, "2026年版"), (1, current_profile().name.value.zh),
    ]  # fmt: skip
    with reading(EVERYWHERE) as session:
        assert session.scalar(select(func.count(DictionaryRow.id))) == before + 5
        said = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "dictionary.import")).one()
    assert said == f"目录.xlsx: 0 added, 5 changed, {before - 5} closed, 5 in all"
    assert [family.name.zh for family in list_dictionary(street.leader_a)] == ["设施损坏", "市容环境"]
    assert len(list_dictionary(street.leader_a, 1)) == len(current_profile().families)
    # The earlier case is read by its own version; what is reported now goes by the new one.
    card = get_incident(street.command, early.id, NOW)
    assert card.entry is not None
    assert card.entry.class_name.zh == "路面破损" == category_name("road_damage").zh
    with pytest.raises(Refusal):
        logged(street.command, "late", category="road_damage")
    late = get_incident(street.command, logged(street.command, "b", category="manhole", condition="broken").id, NOW)
    assert (late.view.dictionary_version, late.run.total) == (2, Limit(4, ClockKind.WORKING_HOUR))
    assert entry_of(late.view).standard.zh == "井盖已更换"


def test_the_same_list_again_changes_nothing(db: Database) -> None:
    street = make_street()
    apply_dictionary_import(street.administrator, plan(street), now=NOW)
    again = plan(street)
    assert again.changes.is_empty
    assert apply_dictionary_import(street.administrator, again, now=NOW) is None
    assert current_dictionary().version == 2


def test_what_comes_back_after_it_was_closed_has_its_key_again(sqlite_db: Database) -> None:
    street = make_street()
    apply_dictionary_import(street.administrator, plan(street), now=NOW)
    without = book(ROWS[:3], merged=("A1:H1", "B3:B5", "C3:C5"))
    apply_dictionary_import(street.administrator, plan(street, without), now=NOW)
    assert set(current_dictionary().classes) == {"manhole"}
    found = plan(street)
    assert {entry.category for entry in found.changes.added} == {"street_light", "litter"}
    apply_dictionary_import(street.administrator, found, now=NOW)
    assert current_dictionary().version == 4
    assert [entry.class_name.en for entry in current_dictionary().classes["litter"][1].entries] == ["Litter"]


def test_bad_rows_are_named_and_nothing_is_taken_in(db: Database) -> None:
    street = make_street()
    rows = [
        *ROWS,
        (6, "市容环境", "油烟", None, "尽快", "已整改", "街道", "否"),
        (7, "市容环境", "积水", None, 4, "x", "y", "否"),
    ]
    found = plan(street, book(rows, merged=("A1:H1",)))
    assert [(bad.row, bad.reason, bad.detail) for bad in found.bad] == [(8, "bad_limit", "尽快"), (9, "no_clock", "4")]
    with pytest.raises(DictionaryHasFaults) as refused:
        apply_dictionary_import(street.administrator, found, now=NOW)
    assert refused.value.values["rows"] == "8、9"
    assert current_dictionary().version == 1


def test_a_list_without_entries_or_header_is_refused(sqlite_db: Database) -> None:
    street = make_street()
    with pytest.raises(EmptyDictionary):
        plan(street, book([], merged=(), notes=()))
    with pytest.raises(NoDictionaryHeader):
        plan(street, book(header=["a", "b", "c"]))
    with pytest.raises(EmptyDictionary):
        apply_dictionary_import(street.administrator, replace(plan(street), entries=()), now=NOW)


def test_a_csv_will_do_as_well(sqlite_db: Database) -> None:
    lines = [
        ",".join(HEADER),
        "1,设施损坏,井盖缺损,井盖缺失,2紧急工作时,井盖已补齐,市政,是",
        "2,,,松动,2工作日,好了,市政,否",
    ]
    found = plan_dictionary_import(make_street().administrator, "目录.csv", "\n".join(lines).encode("gb18030"))
    assert named(found.entries) == {("井盖缺损", "井盖缺失"), ("井盖缺损", "松动")}


def test_a_sheet_of_300_mb_in_300_kb_is_refused(sqlite_db: Database) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as sound, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in sound.namelist():
            body = b" " * (300 * 2**20) if name.endswith("sheet1.xml") else sound.read(name)
            bomb.writestr(name, body)
    assert len(out.getvalue()) < 2**20
    with pytest.raises(ArchiveTooLarge):
        plan(make_street(), out.getvalue())


def test_of_two_imports_at_once_one_is_told(db: Database) -> None:
    street = make_street()
    first, second = plan(street), plan(street, book(ROWS[:3], merged=("A1:H1",)))
    plans = (first, second)
    ends = at_once([lambda each=each: apply_dictionary_import(street.administrator, each, now=NOW) for each in plans])
    assert ends["stale_record"] == 1
    assert ends.total() == 2
    with pytest.raises(StaleRecord):
        apply_dictionary_import(street.administrator, first, now=NOW)


def test_only_who_may_edit_it_imports(sqlite_db: Database) -> None:
    street = make_street()
    for actor in (street.command, street.secretary, street.visitor):
        with pytest.raises(PermissionDenied):
            plan_dictionary_import(actor, "目录.xlsx", book())
        with pytest.raises(PermissionDenied):
            apply_dictionary_import(actor, plan(street))


def test_a_case_of_a_closed_class_is_still_found_under_its_family(sqlite_db: Database) -> None:
    street = make_street()
    logged(street.command, "early", category="road_damage")
    apply_dictionary_import(street.administrator, plan(street), now=NOW)
    found = list_incidents(street.command, IncidentFilter(family="facilities"), NOW)
    assert [row.category for row in found.rows] == ["road_damage"]
    assert list_incidents(street.command, IncidentFilter(family="nothing"), NOW).rows == []
