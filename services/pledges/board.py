"""The board of pledges: by grid and by post, what is late first; every figure is the list behind it (feature D3).

Places and posts are compared, never persons.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from db.queries.pledge_services import count_waiting
from db.queries.pledges import PledgeFilter
from db.session import reading
from domain.clock import local_date, utc_now
from domain.periods import months_after
from domain.permissions import Actor, Permission, require
from domain.pledges import SETTLED, PledgeStatus, Progress, is_unfinished
from services.pledges.register import PledgeView, limited, list_views
from services.system.installations import current_profile

MONTHS = 12
MOST_ROWS = 200


class Part(StrEnum):
    """A part of the pledges that a figure counts, and that its list shows."""

    ALL = "all"
    LATE = "late"
    RUNNING = "running"
    KEPT = "kept"
    REACHED_LATE = "reached_late"
    BROKEN = "broken"
    SETTLED = "settled"
    WAITING = "waiting"


PARTS: dict[Part, Callable[[PledgeView], bool]] = {
    Part.ALL: lambda view: True,
    Part.LATE: lambda view: is_unfinished(view.progress),
    Part.RUNNING: lambda view: view.progress.status in (PledgeStatus.OPEN, PledgeStatus.ON_THE_WAY),
    Part.KEPT: lambda view: view.progress.status is PledgeStatus.KEPT,
    Part.REACHED_LATE: lambda view: view.progress.status is PledgeStatus.LATE and not is_unfinished(view.progress),
    Part.BROKEN: lambda view: view.progress.status is PledgeStatus.BROKEN,
    Part.SETTLED: lambda view: view.progress.status in SETTLED,
}


@dataclass(frozen=True)
class BoardFilter:
    """Which pledges the list shows; what is left out is not asked. ``month``: first day of the month of the date."""

    part: Part = Part.ALL
    area_id: int | None = None
    post: str | None = None
    month: date | None = None
    search: str = ""


EVERYTHING = BoardFilter()


@dataclass(frozen=True)
class Share:
    """Kept pledges out of those that are settled; ``late``: unfinished after their date, ``total``: all."""

    kept: int
    settled: int
    late: int
    total: int

    @property
    def rate(self) -> float | None:
        """The share, None of nothing."""
        return self.kept / self.settled if self.settled else None


@dataclass(frozen=True)
class GroupRow:
    """A grid (its id and name), a post (its key), or a month (its first day), with its share."""

    key: int | str | date
    name: str
    share: Share


@dataclass(frozen=True)
class Board:
    """The board of a day: counts of each part, rows by grid, post and month, and the list under the filter.

    ``rows`` are the first of ``found``.
    """

    day: date
    counts: dict[Part, int]
    share: Share
    grids: list[GroupRow]
    posts: list[GroupRow]
    months: list[GroupRow]
    rows: list[PledgeView]
    found: int


def read_board(
    actor: Actor, which: BoardFilter = EVERYTHING, now: datetime | None = None, most: int = MOST_ROWS
) -> Board:
    """The board of the actor's scope, its list at most ``most`` long: a member sees one's own and public ones.

    The filter moves the list alone; the search moves everything. Five statements, whatever the number of pledges.
    """
    require(actor, Permission.PLEDGE_SEE)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        asked = limited(actor, PledgeFilter(search=which.search))
        views = list_views(session, asked, day)
        waiting = count_waiting(session, asked)
    parts = PARTS | {Part.WAITING: lambda view: view.id in waiting}
    rows = [view for view in views if parts[which.part](view) and _fits(view, which)]
    return Board(
        day,
        {part: sum(holds(view) for view in views) for part, holds in parts.items()},
        share_of(views),
        _groups(views, lambda view: view.area_id, lambda view: view.area),
        _posts(views),
        read_months(views, day),
        sorted(rows, key=_order)[:most],
        len(rows),
    )


def state_of(progress: Progress) -> str:
    """The status as people are told it (text ``pledges.status.…``): a late pledge that was reached is told apart."""
    late = progress.status is PledgeStatus.LATE and not is_unfinished(progress)
    return Part.REACHED_LATE.value if late else progress.status.value


def _fits(view: PledgeView, which: BoardFilter) -> bool:
    return (
        which.area_id in (None, view.area_id)
        and which.post in (None, view.post)
        and which.month in (None, view.due_on.replace(day=1))
    )


def _order(view: PledgeView) -> tuple[int, int, int]:
    """Late and unfinished first, the oldest before; then what runs, by date; then what is over, the newest first."""
    if is_unfinished(view.progress):
        return 0, view.due_on.toordinal(), view.id
    if PARTS[Part.RUNNING](view):
        return 1, view.due_on.toordinal(), view.id
    return 2, -view.due_on.toordinal(), view.id


def share_of(views: Iterable[PledgeView]) -> Share:
    """Kept out of settled, and how many are late, of some pledges."""
    found = list(views)
    kept, settled, late = (sum(map(PARTS[part], found)) for part in (Part.KEPT, Part.SETTLED, Part.LATE))
    return Share(kept, settled, late, len(found))


def _by(views: Iterable[PledgeView], key: Callable[[PledgeView], Any]) -> dict[Any, list[PledgeView]]:
    found: dict[Any, list[PledgeView]] = {}
    for view in views:
        found.setdefault(key(view), []).append(view)
    return found


def _groups(
    views: Sequence[PledgeView], key: Callable[[PledgeView], int | str], name: Callable[[PledgeView], str]
) -> list[GroupRow]:
    """By grid: most late ones first, then the lower share."""
    rows = [GroupRow(one, name(some[0]), share_of(some)) for one, some in _by(views, key).items()]
    return sorted(rows, key=lambda row: (-row.share.late, 2 if row.share.rate is None else row.share.rate, row.name))


def _posts(views: Sequence[PledgeView]) -> list[GroupRow]:
    """By post, in the order of the profile."""
    profile = current_profile()
    order = [post.key for post in (*profile.posts, *profile.grid_posts)]
    rows = _groups(views, lambda view: view.post, lambda view: view.post)
    return sorted(rows, key=lambda row: order.index(str(row.key)) if row.key in order else len(order))


def read_months(views: Sequence[PledgeView], day: date) -> list[GroupRow]:
    """The last twelve months: kept out of settled, by the month in which the date lies."""
    found = _by(views, lambda view: view.due_on.replace(day=1))
    months = [months_after(day, step) for step in range(1 - MONTHS, 1)]
    return [GroupRow(month, month.isoformat(), share_of(found.get(month, []))) for month in months]
