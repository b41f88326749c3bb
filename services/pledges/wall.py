"""The wall of pledges: public ones alone, surnames only, for the big screen (features D3, K3)."""

from dataclasses import dataclass
from datetime import date, datetime

from db.queries.pledges import PledgeFilter
from db.session import reading
from domain.clock import local_date, utc_now
from domain.names import surname_of
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.pledges import PledgeUnit, Progress
from services.pledges.board import PARTS, GroupRow, Part, Share, read_months, share_of
from services.pledges.register import PledgeView, list_views

RECENT_DAYS = 60  # what was settled longer ago leaves the wall


@dataclass(frozen=True)
class WallCard:
    """One pledge as everybody may read it: no name but the surname, no person that could be looked up."""

    surname: str
    post: str
    area: str
    text: str
    unit: PledgeUnit
    due_on: date
    progress: Progress


@dataclass(frozen=True)
class Wall:
    """The cards, what runs by date and then what was settled lately; the share of all public ones, and by month."""

    at: datetime
    cards: list[WallCard]
    share: Share
    running: int
    months: list[GroupRow]


def read_wall(actor: Actor, now: datetime | None = None) -> Wall:
    """The public pledges of the actor's scope, of a street-wide account the street's."""
    require(actor, Permission.SCREEN_SEE)
    now = now or utc_now()
    day = local_date(now)
    scope = EVERYWHERE if actor.scope.everywhere else actor.scope
    with reading(scope) as session:
        views = list_views(session, PledgeFilter(public_or_of=0), day)
    shown = [view for view in views if (day - view.due_on).days <= RECENT_DAYS]
    running = [view for view in shown if PARTS[Part.RUNNING](view)]
    over = sorted(
        (view for view in shown if not PARTS[Part.RUNNING](view)), key=lambda view: (-view.due_on.toordinal(), view.id)
    )
    cards = [_card(view) for view in (*running, *over)]
    return Wall(now, cards, share_of(views), len(running), read_months(views, day))


def _card(view: PledgeView) -> WallCard:
    return WallCard(
        surname_of(view.person), view.post, view.area, view.text, PledgeUnit(view.unit), view.due_on, view.progress
    )
