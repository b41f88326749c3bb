"""The counters of the shop: at which station a good is handed out (feature E4, decision 0212)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.queries.redemptions import find_last_counter
from db.queries.stations import StationFilter, has_station, list_stations
from db.session import reading
from domain.clock import local_date, utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.shop import CounterNeeded


@dataclass(frozen=True)
class Counters:
    """The stations of today, id → name, and the actor's usual one; None where none is more likely than another."""

    stations: dict[int, str]
    usual: int | None


def list_counters(actor: Actor, now: datetime | None = None) -> Counters:
    """Where things can be handed out today. The usual counter is the one of the actor's last redemption.

    Before the first it is the only station of the actor's area, where there is one.
    """
    require(actor, Permission.SHOP_KEEP)
    day = local_date(now or utc_now())
    with reading(EVERYWHERE) as session:
        rows = list_stations(session, StationFilter(), day)
        last = find_last_counter(session, actor.user_id)
    stations = {row.id: row.name for row in rows}
    own = [row.id for row in rows if (row.area_path or "").startswith(actor.area_path or "")]
    only = own[0] if len(own) == 1 else None
    return Counters(stations, last if last in stations else only)


def counter_at(session: Session, station_id: int | None, now: datetime) -> int | None:
    """The station, if it exists today; None where the street has none. Raises CounterNeeded."""
    day = local_date(now)
    if has_station(session, day, station_id) != (station_id is not None):
        raise CounterNeeded()
    return station_id
