"""The incidents behind a figure: the criteria by which lists and maps hold exactly what it counts (feature J1)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries.conditions import Counted, Members, Window
from db.session import reading
from domain.clock import day_end, day_start
from domain.errors import NotFound
from domain.indicators import Behind
from domain.periods import Period
from domain.permissions import EVERYWHERE
from services.indicators.groups import Group, grouping_of
from services.system.installations import current_profile

_NOBODY = Members("area_id")


def window_of(period: Period, now: datetime) -> Window:
    """A period as instants, and as far as it has come: what was done in this very second is done."""
    start, end = day_start(period.first), day_end(period.last)
    filing = current_profile().thresholds.filed_within.limit.length
    return Window(start, end, max(start, min(end, now + timedelta(seconds=1))), filing)


def counted_of(session: Session, profile: Profile, behind: Behind, now: datetime) -> Counted:
    """What a list asks for to hold the incidents behind a figure; a grouping that does not exist has none."""
    window = window_of(behind.period, now)
    if not behind.by:
        return Counted(behind.parts, window)
    try:
        grouping = grouping_of(session, profile, behind.by, EVERYWHERE)
    except NotFound:
        return Counted(behind.parts, window, _NOBODY)
    return Counted(behind.parts, window, grouping.members_of(behind.group))


def name_behind(behind: Behind) -> Group | None:
    """The group of a figure, to be named; None over all groups or where there is none."""
    if not behind.by:
        return None
    with reading(EVERYWHERE) as session:
        try:
            return grouping_of(session, current_profile(), behind.by, EVERYWHERE).name_of(behind.group)
        except NotFound:
            return None
