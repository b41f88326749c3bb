"""Is what the database holds whole? Each check answers with its faults in plain words, at most a few of them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from db import migrating
from db.models import Area, Organisation, box_of
from db.session import Database
from db.triggers import list_trigger_faults

_MOST = 20


def list_schema_faults(target: Database) -> list[str]:
    """The schema is the newest, and is what the models say; the triggers are there, and do what they were made for."""
    revision = migrating.present_revision(target)
    if revision != migrating.newest_revision():
        return [f"schema {revision}, expected {migrating.newest_revision()}"]
    faults = [str(difference) for difference in migrating.list_differences(target)]
    return _few([*faults, *list_trigger_faults(target)])


def list_file_faults(session: Session) -> list[str]:
    """SQLite's own look at its pages and indexes; PostgreSQL has none that an ordinary user may ask for."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    return [line for line in session.scalars(text("PRAGMA integrity_check(20)")) if line != "ok"]


def list_reference_faults(session: Session) -> list[str]:
    """Rows that name a row that does not exist."""
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(text("PRAGMA foreign_key_check"))
        return _few(f"{row[0]} {row[1]} names a missing row of {row[2]}" for row in rows)
    unchecked = session.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"))
    return [f"constraint {name} was never checked" for name in unchecked]


def list_path_faults(session: Session, model: type[Area] | type[Organisation]) -> list[str]:
    """Rows of a tree whose path is not their parent's with their own id, or that lie on a circle."""
    rows = session.execute(select(model.id, model.parent_id, model.path)).all()
    path_of = {row_id: path for row_id, _, path in rows}
    return _few(
        f"{model.__tablename__} {row_id}: path {path}"
        for row_id, parent_id, path in rows
        if path != f"{path_of.get(parent_id, '?') if parent_id else '/'}{row_id}/"
    )


def list_depth_faults(session: Session) -> list[str]:
    """Areas whose depth is not the number of areas above them."""
    rows = session.execute(select(Area.id, Area.depth, Area.path))
    return _few(f"areas {row[0]}: depth {row[1]}" for row in rows if row[1] != row[2].count("/") - 2)


def list_code_faults(session: Session) -> list[str]:
    """Codes with more than one present area."""
    rows = session.execute(
        select(Area.code, func.count()).where(Area.valid_to.is_(None)).group_by(Area.code).having(func.count() > 1)
    )
    return _few(f"{count} present areas have the code {code}" for code, count in rows)


def list_box_faults(session: Session) -> list[str]:
    """Areas whose bounds, which every search goes through, are not their outline's."""
    columns = (Area.id, Area.geometry, Area.min_x, Area.min_y, Area.max_x, Area.max_y)
    rows = session.execute(select(*columns).execution_options(yield_per=2000))
    wrong = (row[0] for row in rows if tuple(box_of(row[1]).values()) != tuple(row[2:]))
    return _few((f"areas {area_id}: bounds differ from the outline" for area_id in wrong), list(_index_faults(session)))


def _index_faults(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name == "sqlite":
        there = session.scalar(text("SELECT count(*) FROM areas_rtree"))
        expected = session.scalar(select(func.count(Area.id)).where(Area.min_x.is_not(None)))
        if there != expected:
            yield f"spatial index: {there} entries for {expected} areas"


def _few(faults: Iterable[str], more: list[str] | None = None) -> list[str]:
    return [*islice(faults, _MOST), *(more or [])]
