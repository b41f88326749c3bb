"""Activities planned as one (feature F3, decision 0198): preview, plan, change or cancel one and those after it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Activity, ActivitySeries
from db.queries import activities as rows
from db.queries.activities import ActivityRow
from db.queries.areas import list_areas_by_id
from db.queries.attendances import count_taken_places
from db.queries.audit import add_audit_entry
from db.queries.calendars import read_calendar
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.clock import from_local, local_date, to_local, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.series import InvalidRepeat, Repeat, days_of
from domain.texts import clean_text
from services.activities.calendar import ActivityView, activity_views, works_for
from services.activities.plans import (
    ActivityForm,
    ActivityOutsideScope,
    CapacityBelowTaken,
    checked_columns,
    editable_activity,
)
from services.activities.recording import let_all_go
from services.activities.waiting import move_up_waiting


class NotOfASeries(Refusal):
    """The activity was planned by itself: there are none after it."""

    code = "not_of_a_series"


@dataclass(frozen=True)
class Occurrence:
    """One day of a repeat. ``clash``: what is in the room then, or at the station where no room is chosen.

    ``day_off``: the name of the public holiday, or of the working day in its place, in the calendar's own words.
    """

    day: date
    clash: ActivityRow | None
    day_off: str


def preview_series(actor: Actor, form: ActivityForm, repeat: Repeat) -> list[Occurrence]:
    """The days of a repeat with what stands in their way; nothing is written. Raises InvalidRepeat."""
    require(actor, Permission.ACTIVITY_PLAN)
    days = days_of(local_date(form.starts_at), repeat)
    with reading(EVERYWHERE) as session:
        calendar = read_calendar(session).days
        return [
            Occurrence(
                day,
                _clash(session, moved_to(form, day)),
                calendar[day].name if day in calendar and not calendar[day].working else "",
            )
            for day in days
        ]


def plan_series(
    actor: Actor, form: ActivityForm, repeat: Repeat, days: Collection[date], form_key: str,
    now: datetime | None = None,
) -> ActivityView:  # fmt: skip
    """Plan the chosen ``days`` of a repeat, all or none; the first is answered, and again for the same form.

    Refusals as in ``plan_activity``, and InvalidRepeat (also for a day that is none of the repeat's, and for none).
    """
    require(actor, Permission.ACTIVITY_PLAN)
    now = now or utc_now()
    every = days_of(local_date(form.starts_at), repeat)
    if not days or not set(days) <= set(every):
        raise InvalidRepeat()
    with transaction(EVERYWHERE) as session:
        first_id = find_receipt(session, actor.user_id, "activity", form_key)
        if first_id is None:
            first_id = _plan_days(session, actor, form, repeat, sorted(days), now)
            add_receipt(session, actor.user_id, "activity", form_key, first_id, now)
            session.flush()
        return activity_views(session, actor, [rows.get_activity_row(session, first_id)], now)[0]


def edit_following(
    actor: Actor, activity_id: int, form: ActivityForm, version: int, now: datetime | None = None
) -> int:  # fmt: skip
    """Change an activity and those of its series after it; returns how many.

    The clock of the form holds for all, and a moved day moves each by as many days. All or none: refusals as in
    ``edit_activity``, and NotOfASeries.
    """
    require(actor, Permission.ACTIVITY_PLAN)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        opened = editable_activity(session, actor, activity_id, version, now)
        shift = local_date(form.starts_at) - local_date(opened.starts_at)
        later = form.starts_at > opened.starts_at
        found = sorted(_following(session, actor, opened), key=lambda row: row.starts_at, reverse=later)
        own = tuple(row.id for row in found)
        for row in found:  # in such an order that none runs into the place that the next is about to leave
            _change(session, actor, row, moved_to(form, local_date(row.starts_at) + shift), own, now)
        add_audit_entry(session, actor.user_id, "edit", "activity", now, activity_id, f"series {len(found)}")
        session.flush()
        return len(found)


def cancel_following(
    actor: Actor, activity_id: int, reason: str, version: int, now: datetime | None = None
) -> int:  # fmt: skip
    """Call off an activity and those of its series after it; returns how many. Refusals as in ``cancel_activity``."""
    require(actor, Permission.ACTIVITY_PLAN)
    now = now or utc_now()
    reason = clean_text(reason, "cancel_reason", 400)
    with transaction(EVERYWHERE) as session:
        opened = editable_activity(session, actor, activity_id, version, now)
        found = _following(session, actor, opened)
        for row in found:
            row.cancelled_at, row.cancel_reason = now, reason
            let_all_go(session, actor, row, now)
        add_audit_entry(
            session, actor.user_id, "cancel", "activity", now, activity_id, f"series {len(found)}: {reason}"
        )
        session.flush()
        return len(found)


def moved_to(form: ActivityForm, day: date) -> ActivityForm:
    """The form for another Shanghai day, at the same clock and as long."""
    starts = from_local(day, to_local(form.starts_at).time())
    return replace(form, starts_at=starts, ends_at=starts + (form.ends_at - form.starts_at))


def _plan_days(
    session: Session, actor: Actor, form: ActivityForm, repeat: Repeat, days: list[date], now: datetime
) -> int:  # fmt: skip
    series = ActivitySeries(
        unit=repeat.unit.value, every=repeat.every, until=repeat.until, created_by=actor.user_id or None, created_at=now
    )
    session.add(series)
    session.flush()
    made = []
    for day in days:
        columns = checked_columns(session, actor, moved_to(form, day))
        made.append(Activity(created_by=actor.user_id or None, series_id=series.id, **columns))
        session.add(made[-1])
        session.flush()
    add_audit_entry(session, actor.user_id, "plan", "activity", now, made[0].id, f"series {len(made)}")
    return made[0].id


def _following(session: Session, actor: Actor, opened: Activity) -> list[Activity]:
    """It and those after it, each of which the actor may change: one of them may be held for another area by now."""
    if opened.series_id is None:
        raise NotOfASeries()
    found = rows.list_following(session, opened.series_id, opened.starts_at)
    areas = list_areas_by_id(session, {row.area_id for row in found if row.area_id is not None})
    for row in found:
        area = areas.get(row.area_id or 0)
        if not works_for(actor, area.path if area else None, row.created_by):
            raise ActivityOutsideScope(area=area.name if area else "")
    return found


def _change(
    session: Session, actor: Actor, row: Activity, form: ActivityForm, own: tuple[int, ...], now: datetime
) -> None:
    taken = count_taken_places(session, row.id)
    if form.capacity is not None and form.capacity < taken:
        raise CapacityBelowTaken(taken=taken)
    for name, value in checked_columns(session, actor, form, own).items():
        setattr(row, name, value)
    session.flush()
    move_up_waiting(session, row, now)


def _clash(session: Session, form: ActivityForm) -> ActivityRow | None:
    if form.station_id is None or form.starts_at >= form.ends_at:
        return None
    found = rows.list_clashes(session, form.station_id, form.starts_at, form.ends_at, (), form.room_id)
    return found[0] if found else None
