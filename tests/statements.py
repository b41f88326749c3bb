"""Counts the SQL statements of a piece of code, so that a screen cannot grow a query for each row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from db.session import Database, database

_QUIET = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


class Statements(list[str]):
    """The statements sent, in order."""

    def most(self, number: int) -> None:
        """Fail, naming them, where there were more than ``number``."""
        assert len(self) <= number, f"{len(self)} statements, at most {number}:\n" + "\n".join(self)


@contextmanager
def recorded(target: Database | None = None) -> Iterator[Statements]:
    """``with recorded() as statements: …; statements.most(6)``. Bookkeeping of transactions is not counted."""
    found = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(_QUIET):
            found.append(" ".join(statement.split()))

    engine = (target or database()).engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
