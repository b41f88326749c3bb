"""Stations: which there are, of which kind, where."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Station
from domain.errors import NotFound


@dataclass(frozen=True)
class StationRow:
    """A station with the area it lies in; ``area`` None = outside every area, or without a place."""

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
    area_path: str | None
    hours: dict[str, Any]
    items: list[str]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class StationFilter:
    """Which stations; None = all. ``search`` is part of a name, its pinyin or its code."""

    kind: str | None = None
    search: str = ""
    area_path: str | None = None
    with_closed: bool = False


def get_station(session: Session, station_id: int) -> Station:
    """The station, or NotFound."""
    found = session.get(Station, station_id)
    if found is None:
        raise NotFound(subject="station")
    return found


def get_station_row(session: Session, station_id: int) -> StationRow:
    """The station with its area, or NotFound."""
    row = session.execute(_rows().where(Station.id == station_id)).first()
    if row is None:
        raise NotFound(subject="station")
    return StationRow(*row)


def has_station(session: Session, day: date, station_id: int | None = None) -> bool:
    """Whether this station, or any at all, exists on a day."""
    wanted = [] if station_id is None else [Station.id == station_id]
    return session.scalar(select(Station.id).where(_exists_on(day), *wanted).limit(1)) is not None


def list_stations(session: Session, which: StationFilter, day: date) -> list[StationRow]:
    """Those that exist on a day, by kind and name; closed ones too where the filter says so."""
    statement = _rows().where(*_conditions(which, day)).order_by(Station.kind, Station.name_key, Station.id)
    return [StationRow(*row) for row in session.execute(statement)]


def map_station_counts_by_kind(session: Session, day: date) -> dict[str, int]:
    """Kind → how many exist on a day."""
    statement = select(Station.kind, func.count(Station.id)).where(_exists_on(day)).group_by(Station.kind)
    return {kind: number for kind, number in session.execute(statement)}


def has_station_code(session: Session, code: str) -> bool:
    """Whether a station has this code."""
    return session.scalar(select(Station.id).where(Station.code == code)) is not None


def _exists_on(day: date) -> ColumnElement[bool]:
    return (Station.valid_from <= day) & or_(Station.valid_to.is_(None), Station.valid_to > day)


def _conditions(which: StationFilter, day: date) -> list[ColumnElement[bool]]:
    found = [] if which.with_closed else [_exists_on(day)]
    if which.kind is not None:
        found.append(Station.kind == which.kind)
    if which.search.strip():
        found.append(Station.name_key.contains(which.search.strip().casefold(), autoescape=True))
    if which.area_path is not None:
        found.append(Station.area_id.in_(select(Area.id).where(Area.path.like(f"{which.area_path}%"))))
    return found


def _rows() -> Any:
    columns = (
        Station.id, Station.version, Station.code, Station.name, Station.kind, Station.address, Station.phone,
        Station.lon, Station.lat, Station.area_id, Area.name, Area.path, Station.hours, Station.items,
        Station.valid_from, Station.valid_to,
    )  # fmt: skip
    return select(*columns).outerjoin(Area, Area.id == Station.area_id)
