"""What a deadline is counted from, read off a timeline: start, limit, extensions, suspensions (features C4, C8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.clocks import Calendar, ClockKind, Deadline, Limit, Pause, deadline
from domain.incidents import IncidentAction

_A = IncidentAction
# They move a deadline, but its start and limit stay.
_MOVING = frozenset({_A.EXTEND, _A.RECOUNT, _A.RESUME})


@dataclass(frozen=True)
class ClockEntry:
    """One entry of a timeline as far as clocks are concerned; ``said`` is its detail."""

    action: IncidentAction
    at: datetime
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A limit that began at ``start``, what was added to it by extensions, and when it stood still.

    ``stopped_at``: since when it stands now, None while it runs.
    """

    start: datetime
    limit: Limit
    extensions: tuple[float, ...] = ()
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None

    @property
    def total(self) -> Limit:
        """The limit with its extensions."""
        return Limit(self.limit.amount + sum(self.extensions), self.limit.clock)

    def deadline(self, calendar: Calendar) -> Deadline:
        """When it ends, and every stretch on the way; one that stands now is counted as if it did not."""
        return deadline(self.start, self.total, calendar, self.pauses)

    def resumed(self, at: datetime) -> "Run":
        """The run that goes on at an instant; the same where it does not stand."""
        if self.stopped_at is None:
            return self
        return replace(self, pauses=(*self.pauses, Pause(self.stopped_at, at)), stopped_at=None)


def run_of(entries: Iterable[ClockEntry]) -> Run | None:
    """The run that a timeline leads to; None where its deadline was set by hand, or never.

    A new start or another clock begins a new run without the extensions of the one before.
    """
    run: Run | None = None
    for entry in entries:
        if entry.action is _A.SUSPEND and run:
            run = replace(run, stopped_at=entry.at)
        elif entry.action is _A.RESUME and run:
            run = run.resumed(entry.at)
        elif entry.action is _A.EXTEND and run and (added := entry.said.get("added")):
            run = replace(run, extensions=(*run.extensions, added["amount"]))
        elif entry.action not in _MOVING and "due_at" in entry.said:
            run = _begun(run, entry.said)
    return run


def _begun(run: Run | None, said: Mapping[str, Any]) -> Run | None:
    if "limit" not in said or "counted_from" not in said:
        return None
    limit = Limit(said["limit"]["amount"], ClockKind(said["limit"]["clock"]))
    start = datetime.fromisoformat(said["counted_from"])
    if run is None:
        return Run(start, limit)
    same = run.start == start and run.limit.clock is limit.clock
    return replace(run, start=start, limit=limit, extensions=run.extensions if same else ())
