"""Suspended cases (挂账): how long they have been lying, and how many wait for their review (feature C8)."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime

from db.queries.suspensions import list_suspended
from db.session import reading
from domain.clock import local_date, utc_now
from domain.permissions import Actor, Permission, require

# Ages in whole days, each up to and with; the last has no end.
AGES = (7, 30, 90)
AGE_NAMES = ("week", "month", "quarter", "longer")  # texts: incidents.ages.<name>


@dataclass(frozen=True)
class SuspendedAges:
    """How many lie up to 7, 30, 90 days and longer; ``review_due``: to be looked at today or before."""

    counts: tuple[int, int, int, int]
    review_due: int

    @property
    def total(self) -> int:
        """Every suspended case."""
        return sum(self.counts)


def suspended_ages(actor: Actor, now: datetime | None = None) -> SuspendedAges:
    """The suspended cases in the actor's scope by age, since the last time that they were suspended."""
    require(actor, Permission.INCIDENT_SEE)
    now = now or utc_now()
    with reading(actor.scope) as session:
        rows = list_suspended(session)
    counts = [0] * (len(AGES) + 1)
    for row in rows:
        counts[_age_group((now - row.since).days)] += 1
    due = sum(row.review_on is not None and row.review_on <= local_date(now) for row in rows)
    return SuspendedAges((counts[0], counts[1], counts[2], counts[3]), due)


@dataclass(frozen=True)
class SuspendedAge:
    """Since when one case is suspended, for how many whole days, and the name of its group in AGE_NAMES."""

    since: datetime
    days: int
    group: str


def map_suspended_ages(actor: Actor, now: datetime | None = None) -> dict[int, SuspendedAge]:
    """The id of each suspended case in the actor's scope with its age since the last suspension."""
    require(actor, Permission.INCIDENT_SEE)
    now = now or utc_now()
    with reading(actor.scope) as session:
        rows = list_suspended(session)
    ages = {row.incident_id: (row.since, (now - row.since).days) for row in rows}
    return {key: SuspendedAge(since, days, AGE_NAMES[_age_group(days)]) for key, (since, days) in ages.items()}


def _age_group(days: int) -> int:
    """The place of an age of whole days in AGE_NAMES."""
    return bisect_left(AGES, days)
