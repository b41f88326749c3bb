"""What counts for pledges, and what waits for a second person (feature D3, decisions 0180, 0218)."""

from collections import defaultdict

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from db.models import PledgeEvidence, PlotCheck, Visit
from db.queries.pledges import EVERY, KINDS_BY_HAND, PledgeFilter, marks_by_evidence, of
from domain.pledge_services import Service, Spot
from domain.pledges import EvidenceKind


def list_services(session: Session, which: PledgeFilter = EVERY) -> dict[int, list[Service]]:
    """Pledge id → what counts for it: not withdrawn, and confirmed where it was noted by hand.

    A place's second service of a day is among them: ``domain.pledge_services.repeated`` names it. Places are those of
    the records, wherever they lie, so that everybody sees one status.
    """
    marks, visits, checks = marks_by_evidence(), Visit.__table__.c, PlotCheck.__table__.c
    kind, record = PledgeEvidence.kind, PledgeEvidence.record_id
    statement = (
        select(
            PledgeEvidence.pledge_id, PledgeEvidence.happened_on, PledgeEvidence.quantity, PledgeEvidence.id,
            visits.area_id, visits.lon, visits.lat, checks.plot_id,
        )
        .outerjoin(marks, marks.c.evidence_id == PledgeEvidence.id)
        .outerjoin(visits.id.table, and_(kind == EvidenceKind.VISIT.value, visits.id == record))
        .outerjoin(checks.id.table, and_(kind == EvidenceKind.PLOT_CHECK.value, checks.id == record))
        .where(of(which, PledgeEvidence.pledge_id))
        .where(func.coalesce(marks.c.withdrawn, 0) == 0)
        .where(or_(kind.not_in(KINDS_BY_HAND), marks.c.confirmed == 1))
    )  # fmt: skip
    found: dict[int, list[Service]] = defaultdict(list)
    for pledge_id, day, quantity, number, *place in session.execute(statement):
        found[pledge_id].append(Service(day, quantity, number, _spot(*place)))
    return found


def _spot(area: int | None, lon: float | None, lat: float | None, plot: int | None) -> Spot | None:
    if area is not None:
        return Spot((EvidenceKind.VISIT.value, area), lon, lat)
    return None if plot is None else Spot((EvidenceKind.PLOT_CHECK.value, plot))


def count_waiting(session: Session, which: PledgeFilter = EVERY) -> dict[int, int]:
    """Pledge id → services noted by hand that wait for a second person."""
    marks = marks_by_evidence()
    statement = (
        select(PledgeEvidence.pledge_id, func.count(PledgeEvidence.id))
        .outerjoin(marks, marks.c.evidence_id == PledgeEvidence.id)
        .where(of(which, PledgeEvidence.pledge_id))
        .where(PledgeEvidence.kind.in_(KINDS_BY_HAND), marks.c.evidence_id.is_(None))
        .group_by(PledgeEvidence.pledge_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
