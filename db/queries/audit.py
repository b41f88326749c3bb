"""The record of what must be answerable: exports, imports, looks at contacts. Append-only by trigger."""

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import AuditEntry


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
