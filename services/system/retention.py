"""How long reporters' contacts are kept: erased so many days after the case ended, by the profile (feature N6)."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from db.models import Incident
from db.queries.audit import add_audit_entry
from db.queries.contacts import count_contacts, list_contacts_due
from db.session import reading, transaction
from domain.clock import utc_now
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.incidents.records import add_record
from services.orders.marks import without_reporter
from services.system.installations import current_profile
from services.timelines.entries import SUBJECT

PURGED = "contacts.purge"
_BATCH = 200


@dataclass(frozen=True)
class PurgeReport:
    """What was erased, or would be (``dry_run``): cases that ended ``days`` ago and held a name or a number.

    ``kept_open`` and ``kept_ended``: cases that still hold one, since they are open or ended later.
    """

    days: int
    ended_before: datetime
    dry_run: bool
    cases: int
    names: int
    phones: int
    kept_open: int
    kept_ended: int


def purge_contacts(
    actor: Actor, dry_run: bool = False, now: datetime | None = None,
    on_step: Callable[[int], None] = lambda _done: None,
) -> PurgeReport:  # fmt: skip
    """Erase name and number of whoever reported a case that ended the profile's days ago; again, it finds nothing.

    Each case gets an entry ERASE_CONTACT in its timeline, and the run one in the audit record. Cases are written in
    portions; a run that was stopped goes on where it was. A reopened case keeps its contact until it has ended again.
    """
    require(actor, Permission.USER_MANAGE)
    now, days = now or utc_now(), current_profile().contact_retention_days.value
    before = now - timedelta(days=days)
    with reading(EVERYWHERE) as session:
        counts = count_contacts(session, before)
    kept = (counts.still_open, counts.ended - counts.due)
    if dry_run:
        names, phones = _look_through(before)
        return PurgeReport(days, before, True, counts.due, names, phones, *kept)
    cases, names, phones = _erase_all(actor, before, days, now, on_step)
    report = PurgeReport(days, before, False, cases, names, phones, *kept)
    with transaction(EVERYWHERE) as session:
        said = json.dumps(asdict(report) | {"ended_before": before.isoformat()}, sort_keys=True)
        add_audit_entry(session, actor.user_id, PURGED, SUBJECT, now, detail=said)
    return report


def _look_through(before: datetime) -> tuple[int, int]:
    names = phones = after = 0
    while True:
        with reading(EVERYWHERE) as session:
            rows = list_contacts_due(session, before, after, _BATCH, lock=False)
        if not rows:
            return names, phones
        names, phones = names + _with_name(rows), phones + _with_phone(rows)
        after = rows[-1].id


def _with_name(rows: list[Incident]) -> int:
    return sum(row.reporter_name is not None for row in rows)


def _with_phone(rows: list[Incident]) -> int:
    return sum(row.reporter_phone is not None for row in rows)


def _erase_all(
    actor: Actor, before: datetime, days: int, now: datetime, on_step: Callable[[int], None]
) -> tuple[int, int, int]:
    cases = names = phones = after = 0
    while True:
        with transaction(EVERYWHERE) as session:
            rows = list_contacts_due(session, before, after, _BATCH, lock=True)
            names, phones = names + _with_name(rows), phones + _with_phone(rows)
            for row in rows:
                row.reporter_name = row.reporter_phone = None
                row.import_digest = without_reporter(row.import_digest)
                add_record(session, row, actor, IncidentAction.ERASE_CONTACT, now, detail={"days": days})
        if not rows:
            return cases, names, phones
        cases, after = cases + len(rows), rows[-1].id
        on_step(cases)
