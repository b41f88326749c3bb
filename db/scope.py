"""Rows that an actor may see: a filter on every ORM statement, deny by default (feature N5).

Each session carries a scope. Statements on a ``Scoped`` model, joins, aliases, subqueries, ``get`` and ORM updates
and deletes get the filter; a row written outside the scope is refused before the commit. Core statements on
``__table__`` are not covered and are kept to db/ (a structure test looks).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import event, false, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.visitors import iterate

from db.models import Base, Scoped
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, Scope


@lru_cache(maxsize=256)
def _criteria(scope: Scope | None) -> tuple[Any, ...]:
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)]
    return tuple(
        with_loader_criteria(model, false() if scope is None else model.visible_to(scope), include_aliases=True)
        for model in models
    )


@contextmanager
def everywhere(session: Session) -> Iterator[None]:
    """A part of a transaction that runs EVERYWHERE: what follows from an action, past the rows that its actor sees."""
    session.flush()
    scope = session.info.get("scope")
    session.info["scope"] = EVERYWHERE
    try:
        yield
        session.flush()
    finally:
        session.info["scope"] = scope


@event.listens_for(Session, "do_orm_execute")
def _apply_scope(state: ORMExecuteState) -> None:
    scope: Scope | None = state.session.info.get("scope")
    if (scope is None or not scope.everywhere) and not state.is_column_load:
        _refuse_unscoped(state)
        state.statement = state.statement.options(*_criteria(scope))  # type: ignore[attr-defined]


def _refuse_unscoped(state: ORMExecuteState) -> None:
    """A select made of and_, or_ and functions alone is none of the ORM's, and would slip through the filter.

    Naming its model (``select_from``) makes it one. Raises RuntimeError: it is a fault of the query.
    """
    if state.is_select and not state.is_orm_statement:
        for part in iterate(cast(Any, state.statement)):
            if "parententity" in part._annotations:
                raise RuntimeError(f"not filtered by the scope, add select_from(model): {state.statement}")


@event.listens_for(Session, "after_flush")
def _refuse_foreign_rows(session: Session, _context: Any) -> None:
    scope: Scope | None = session.info.get("scope")
    if scope is not None and scope.everywhere:
        return
    rows = [row for row in (*session.new, *session.dirty) if isinstance(row, Scoped)]
    with session.no_autoflush:
        for row in rows:
            model: Any = type(row)
            key = row.id  # type: ignore[attr-defined]
            if session.scalar(select(model.id).where(model.id == key)) is None:
                raise PermissionDenied(permission="scope", role="")
