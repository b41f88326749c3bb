"""What lies around a place: areas by their bounds, and the station that looks after it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from db.models import Area, Station
from db.queries.boxes import Box, meets_box


def list_bounds_in_box(
    session: Session, box: Box, limit: int | None = None
) -> list[tuple[int, float, float, float, float]]:
    """(id, west, south, east, north) in degrees of the areas whose bounds meet a box."""
    columns = (Area.id, Area.min_x, Area.min_y, Area.max_x, Area.max_y)
    statement = select(*columns).where(Area.valid_to.is_(None), meets_box(session, Area, box)).limit(limit)
    return [tuple(row) for row in session.execute(statement)]  # type: ignore[misc]  # a box is whole or absent


def find_station_for(
    session: Session, paths: Sequence[str], lon: float, lat: float, squeeze: float, day: date
) -> tuple[str, str, float, float] | None:
    """(code, name, lon, lat) of the nearest station in the innermost of the areas that has one.

    ``paths``: the areas around the place from the top. ``squeeze``: how much shorter a degree of longitude is there.
    """
    depth: Any = case(*((Area.path.like(f"{path}%"), place) for place, path in reversed([*enumerate(paths)])), else_=-1)
    across, along = (Station.lon - lon) * squeeze, Station.lat - lat
    statement = (
        select(Station.code, Station.name, Station.lon, Station.lat)
        .join(Area, Area.id == Station.area_id)
        .where(
            Area.path.like(f"{paths[0]}%"), Station.lon.is_not(None), Station.lat.is_not(None),
            Station.valid_from <= day, or_(Station.valid_to.is_(None), Station.valid_to > day),
        )
        .order_by(depth.desc(), across * across + along * along, Station.code)
        .limit(1)
    )  # fmt: skip
    row = session.execute(statement).first()
    return None if row is None else (row[0], row[1], row[2], row[3])  # type: ignore[return-value]  # filtered above
