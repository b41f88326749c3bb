"""Facts about the database: profile, demo or real."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import InstallationValue


def list_installation_values(session: Session) -> dict[str, str]:
    """Every fact, by key."""
    return {row.key: row.value for row in session.scalars(select(InstallationValue))}


def set_installation_value(session: Session, key: str, value: str) -> None:
    """Record or replace a fact."""
    session.merge(InstallationValue(key=key, value=value))
