"""Services that count for a pledge, and which of them are one place's second of a day (decision 0218)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import cos, hypot, radians

from domain.errors import Refusal


class SamePlaceCounted(Refusal):
    """The place counts for this pledge on that day already. Values: metres."""

    code = "same_place_counted"


@dataclass(frozen=True)
class Spot:
    """Where a visit was (degrees, EPSG:4326), or only ``place``: the kind of record and its area or plot."""

    place: tuple[str, int]
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class Service:
    """Evidence that counts: on which Shanghai day, how much in the unit of its pledge.

    ``id``: of the evidence; ``spot``: where, for what counts once a day at a place.
    """

    day: date
    quantity: float
    id: int = 0
    spot: Spot | None = None


def repeated(services: Iterable[Service], metres: float) -> set[int]:
    """Ids of what does not count, since the place counts on that day already: the first entered counts.

    Visits less than ``metres`` apart are one place, and so are those without a point in one area, and checks of a plot.
    """
    counted: dict[date, list[Spot]] = {}
    found = set()
    for service in sorted(services, key=lambda service: service.id):
        if service.spot is None:
            continue
        spots = counted.setdefault(service.day, [])
        if any(_is_same(service.spot, other, metres) for other in spots):
            found.add(service.id)
        else:
            spots.append(service.spot)
    return found


def _is_same(one: Spot, other: Spot, metres: float) -> bool:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return one == other
    # Flat over the metres in question: a degree of latitude is 111,195 m on a sphere of 6,371 km.
    east = (one.lon - other.lon) * cos(radians(one.lat))
    return hypot(east, one.lat - other.lat) * 111_195 < metres
