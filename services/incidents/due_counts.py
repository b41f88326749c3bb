"""Warnings before time: what is late, due within two working hours, due today (feature C4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.queries.due_counts import count_due as query_due
from db.session import reading
from domain.clock import day_end, local_date, utc_now
from domain.clocks import Calendar, ClockKind, Limit, due_at
from domain.permissions import Actor, Permission, require
from services.clocks.calendars import calendar_in

# The working calendar counts it: at 17:00 it reaches into the next working day.
SOON = Limit(2, ClockKind.WORKING_HOUR)


@dataclass(frozen=True)
class DueCounts:
    """Running cases: past their deadline; due within two working hours; due on this Shanghai day and not late yet."""

    late: int
    soon: int
    today: int


def count_due(actor: Actor, now: datetime | None = None) -> DueCounts:
    """The counts over the actor's cases; those that are answered, suspended or linked to another press nobody."""
    require(actor, Permission.INCIDENT_SEE)
    with reading(actor.scope) as session:
        return due_counts_in(session, now or utc_now())


def due_counts_in(session: Session, now: datetime, calendar: Calendar | None = None) -> DueCounts:
    """The same within a session and its scope."""
    soon = soon_until(now, calendar or calendar_in(session))
    return DueCounts(*query_due(session, now, soon, day_end(local_date(now))))


def soon_until(now: datetime, calendar: Calendar) -> datetime:
    """The instant two working hours ahead."""
    return due_at(now, SOON, calendar)
