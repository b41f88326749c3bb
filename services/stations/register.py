"""Stations: list, open now, create, edit, close (feature F1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import Station
from db.queries import stations as rows
from db.queries.activities import ActivityFilter, count_activities_between
from db.queries.audit import add_audit_entry
from db.queries.receipts import add_receipt, find_receipt, next_number
from db.queries.stations import StationFilter, StationRow
from db.session import reading, transaction
from domain.clock import day_start, local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.hours import InvalidHours, Window
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from domain.stations import (
    WEEKDAYS,
    HolidayHours,
    OpeningHours,
    exceptions_of,
    hours_from_json,
    hours_to_json,
    is_open,
    next_opening,
)
from domain.texts import clean_line
from services.areas.locating import Located, locate_point
from services.lists.search_keys import search_key
from services.system.installations import current_profile

FAR_AHEAD = date(9999, 1, 1)


class StationOutsideScope(Refusal):
    """The station lies, or would lie, in an area that the actor does not work for. Values: area."""

    code = "station_outside_scope"


class StationNeedsPlace(Refusal):
    """A station was given no point, or one that is none on earth."""

    code = "station_needs_place"


class StationClosesBeforeOpening(Refusal):
    """The day of closing lies before the day from which the station exists. Values: day."""

    code = "station_closes_before_opening"


class UnknownStationItem(Refusal):
    """An offer that the profile does not know for this kind of station. Values: item."""

    code = "unknown_station_item"


@dataclass(frozen=True)
class StationForm:
    """What people type. ``lon`` and ``lat`` in degrees, EPSG:4326; ``weekly``: weekday (mon …) → "08:30-12:00".

    ``holidays``: the days from today on that differ from the week; None = they stay as they are.
    """

    name: str
    kind: str
    lon: float | None
    lat: float | None
    address: str = ""
    phone: str = ""
    weekly: Mapping[str, str] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    holidays: tuple[HolidayHours, ...] | None = None


@dataclass(frozen=True)
class StationView:
    """A station as screens show it.

    ``open_now`` is None where the hours are not known; ``area`` is None where the point lies outside every area.
    """

    id: int
    version: int
    code: str
    name: str
    kind: str
    address: str
    phone: str | None
    lon: float | None
    lat: float | None
    area_id: int | None
    area: str | None
    hours: OpeningHours
    items: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    open_now: bool | None
    opens_next: tuple[date, Window] | None
    may_edit: bool

    @property
    def is_outside(self) -> bool:
        """Whether it has a place that lies in no area (界外)."""
        return self.lon is not None and self.area_id is None


def list_stations(
    actor: Actor,
    *,
    kind: str | None = None,
    search: str = "",
    area_path: str | None = None,
    open_now: bool = False,
    with_closed: bool = False,
    now: datetime | None = None,
) -> list[StationView]:
    """Stations of a kind, in an area's subtree, found by a part of name, pinyin or code; ``open_now``: open ones."""
    require(actor, Permission.STATION_SEE)
    now = now or utc_now()
    which = StationFilter(kind=kind, search=search, area_path=area_path, with_closed=with_closed)
    with reading(EVERYWHERE) as session:
        found = [_view(actor, row, now) for row in rows.list_stations(session, which, local_date(now))]
    return [view for view in found if view.open_now] if open_now else found


def count_stations(actor: Actor, now: datetime | None = None) -> dict[str, int]:
    """Kind → how many there are today."""
    require(actor, Permission.STATION_SEE)
    with reading(EVERYWHERE) as session:
        return rows.map_station_counts_by_kind(session, local_date(now or utc_now()))


def get_station(actor: Actor, station_id: int, now: datetime | None = None) -> StationView:
    """One station. Raises NotFound."""
    require(actor, Permission.STATION_SEE)
    with reading(EVERYWHERE) as session:
        return _view(actor, rows.get_station_row(session, station_id), now or utc_now())


def count_planned_from(actor: Actor, station_id: int, day: date) -> int:
    """How many activities are planned at the station from a day on: what its closing would leave without a place."""
    require(actor, Permission.STATION_SEE)
    which = ActivityFilter(station_id=station_id, with_cancelled=False)
    with reading(EVERYWHERE) as session:
        return count_activities_between(session, day_start(day), day_start(FAR_AHEAD), which)


def create_station(actor: Actor, form: StationForm, form_key: str, now: datetime | None = None) -> StationView:
    """A new station; the same form again answers with the station that it made.

    Raises StationNeedsPlace, StationOutsideScope, InvalidText, InvalidHours, InvalidHolidayDays, HolidaysContradict,
    UnknownStationItem, NotFound (kind).
    """
    require(actor, Permission.STATION_EDIT)
    now = now or utc_now()
    values = _clean(form)
    found = _area_at(actor, form)
    with transaction(EVERYWHERE) as session:
        station_id = find_receipt(session, actor.user_id, "station", form_key)
        if station_id is None:
            code = _free_code(session)
            station = Station(code=code, area_id=found.area_id, valid_from=local_date(now), **values)
            station.name_key = search_key(station.name, code)
            session.add(station)
            session.flush()
            station_id = station.id
            add_receipt(session, actor.user_id, "station", form_key, station_id, now)
            add_audit_entry(session, actor.user_id, "create", "station", now, station_id, station.name)
            session.flush()
        return _view(actor, rows.get_station_row(session, station_id), now)


def edit_station(
    actor: Actor, station_id: int, form: StationForm, version: int, now: datetime | None = None
) -> StationView:
    """Change a station whose ``version`` the form showed. Refusals as in ``create_station``, and StaleRecord."""
    require(actor, Permission.STATION_EDIT)
    now = now or utc_now()
    values = _clean(form)
    found = _area_at(actor, form)
    with transaction(EVERYWHERE) as session:
        station = _editable(session, actor, station_id, version)
        values["hours"]["exceptions"] |= _kept_holidays(station, form, local_date(now))
        for name, value in (values | {"area_id": found.area_id}).items():
            setattr(station, name, value)
        station.name_key = search_key(station.name, station.code)
        add_audit_entry(session, actor.user_id, "edit", "station", now, station_id, station.name)
        session.flush()
        return _view(actor, rows.get_station_row(session, station_id), now)


def _kept_holidays(station: Station, form: StationForm, today: date) -> dict[str, str]:
    """The days that stay whatever the form says: those that are past, or all where it says nothing."""
    before = station.hours.get("exceptions") or {}
    return {day: text for day, text in before.items() if form.holidays is None or day < today.isoformat()}


def close_station(actor: Actor, station_id: int, day: date, version: int, now: datetime | None = None) -> StationView:
    """The station exists until ``day`` (exclusive). Raises StationClosesBeforeOpening, StaleRecord."""
    require(actor, Permission.STATION_EDIT)
    now = now or utc_now()
    with transaction(EVERYWHERE) as session:
        station = _editable(session, actor, station_id, version)
        if day < station.valid_from:
            raise StationClosesBeforeOpening(day=station.valid_from.isoformat())
        station.valid_to = day
        add_audit_entry(session, actor.user_id, "close", "station", now, station_id, day.isoformat())
        session.flush()
        return _view(actor, rows.get_station_row(session, station_id), now)


def _editable(session: Session, actor: Actor, station_id: int, version: int) -> Station:
    station = rows.get_station(session, station_id)
    row = rows.get_station_row(session, station_id)
    if not may_edit_station(actor, row.area_path):
        raise StationOutsideScope(area=row.area or "")
    if station.version != version:
        raise StaleRecord()
    return station


def may_edit_station(actor: Actor, area_path: str | None) -> bool:
    """Whether the actor may change a station there. One outside every area may be put right by anyone who may edit."""
    if not may(actor, Permission.STATION_EDIT):
        return False
    return actor.scope.everywhere or area_path is None or area_path.startswith(actor.scope.area_paths)


def _area_at(actor: Actor, form: StationForm) -> Located:
    if form.lon is None or form.lat is None or not (-180 <= form.lon <= 180 and -90 <= form.lat <= 90):
        raise StationNeedsPlace()
    found = locate_point(form.lon, form.lat)
    if not may_edit_station(actor, found.area_path):
        raise StationOutsideScope(area=found.name or "")
    return found


def _clean(form: StationForm) -> dict[str, Any]:
    kind = current_profile().station_kind(form.kind)
    unknown = set(form.items) - {item.key for item in kind.items}
    if unknown:
        raise UnknownStationItem(item=", ".join(sorted(unknown)))
    return {
        "name": clean_line(form.name, "station_name", 120),
        "kind": kind.key,
        "address": clean_line(form.address, "address", 200, required=False),
        "phone": clean_line(form.phone, "public_phone", 32, required=False) or None,
        "lon": form.lon,
        "lat": form.lat,
        "hours": hours_to_json(
            OpeningHours(hours_from_json({"weekly": dict(form.weekly)}).weekly, exceptions_of(form.holidays or ()))
        ),
        "items": list(form.items),
    }


def _free_code(session: Session) -> str:
    while True:
        code = f"Z{next_number(session, 'stations'):04d}"
        if not rows.has_station_code(session, code):
            return code


def _hours(row: StationRow) -> OpeningHours:
    """The hours of a row; an imported one that cannot be read is not known rather than the end of the list."""
    try:
        return hours_from_json(row.hours)
    except InvalidHours:
        return OpeningHours(((),) * len(WEEKDAYS))


def _view(actor: Actor, row: StationRow, now: datetime) -> StationView:
    hours = _hours(row)
    exists = row.valid_from <= local_date(now) and (row.valid_to is None or row.valid_to > local_date(now))
    open_now = (exists and is_open(hours, now)) if hours.known else None
    return StationView(
        row.id, row.version, row.code, row.name, row.kind, row.address, row.phone, row.lon, row.lat, row.area_id,
        row.area, hours, tuple(row.items), row.valid_from, row.valid_to, open_now,
        next_opening(hours, now) if exists and not open_now else None, may_edit_station(actor, row.area_path),
    )  # fmt: skip
