"""The administrator's calendar: a year's days, and its change, which moves running deadlines (feature C4)."""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from db.models import CalendarVersion
from db.queries.audit import add_audit_entry
from db.queries.calendars import (
    find_calendar_version,
    list_year_sources,
    read_calendar,
    write_days,
    write_years,
)
from db.session import reading, transaction
from domain.calendars import CalendarDay, CalendarEdit, CalendarTable, changed_days, edited
from domain.clock import from_local, local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.incidents import ReasonRequired
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Permission, require
from domain.texts import clean_line
from services.clocks.calendars import ENTERED, PACKAGE, calendar_of, fill_calendar, seed_table
from services.clocks.recounts import recount_deadlines
from services.system.installations import current_profile
from services.whistles.recounts import recount_report_ins

SUBJECT = "calendar"
NAME_LENGTH, REASON_LENGTH = 60, 400
ADDED_BY_UPDATE = "放假安排随程序更新"  # the program's own reason in a timeline
NOTHING = 0  # the version before the table was filled


class CalendarUnchanged(Refusal):
    """The edit says what is there already."""

    code = "calendar_unchanged"


@dataclass(frozen=True)
class CalendarYearView:
    """One year. ``version`` travels with every edit. ``source``: package, entered, "" while it is not complete."""

    year: int
    version: int
    days: tuple[CalendarDay, ...]
    source: str
    years: tuple[int, ...]
    changed_at: datetime | None

    @property
    def complete(self) -> bool:
        """Whether the year's schedule is entered."""
        return bool(self.source)


@dataclass(frozen=True)
class CalendarReport:
    """What an edit did: how many days differ now, and how many running deadlines moved."""

    version: int
    changed: int
    moved: int


def get_calendar_year(actor: Actor, year: int) -> CalendarYearView:
    """A year's days in order, and the years that are complete."""
    require(actor, Permission.CALENDAR_EDIT)
    with reading(EVERYWHERE) as session:
        version = find_calendar_version(session)
        table = read_calendar(session) if version else seed_table()
        sources = list_year_sources(session) if version else dict.fromkeys(table.years, PACKAGE)
    days = tuple(sorted(entry for entry in table.days.values() if entry.day.year == year))
    return CalendarYearView(
        year, version.version if version else NOTHING, days, sources.get(year, ""), tuple(sorted(sources)),
        version.changed_at if version else None,
    )  # fmt: skip


def edit_calendar(
    actor: Actor, edit: CalendarEdit, version: int, reason: str, now: datetime | None = None
) -> CalendarReport:
    """Change the calendar and count running deadlines anew, in one transaction.

    ``version`` is the one that was on the screen, ``reason`` stands in each timeline. Raises StaleRecord,
    ReasonRequired, CalendarUnchanged, and the refusals of domain.calendars.edited and of texts.
    """
    require(actor, Permission.CALENDAR_EDIT)
    now = now or utc_now()
    reason = clean_line(reason, "reason", REASON_LENGTH, required=False)
    if not reason:
        raise ReasonRequired(action="edit_calendar")
    edit = _named(edit)
    with transaction(EVERYWHERE) as session:
        row = fill_calendar(session, now)
        if version not in (row.version, NOTHING if row.version == 1 else row.version):
            raise StaleRecord()
        before = read_calendar(session)
        after = edited(before, edit, local_date(now).year)
        if after == before:
            raise CalendarUnchanged()
        return _change(session, actor, row, before, after, ENTERED, reason, now)


def add_known_years(now: datetime | None = None) -> CalendarReport | None:
    """Fill a table that is empty, and add the years that the packages know and nobody entered; None = nothing to do.

    Days that somebody entered are never changed: a year with a day of its own is left to the administrator.
    """
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        if find_calendar_version(session) is not None and seed_table().years <= read_calendar(session).years:
            return None
    with transaction(EVERYWHERE) as session:
        row = fill_calendar(session, now)
        before = read_calendar(session)
        entered = before.years | {day.year for day in before.days}
        years = seed_table().years - entered
        if not years:
            return CalendarReport(row.version, 0, 0)
        new = {day: entry for day, entry in seed_table().days.items() if day.year in years}
        after = CalendarTable({**before.days, **new}, before.years | years)
        return _change(session, SYSTEM, row, before, after, PACKAGE, ADDED_BY_UPDATE, now)


def _change(
    session: Session, actor: Actor, row: CalendarVersion, before: CalendarTable, after: CalendarTable, source: str,
    reason: str, now: datetime,
) -> CalendarReport:  # fmt: skip
    """Write the new table under the next version, and count running deadlines by it."""
    profile, changed = current_profile(), changed_days(before, after)
    _write(session, before, after, source)
    row.version, row.digest, row.changed_at = row.version + 1, after.digest, now
    moved = 0
    if profile.public_holidays.value:
        calendar = calendar_of(after, profile)
        moved = recount_deadlines(session, actor, calendar, changed, reason, now)
        if changed:
            recount_report_ins(session, actor, calendar, from_local(changed[0].day, time()), reason, now)
    add_audit_entry(session, actor.user_id, f"{SUBJECT}.edit", SUBJECT, now, detail=reason)
    session.flush()
    return CalendarReport(row.version, len(changed), moved)


def _named(edit: CalendarEdit) -> CalendarEdit:
    put = tuple(
        CalendarDay(entry.day, entry.working, clean_line(entry.name, "name", NAME_LENGTH)) for entry in edit.put
    )
    return CalendarEdit(edit.remove, put, edit.complete)


def _write(session: Session, before: CalendarTable, after: CalendarTable, source: str) -> None:
    came = [entry for day, entry in after.days.items() if before.days.get(day) != entry]
    gone: set[date] = {day for day, entry in before.days.items() if after.days.get(day) != entry}
    write_days(session, gone, came)
    write_years(session, after.years - before.years, source)
