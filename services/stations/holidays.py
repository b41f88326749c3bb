"""What the calendar of holidays offers to the hours of a station (feature F1, decision 0210)."""

from datetime import datetime

from db.queries.calendars import find_calendar_version, read_calendar
from db.session import reading
from domain.calendars import CalendarStretch, coming_stretches
from domain.clock import local_date, utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.clocks.calendars import seed_table
from services.system.installations import current_profile


def list_coming_holidays(actor: Actor, now: datetime | None = None) -> list[CalendarStretch]:
    """The holidays and worked weekends that are not over, by day; none where the profile keeps no public holidays."""
    require(actor, Permission.STATION_EDIT)
    if not current_profile().public_holidays.value:
        return []
    with reading(EVERYWHERE) as session:
        table = read_calendar(session) if find_calendar_version(session) else seed_table()
    return coming_stretches(table.days.values(), local_date(now or utc_now()))
