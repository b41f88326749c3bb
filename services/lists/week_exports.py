"""The weekly plan as a file (feature F3, decision 0142)."""

from datetime import date, datetime

from domain.clock import local_date, to_local
from domain.permissions import Actor, Permission, require
from services.activities.weeks import get_week
from services.lists.exports import export_rows, name_of
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
        (local_date(one.starts_at), f"{to_local(one.starts_at):%H:%M}", f"{to_local(one.ends_at):%H:%M}", one.title,
         name_of(profile.activity_kind, one.kind, language), one.station or one.place, one.room, one.area, one.team,
         one.capacity, one.signed_up)
        for one in get_week(actor, day, station_id=station_id, area_id=area_id).activities
    ]  # fmt: skip
    return export_rows(actor, "week", _COLUMNS, rows, format, language, now)
