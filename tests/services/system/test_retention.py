"""Reporters' contacts: kept so many days after the end, erased by the purge, looked at for a reason (feature N6)."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import AuditEntry, Base, Incident
from db.session import Database, reading
from domain.errors import PermissionDenied
from domain.incidents import IncidentAction, ReasonRequired
from domain.permissions import EVERYWHERE
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident, list_incidents, uncover_contact
from services.orders.marks import ERASED, changed_parts, without_reporter
from services.people.register import InvalidPhone
from services.system.privacy import PAGE_SIZE, held_contacts, list_looks
from services.system.retention import PurgeReport, purge_contacts
from services.timelines.checks import verify_timelines
from tests.incident_town import NOW, Street, logged, make_street
from tests.pictures import picture

A = IncidentAction
DAYS = 180  # of the profile
NAME, PHONE = "欧阳若水", "13912345678"


def reported(street: Street, key: str = "f", **values: Any) -> int:
    return logged(street.command, key, **({"reporter_name": NAME, "reporter_phone": PHONE} | values)).id


def step(street: Street, case: int, action: IncidentAction, now: datetime = NOW, **values: Any) -> None:
    actor = street.leader_a if action in (A.TAKE_OVER, A.FEED_BACK) else street.command
    version = get_incident(actor, case, now).view.version
    act_on_incident(actor, case, action, version, "说明", now=now, **values)


def close(street: Street, case: int, now: datetime = NOW) -> None:
    step(street, case, A.TAKE_OVER, now)
    step(street, case, A.FEED_BACK, now, photos=(picture((40, 30)),))
    step(street, case, A.CLOSE, now, standard_confirmed=True)


def contact(case: int) -> tuple[str | None, str | None]:
    with reading(EVERYWHERE) as session:
        row = session.get_one(Incident, case)
        return row.reporter_name, row.reporter_phone


def purge(street: Street, days: float, dry_run: bool = False) -> PurgeReport:
    return purge_contacts(street.administrator, dry_run, NOW + timedelta(days=days))


def test_a_contact_goes_so_many_days_after_the_end_and_not_before(db: Database) -> None:
    street = make_street()
    ended, still_open, later = (reported(street, key) for key in "abc")
    close(street, ended)
    close(street, later, NOW + timedelta(days=9))
    assert purge(street, DAYS - 0.01).cases == 0
    assert contact(ended) == (NAME, PHONE)
    report = purge(street, DAYS)
    assert (report.cases, report.names, report.phones, report.kept_open, report.kept_ended) == (1, 1, 1, 1, 1)
    assert (report.days, report.ended_before, report.dry_run) == (DAYS, NOW, False)
    assert [contact(case) for case in (ended, still_open, later)] == [(None, None), (NAME, PHONE), (NAME, PHONE)]
    last = get_incident(street.administrator, ended, NOW).timeline[-1]
    assert (last.action, last.changes, last.at) == (A.ERASE_CONTACT, {"days": DAYS}, NOW + timedelta(days=DAYS))
    assert verify_timelines().findings == []


def test_a_voided_case_ends_as_well_and_a_name_or_a_number_alone_goes_too(db: Database) -> None:
    street = make_street()
    name, phone = reported(street, "n", reporter_phone=""), reported(street, "p", reporter_name="")
    for case in (name, phone):
        step(street, case, A.VOID)
    report = purge(street, DAYS)
    assert (report.cases, report.names, report.phones) == (2, 1, 1)
    assert (contact(name), contact(phone)) == ((None, None), (None, None))


def test_a_reopened_case_keeps_it_until_it_has_ended_again(db: Database) -> None:
    street = make_street()
    case = reported(street)
    close(street, case)
    step(street, case, A.REOPEN, NOW + timedelta(days=20))
    assert purge(street, DAYS + 10).cases == 0
    close(street, case, NOW + timedelta(days=30))
    assert purge(street, DAYS + 10).cases == 0
    assert purge(street, DAYS + 30).cases == 1


def test_a_dry_run_counts_and_changes_nothing_and_a_second_run_finds_nothing(db: Database) -> None:
    street = make_street()
    cases = [reported(street, str(n)) for n in range(3)]
    for case in cases:
        close(street, case)
    dry = purge(street, DAYS, dry_run=True)
    assert (dry.cases, dry.names, dry.phones, dry.dry_run) == (3, 3, 3, True)
    assert contact(cases[0]) == (NAME, PHONE)
    assert purge(street, DAYS).cases == 3
    again = purge(street, DAYS + 1)
    assert (again.cases, again.kept_open, again.kept_ended) == (0, 0, 0)
    assert [len(get_incident(street.command, case, NOW).timeline) for case in cases] == [5, 5, 5]


def test_what_was_erased_stands_nowhere_any_more(sqlite_db: Database) -> None:
    """Every cell of every table: neither the name nor the number is left."""
    street = make_street()
    case = reported(street)
    close(street, case)
    purge(street, DAYS)
    for table in Base.metadata.sorted_tables:
        with reading(EVERYWHERE) as session:
            cells = [str(cell) for row in session.execute(table.select()) for cell in row]
        assert not [cell for cell in cells if NAME in cell or PHONE in cell], table.name
    view = get_incident(street.command, case, NOW).view
    assert (view.reporter, view.has_contact) == ("", False)
    assert uncover_contact(street.command, case, "回访", NOW).phone is None


def test_each_case_and_the_run_stand_in_the_audit_record(db: Database) -> None:
    street = make_street()
    case = reported(street)
    close(street, case)
    purge(street, DAYS)
    with reading(EVERYWHERE) as session:
        rows = list(session.scalars(select(AuditEntry).where(AuditEntry.action.like("%contact%"))))
    assert [(row.action, row.subject_id, row.user_id) for row in rows] == [
        ("incident.erase_contact", case, street.administrator.user_id),
        ("contacts.purge", None, street.administrator.user_id),
    ]
    assert json.loads(rows[1].detail)["cases"] == 1


def test_portions_leave_nothing_out(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.system.retention._BATCH", 2)
    street = make_street()
    for number in range(5):
        step(street, reported(street, str(number)), A.VOID)
    told: list[int] = []
    assert purge(street, DAYS, dry_run=True).cases == 5
    assert purge_contacts(street.administrator, now=NOW + timedelta(days=DAYS), on_step=told.append).phones == 5
    assert told == [2, 4, 5]


def test_an_import_does_not_bring_an_erased_contact_back() -> None:
    class Row:
        digests = "a1.a2.a3.a4.a5.a6"

    assert without_reporter("a1.a2.a3.a9.a5.a6") == f"a1.a2.a3.{ERASED}.a5.a6"
    assert without_reporter(None) is None
    assert changed_parts(f"a1.b2.a3.{ERASED}.a5.a6", Row()) == ("class",)  # type: ignore[arg-type]
    assert changed_parts("a1.a2.a3.b4.a5.a6", Row()) == ("reporter",)  # type: ignore[arg-type]


def test_only_the_administrator_purges_and_reads_the_looks(db: Database) -> None:
    street = make_street()
    for call in (purge_contacts, list_looks, held_contacts):
        with pytest.raises(PermissionDenied):
            call(street.command)


@pytest.mark.parametrize("phone", ["abc", "1234", "139-abcd-5678", "电话13912345678"])
def test_what_is_no_number_is_refused_when_logging(sqlite_db: Database, phone: str) -> None:
    street = make_street()
    with pytest.raises(InvalidPhone):
        reported(street, reporter_phone=phone)


def test_lists_and_cards_show_the_contact_masked(db: Database) -> None:
    street = make_street()
    case = reported(street)
    card = get_incident(street.administrator, case, NOW)
    assert card.view.reporter == "欧阳** 139****5678"
    shown = repr(card) + repr(list_incidents(street.administrator, now=NOW))
    assert NAME not in shown
    assert PHONE not in shown


def test_each_look_is_listed_with_who_when_which_case_and_why(db: Database) -> None:
    street = make_street()
    case = reported(street)
    assert list_looks(street.administrator).rows == []
    with pytest.raises(ReasonRequired):
        uncover_contact(street.secretary, case, " ", NOW)
    uncover_contact(street.secretary, case, "回访是否解决", NOW)
    uncover_contact(street.command, case, "核实地址", NOW + timedelta(hours=1))
    page = list_looks(street.administrator)
    assert [(look.by, look.reason, look.subject_id) for look in page.rows] == [
        ("顾岚", "核实地址", case), ("岑立", "回访是否解决", case),
    ]  # fmt: skip
    assert page.rows[0].number == get_incident(street.command, case, NOW).view.number
    assert (page.rows[1].at, page.total) == (NOW, 2)
    assert sorted((one.name, one.looks) for one in page.lookers) == [("岑立", 1), ("顾岚", 1)]
    own = list_looks(street.administrator, street.command.user_id)
    assert ([look.by for look in own.rows], own.total) == (["顾岚"], 1)
    assert NAME not in repr(page)


def test_looks_come_in_pages(sqlite_db: Database) -> None:
    street = make_street()
    case = reported(street)
    for number in range(PAGE_SIZE + 1):
        uncover_contact(street.command, case, f"第 {number} 次", NOW + timedelta(minutes=number))
    page = list_looks(street.administrator, page=9)
    assert (page.page, page.pages, [look.reason for look in page.rows]) == (2, 2, ["第 0 次"])


def test_what_is_held_is_counted_with_the_last_purge(db: Database) -> None:
    street = make_street()
    ended, _ = reported(street, "a"), reported(street, "b")
    close(street, ended)
    held = held_contacts(street.administrator, NOW)
    assert (held.still_open, held.ended, held.due, held.days, held.purged_at) == (1, 1, 0, DAYS, None)
    then = NOW + timedelta(days=DAYS)
    assert held_contacts(street.administrator, then).due == 1
    purge(street, DAYS)
    held = held_contacts(street.administrator, then)
    assert (held.still_open, held.ended, held.due, held.purged_at, held.purged) == (1, 0, 0, then, 1)
