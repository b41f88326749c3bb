"""The ledger on both databases: what the database refuses, what earns, what is reversed, months, expiry."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.queries import points as rows
from db.queries.points import AccountRow, StoredEntry
from db.session import Database, reading, transaction
from domain.errors import StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM
from domain.points import (
    SHOP,
    EarningKind,
    Entry,
    EntryKind,
    MonthClosed,
    MonthNotOver,
    MonthOutOfTurn,
    PointsTooFew,
)
from services.activities import attendances
from services.activities.attendances import ManualForm
from services.points.checks import list_ledger_faults, list_record_faults
from services.points.earning import Record, settle, settle_all, settle_attendance
from services.points.expiry import expire_points
from services.points.ledger import reverse_entry, write_entry
from services.points.months import close_month
from tests import factories as make
from tests.check_in import come, leave
from tests.points_town import NOW, PointsTown, give, make_points_town


@pytest.fixture
def town(db: Database) -> PointsTown:
    return make_points_town()


def account_of(person: int) -> AccountRow:
    with reading(EVERYWHERE) as session:
        found = rows.find_account(session, person)
    assert found is not None
    return found


def entries_of(person: int) -> list[StoredEntry]:
    account = account_of(person)
    with reading(EVERYWHERE) as session:
        return [stored for stored in rows.iterate_entries(session) if stored.entry.account_id == account.id]


def spend(person: int, points: int, at: datetime = NOW, subject_id: int = 1) -> None:
    with transaction(EVERYWHERE) as session:
        account = rows.lock_account(session, person)
        entry = Entry(account.id, EntryKind.REDEEM, account.id, SHOP, points, at.date(), at, "test", subject_id)
        write_entry(session, account, entry)


def faults() -> list[str]:
    with reading(EVERYWHERE) as session:
        return list_ledger_faults(session) + list_record_faults(session)


def refused(statement: str) -> str:
    with pytest.raises((DBAPIError, StaleRecord)) as error, transaction(EVERYWHERE) as session:
        session.execute(text(statement))
    return f"{error.value} {error.value.__cause__}"


def test_the_database_refuses_an_altered_an_unbalanced_and_an_overdrawing_entry(town: PointsTown) -> None:
    give(town.person, 50)
    account, entry = account_of(town.person), entries_of(town.person)[0]
    assert "append-only" in refused("UPDATE points_entries SET points = 500")
    assert "append-only" in refused("DELETE FROM points_entries")
    columns = ("account_id, kind, from_id, to_id, points, day, at, subject, subject_id, part, turn, reverses_id, note,"
               " hash")  # fmt: skip

    def insert(kind: str, source: int, target: int, points: int, day: str = "2026-11-30", back: object = "NULL") -> str:
        values = f"'{kind}', {source}, {target}, {points}, '{day}', '2026-11-30', 'x', 9, '', 0, {back}, '', 'h'"
        return refused(f"INSERT INTO points_entries ({columns}) VALUES ({account.id}, {values})")

    assert "ck_points_entries_sides" in insert("earn", -1, -2, 10)
    assert "ck_points_entries" in insert("earn", account.id, account.id, 10)
    assert "ck_points_entries_kind" in insert("earn", -2, account.id, 10)
    assert "ck_points_entries_points" in insert("earn", -1, account.id, -10)
    assert "ck_points_accounts_balance" in insert("redeem", account.id, -2, 51)
    assert "no such entry to reverse" in insert("reverse", account.id, -1, 51, back=entry.id)
    assert "no such entry to reverse" in insert("reverse", -1, account.id, 10, back=entry.id)
    assert "ck_points_accounts_balance" in refused("UPDATE points_accounts SET balance = -1")
    close_month(SYSTEM, date(2026, 11, 1), NOW + timedelta(days=1))
    assert "the month is closed" in insert("redeem", account.id, -2, 1)
    assert "append-only" in refused("UPDATE points_months SET earned = 1")
    assert "append-only" in refused("DELETE FROM points_months")
    assert account_of(town.person).balance == 50
    assert faults() == []


def test_insert_or_replace_takes_no_entry_away(town: PointsTown, db: Database) -> None:
    if not db.is_sqlite:
        pytest.skip("SQLite's own statement")
    give(town.person, 50)
    copied = (
        "SELECT id, account_id, kind, from_id, to_id, 1, day, at, subject, subject_id, part, quantity, tariff, turn"
    )
    assert "append-only" in refused(
        f"INSERT OR REPLACE INTO points_entries {copied}, reverses_id, by, note, hash FROM points_entries"
    )
    assert account_of(town.person).balance == 50


def came_and_left(town: PointsTown, minutes: int = 125) -> int:
    activity = make.make_activity(starts_at=NOW, area_id=town.a)
    come(town.member, activity, NOW)
    return leave(town.member, activity, NOW + timedelta(minutes=minutes)).id


def test_a_check_out_earns_by_its_minutes_once(town: PointsTown) -> None:
    attendance = came_and_left(town)
    found = [(stored.entry.part, stored.entry.points, stored.entry.quantity) for stored in entries_of(town.person)]
    assert found == [("activity", 2, 1), ("service", 24, 125)]
    for _ in range(2):
        with transaction(EVERYWHERE) as session:
            assert settle_attendance(session, SYSTEM, attendance, NOW) == 26
    assert len(entries_of(town.person)) == 2
    assert {stored.entry.tariff for stored in entries_of(town.person)} == {date(2026, 7, 1)}
    assert faults() == []


def test_an_entry_by_hand_earns_when_the_second_person_confirms(town: PointsTown) -> None:
    activity = make.make_activity(starts_at=NOW - timedelta(hours=3), area_id=town.a)
    form = ManualForm(activity, town.volunteer, NOW - timedelta(hours=3), NOW - timedelta(hours=2), "补录")
    entered = attendances.enter_attendance(town.clerk, form, NOW)
    with reading(EVERYWHERE) as session:
        assert rows.find_account(session, town.person) is None
    attendances.confirm_entry(town.second, entered.id, entered.version, NOW)
    assert account_of(town.person).balance == 14
    assert faults() == []


def test_an_entry_turned_down_earns_nothing(town: PointsTown) -> None:
    activity = make.make_activity(starts_at=NOW - timedelta(hours=3), area_id=town.a)
    form = ManualForm(activity, town.volunteer, NOW - timedelta(hours=3), NOW - timedelta(hours=2), "补录")
    entered = attendances.enter_attendance(town.clerk, form, NOW)
    attendances.reject_entry(town.second, entered.id, "没有来", entered.version, NOW)
    assert account_of(town.person).balance == 0


def correct(attendance: int, minutes: int | None) -> None:
    with transaction(EVERYWHERE) as session:
        value = "NULL" if minutes is None else minutes
        session.execute(text(f"UPDATE attendances SET minutes = {value} WHERE id = {attendance}"))


def test_a_corrected_record_is_reversed_and_earned_anew(town: PointsTown) -> None:
    attendance = came_and_left(town)
    correct(attendance, 60)
    assert faults() == [f"attendance {attendance}: its points are not those of its minutes"]
    assert settle_all(SYSTEM, now=NOW + timedelta(days=1)) == 1
    found = [(stored.entry.kind, stored.entry.part, stored.entry.points) for stored in entries_of(town.person)[2:]]
    assert found == [(EntryKind.REVERSE, "service", 24), (EntryKind.EARN, "service", 12)]
    assert account_of(town.person).balance == 14
    correct(attendance, None)
    assert settle_all(SYSTEM, now=NOW + timedelta(days=1)) == 1
    assert account_of(town.person).balance == 0
    correct(attendance, 125)
    assert settle_all(SYSTEM, now=NOW + timedelta(days=2)) == 1
    assert account_of(town.person).balance == 26
    assert faults() == []


def test_points_that_were_spent_are_not_asked_back(town: PointsTown) -> None:
    attendance = came_and_left(town)
    spend(town.person, 20)
    correct(attendance, None)
    settle_all(SYSTEM, now=NOW)
    assert account_of(town.person).balance == 0
    assert settle_all(SYSTEM, now=NOW) == 0
    assert faults() == []


def test_points_that_were_spent_are_not_earned_a_second_time(town: PointsTown) -> None:
    attendance = came_and_left(town)
    earned = account_of(town.person).balance
    spend(town.person, earned)
    for minutes, balance in ((60, 0), (None, 0), (125, 0), (245, 24)):
        correct(attendance, minutes)
        settle_all(SYSTEM, now=NOW)
        assert account_of(town.person).balance == balance
    assert faults() == []


def test_a_month_earns_no_more_than_its_cap(town: PointsTown) -> None:
    assert give(town.person, 190) == 190
    assert give(town.person, 50, subject_id=8) == 200
    assert give(town.person, 50, subject_id=9) == 200
    assert give(town.person, 50, NOW + timedelta(days=5), subject_id=10) == 250
    assert [stored.entry.points for stored in entries_of(town.person)] == [190, 10, 0, 50]


def test_one_cannot_spend_more_than_there_is(town: PointsTown) -> None:
    give(town.person, 50)
    with pytest.raises(PointsTooFew):
        spend(town.person, 51)
    assert account_of(town.person).balance == 50


def test_a_reversal_is_made_once(town: PointsTown) -> None:
    give(town.person, 50)
    stored = entries_of(town.person)[0]
    with transaction(EVERYWHERE) as session:
        reverse_entry(session, rows.lock_account(session, town.person), stored, NOW, None)
    with pytest.raises((DBAPIError, StaleRecord)), transaction(EVERYWHERE) as session:
        reverse_entry(session, rows.lock_account(session, town.person), stored, NOW, None)
    assert account_of(town.person).balance == 0


def test_a_record_of_another_person_moves_its_points(town: PointsTown) -> None:
    other = make.make_person("李实", area=town.b)
    for person in (town.person, other):
        with transaction(EVERYWHERE) as session:
            settle(session, SYSTEM, Record("pledge", 5, person, NOW, {EarningKind.PLEDGE: 2}), NOW)
    assert (account_of(town.person).balance, account_of(other).balance) == (0, 20)
    assert faults() == []


def test_months_close_in_turn_and_corrections_come_later(town: PointsTown) -> None:
    give(town.person, 50, datetime(2026, 9, 10, tzinfo=UTC), subject_id=1)
    give(town.person, 30, datetime(2026, 10, 10, tzinfo=UTC), subject_id=2)
    with pytest.raises(MonthOutOfTurn):
        close_month(SYSTEM, date(2026, 10, 1), NOW)
    closed = close_month(SYSTEM, None, NOW)
    assert (closed.month, closed.earned, closed.entries) == ("2026-09", 50, 1)
    with pytest.raises(MonthClosed):
        close_month(SYSTEM, date(2026, 9, 5), NOW)
    close_month(SYSTEM, date(2026, 10, 1), NOW)
    with pytest.raises(MonthNotOver):
        close_month(SYSTEM, None, NOW)
    with transaction(EVERYWHERE) as session:
        record = Record("pledge", 1, town.person, datetime(2026, 9, 10, tzinfo=UTC), {EarningKind.PLEDGE: 4})
        assert settle(session, SYSTEM, record, NOW) == 70
    assert [stored.entry.day for stored in entries_of(town.person)[2:]] == [date(2026, 11, 30)] * 2
    assert faults() == []


def test_old_points_expire_oldest_first_and_once(town: PointsTown) -> None:
    give(town.person, 100, datetime(2024, 5, 1, tzinfo=UTC), subject_id=1)
    give(town.person, 60, datetime(2026, 5, 1, tzinfo=UTC), subject_id=2)
    spend(town.person, 30)
    assert expire_points(SYSTEM, dry_run=True, now=NOW).points == 70
    report = expire_points(SYSTEM, now=NOW)
    assert (report.before, report.members, report.points) == (date(2024, 11, 30), 1, 70)
    assert account_of(town.person).balance == 60
    assert expire_points(SYSTEM, now=NOW).points == 0
    assert faults() == []


def test_a_month_that_closes_under_an_entry_refuses_it_in_words(
    town: PointsTown, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    give(town.person, 50)
    close_month(SYSTEM, date(2026, 11, 1), NOW + timedelta(days=1))
    monkeypatch.setattr("services.points.ledger.find_closed_until", lambda _session: None)
    refusal = pytest.raises(StaleRecord) if not db.is_sqlite else pytest.raises(DBAPIError, match="closed")
    with refusal:
        spend(town.person, 10)
    assert account_of(town.person).balance == 50
