"""How many cases press: late, due within some instants; and those that press most, for the big screen."""

from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from db.models import Area, Incident
from db.queries.conditions import pressing
from db.queries.overview import Newest


def count_due(session: Session, now: datetime, soon: datetime, day_end: datetime) -> tuple[int, int, int]:
    """Late; due from ``now`` to ``soon``, both with; due from ``now`` to before ``day_end``: of those that press."""
    ahead = Incident.due_at >= now
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
        for condition in (
            Incident.due_at < now, and_(ahead, Incident.due_at <= soon), and_(ahead, Incident.due_at < day_end),
        )
    ]  # fmt: skip
    statement = select(*sums).where(*pressing(), Incident.due_at <= max(soon, day_end))
    late, within, today = session.execute(statement).one()
    return late, within, today


def list_pressing(session: Session, limit: int) -> list[Newest]:
    """What hurts next: the latest of the late ones first, then by what is due next; nothing personal."""
    statement = (
        select(
            Incident.category, Area.name, Area.path, Incident.reported_at, Incident.status, Incident.due_at,
            Incident.closed_at, Incident.main_id,
        )
        .outerjoin(Area, Area.id == Incident.area_id)
        .where(*pressing())
        .order_by(Incident.due_at, Incident.id)
        .limit(limit)
    )  # fmt: skip
    return [Newest(*row) for row in session.execute(statement)]
