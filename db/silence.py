"""PostgreSQL connections that notice when the server no longer answers, however long a statement may take.

A machine that is gone is told by the network (db.engine). A server that hangs while its machine still acknowledges
packets is not: a statement would wait for ever. So whoever waits in silence asks from time to time whether the server
still lets anybody in; a slow statement goes on, one on a server that hangs ends.
"""

from collections.abc import Callable, Generator
from time import monotonic
from typing import Any

import psycopg
from psycopg.errors import ConnectionTimeout
from sqlalchemy import Engine, event

SILENT_SECONDS = 4.0


class WatchedConnection(psycopg.Connection[Any]):
    """A connection whose waiting is watched. ``probe`` raises ConnectionTimeout where nobody is let in."""

    probe: Callable[[], None] = staticmethod(lambda: None)

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """As psycopg waits; an OperationalError and a closed connection when the server hangs."""
        return super().wait(self._watched(gen), *args, **kwargs)

    def _watched(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        asked = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and monotonic() - asked > SILENT_SECONDS:
                    self._ask()
                    asked = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _ask(self) -> None:
        try:
            self.probe()
        except ConnectionTimeout:
            self.pgconn.finish()
            raise
        except psycopg.Error:
            pass  # it answers, if only to say that it has no place left


def watch(engine: Engine) -> None:
    """Let every connection of an engine be a watched one."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: list[Any], values: dict[str, Any]) -> WatchedConnection:
        connection = WatchedConnection.connect(*args, **values)
        connection.probe = lambda: psycopg.connect(*args, **values).close()  # type: ignore[method-assign]
        return connection
