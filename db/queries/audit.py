"""The record of what must be answerable: exports, imports, looks at contacts. Append-only by trigger."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import AuditEntry, User


def add_audit_entry(
    session: Session,
    user_id: int,
    action: str,
    subject: str,
    at: datetime,
    subject_id: int | None = None,
    detail: str = "",
) -> None:
    """Record who did what. ``user_id`` 0 is the program itself (the command line), which has no account."""
    entry = AuditEntry(
        at=at, user_id=user_id or None, action=action, subject=subject, subject_id=subject_id, detail=detail
    )
    session.add(entry)


def list_actions(
    session: Session, actions: Collection[str], offset: int, limit: int
) -> list[tuple[datetime, str | None, str, str]]:
    """(at, name of who did it, subject, detail) of some actions, the newest first; no name is the program itself."""
    statement = (
        select(AuditEntry.at, User.name, AuditEntry.subject, AuditEntry.detail)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.action.in_(actions))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    rows = session.execute(statement.offset(offset).limit(limit))
    return [(at, by, subject, detail) for at, by, subject, detail in rows]


def count_actions(session: Session, actions: Collection[str]) -> int:
    """How often some actions are on record."""
    return session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action.in_(actions))) or 0
