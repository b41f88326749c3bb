"""Sessions across the rebuilding of a demo."""

from sqlalchemy import insert, select

from db import migrating
from db.models import User, UserSession
from db.session import Database
from domain.permissions import EVERYWHERE


def keep_sessions(old: Database, new: Database) -> None:
    """Copy the sessions of ``old`` into ``new`` for the users that both have (same id, name and role).

    So nobody is thrown out when a demo is built anew. Without an ``old`` schema there is nothing to keep.
    """
    if migrating.present_revision(old) != migrating.newest_revision():
        return
    with old.reading(EVERYWHERE) as session:
        users = {row.id: (row.username, row.role) for row in session.scalars(select(User))}
        columns = [column for column in UserSession.__table__.columns if column.name != "id"]
        rows = [dict(row._mapping) for row in session.execute(select(*columns))]
    with new.transaction(EVERYWHERE) as session:
        same = {row.id for row in session.scalars(select(User)) if users.get(row.id) == (row.username, row.role)}
        kept = [row for row in rows if row["user_id"] in same]
        if kept:
            session.execute(insert(UserSession.__table__), kept)  # type: ignore[arg-type]
