"""How many cases press: late, due within some instants; and those that press most, for the big screen."""

from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from db.models import Area, Incident
from db.queries.incidents import running
from db.queries.overview import Newest


def count_due(
    session: Session, now: datetime, soon: datetime, day_end: datetime, mains_only: bool = False
) -> tuple[int, int, int]:
    """Late; due from ``now`` to ``soon``, both with; due from ``now`` to before ``day_end``.

    ``mains_only``: without those that are linked to another.
    """
    ahead = Incident.due_at >= now
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
        for condition in (
            Incident.due_at < now, and_(ahead, Incident.due_at <= soon), and_(ahead, Incident.due_at < day_end),
        )
    ]  # fmt: skip
    statement = select(*sums).where(*running(), Incident.due_at <= max(soon, day_end))
    if mains_only:
        statement = statement.where(Incident.main_id.is_(None))
    late, within, today = session.execute(statement).one()
    return late, within, today


def list_pressing(session: Session, limit: int) -> list[Newest]:
    """What hurts next: the latest of the late ones first, then by what is due next; nothing personal."""
    statement = (
        select(
            Incident.category, Area.name, Area.path, Incident.reported_at, Incident.status, Incident.due_at,
            Incident.closed_at,
        )
        .outerjoin(Area, Area.id == Incident.area_id)
        .where(*running())
        .order_by(Incident.due_at, Incident.id)
        .limit(limit)
    )  # fmt: skip
    return [Newest(*row) for row in session.execute(statement)]
