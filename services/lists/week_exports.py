"""The weekly plan and the list of activities as files (features E2, F3, decision 0142)."""

from datetime import date, datetime

from config.texts import text
from domain.clock import local_date, to_local
from domain.permissions import Actor, Permission, require
from services.activities.calendar import ActivityFilter, list_activities_on, list_upcoming_activities
from services.activities.weeks import get_week
from services.lists.exports import MOST, export_rows, name_of, without_phones
from services.lists.files import ListFormat
from services.system.installations import current_profile

_COLUMNS = ("day", "starts", "ends", "title", "kind", "place", "room", "area", "team", "capacity", "signed_up")


def export_week(
    actor: Actor, day: date, format: ListFormat, language: str, *, station_id: int | None = None,
    area_id: int | None = None, now: datetime | None = None,
) -> bytes:  # fmt: skip
    """The activities of the week that holds ``day``, one in a row, by their beginning."""
    require(actor, Permission.EXPORT)
    profile = current_profile()
    rows = [
        (local_date(one.starts_at), f"{to_local(one.starts_at):%H:%M}", f"{to_local(one.ends_at):%H:%M}",
         without_phones(one.title), name_of(profile.activity_kind, one.kind, language),
         without_phones(one.station or one.place), one.room, one.area, one.team,
         one.capacity, one.signed_up)
        for one in get_week(actor, day, station_id=station_id, area_id=area_id).activities
    ]  # fmt: skip
    return export_rows(actor, "week", _COLUMNS, rows, format, language, now)


_LISTED = (
    "day", "starts", "ends", "title", "kind", "place", "room", "area", "team", "capacity", "signed_up", "in_queue",
    "attended", "state",
)  # fmt: skip


def export_activities(
    actor: Actor, which: ActivityFilter, format: ListFormat, language: str, *, day: date | None = None,
    now: datetime | None = None,
) -> bytes:  # fmt: skip
    """The activities of a filter that begin on a Shanghai day; without one all that are running or still to come.

    Numbers alone: nobody who signed up is named. Raises ListTooLong.
    """
    require(actor, Permission.EXPORT)
    profile, most = current_profile(), MOST + 1
    found = (
        list_activities_on(actor, day, which, now, most) if day
        else list_upcoming_activities(actor, which, most, now)
    )  # fmt: skip
    rows = [
        (local_date(one.starts_at), f"{to_local(one.starts_at):%H:%M}", f"{to_local(one.ends_at):%H:%M}",
         without_phones(one.title), name_of(profile.activity_kind, one.kind, language),
         without_phones(one.station or one.place), one.room, one.area, one.team, one.capacity, one.signed_up,
         one.waiting, one.attended, text(language, f"activities.status.{one.status}"))
        for one in found
    ]  # fmt: skip
    return export_rows(actor, "activities", _LISTED, rows, format, language, now)
