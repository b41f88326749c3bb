"""A kept pledge earns by the tariff's kind ``pledge``; what counts for it follows the records behind it (D3, E3)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from config.texts import text
from db.models import Pledge, PledgeEvidence, PledgeMark
from db.queries import pledges as rows
from db.queries.audit import add_audit_entry
from db.queries.pledge_services import list_services
from db.queries.pledges import WITHDRAWN, PledgeFilter
from db.queries.points import list_earning_subjects, list_live_entries
from db.scope import everywhere
from db.session import reading, transaction
from domain.clock import day_start, local_date, utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.pledges import EvidenceKind, PledgeStatus
from domain.points import EarningKind, EntryKind
from services.pledges.checks import wrong_evidence
from services.pledges.measures import standing_of
from services.points.earning import Record, settle

PLEDGE = "pledge"
_MOST = 20


def settle_pledge(session: Session, actor: Actor, pledge: Pledge, now: datetime) -> None:
    """Bring the ledger in line with a held pledge as it stands: once while it is kept, else nothing."""
    session.flush()
    with everywhere(session):
        services = list_services(session, PledgeFilter(ids=(pledge.id,))).get(pledge.id, [])
        found = standing_of(pledge, services, local_date(now))
        reached = found.reached_on if found.status is PledgeStatus.KEPT else None
        if reached or list_live_entries(session, EntryKind.EARN, PLEDGE, pledge.id):
            quantities = {EarningKind.PLEDGE: 1} if reached else {}
            at = day_start(reached) if reached else now
            settle(session, actor, Record(PLEDGE, pledge.id, pledge.person_id, at, quantities), now)


def follow_record(session: Session, actor: Actor, kind: EvidenceKind, record_id: int, now: datetime) -> None:
    """A record changed: evidence that says more than it does now is withdrawn, and counts for its pledge no more."""
    session.flush()
    with everywhere(session):
        for evidence_id in sorted(wrong_evidence(session, kind, record_id)):
            row = rows.get_evidence(session, evidence_id)
            pledge = rows.get_pledge(session, row.pledge_id, lock=True)
            add_withdrawal(session, actor, row, text(actor.locale, "pledges.record_changed"), now)
            settle_pledge(session, actor, pledge, now)


def add_withdrawal(session: Session, actor: Actor, row: PledgeEvidence, reason: str, now: datetime) -> None:
    """Write that evidence was withdrawn, and why."""
    by = actor.user_id or None
    mark = PledgeMark(pledge_id=row.pledge_id, evidence_id=row.id, mark=WITHDRAWN, reason=reason, user_id=by, at=now)
    session.add(mark)
    add_audit_entry(session, actor.user_id, f"pledge.{WITHDRAWN}", PLEDGE, now, row.pledge_id, f"evidence {row.id}")


def settle_pledges(
    actor: Actor, on_step: Callable[[int], None] = lambda _done: None, now: datetime | None = None
) -> int:
    """Settle every pledge that the ledger does not follow, such as those kept before there was one; how many."""
    require(actor, Permission.POINTS_CLOSE)
    now = now or utc_now()
    with reading(EVERYWHERE) as session:
        found = list_unsettled(session, now)
    for done, pledge_id in enumerate(found, 1):
        with transaction(EVERYWHERE) as session:
            settle_pledge(session, actor, rows.get_pledge(session, pledge_id, lock=True), now)
        on_step(done)
    return len(found)


def list_unsettled(session: Session, now: datetime) -> list[int]:
    """Pledges that are kept and earned nothing, or earned and are not kept, by id."""
    services, day = list_services(session), local_date(now)
    kept = {
        row.id
        for row in rows.list_pledges(session)
        if standing_of(row, services.get(row.id, []), day).status is PledgeStatus.KEPT
    }
    return sorted(kept ^ list_earning_subjects(session, PLEDGE, EarningKind.PLEDGE))


def list_pledge_point_faults(session: Session) -> list[str]:
    """For ``verify``: pledges that the ledger does not follow; ``manage.py points settle`` would."""
    found = list_unsettled(session, utc_now())
    return [f"pledge {number}: its points are not those of its state" for number in found[:_MOST]]
