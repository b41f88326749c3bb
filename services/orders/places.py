"""Where work orders lie: placeholders taken out, the datum found, many points located at once, areas by their names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from sqlalchemy.orm import Session

from db.queries.area_changes import ends_of
from db.queries.areas import AreaRow, AreaShape, list_areas
from db.session import reading
from domain.permissions import EVERYWHERE
from geo.datums import DeclaredDatum, parse_datum, to_wgs84
from services.areas.codes import code_reader
from services.areas.datum import judge_datum
from services.areas.locating import finder
from services.areas.plan import DatumReport
from services.incidents.regrids import present_area
from services.orders.mapping import OrderMapping
from services.orders.plan import Order, OrderChoices, OrderWarning, Placeholder
from services.system.installations import current_profile

MANY = 100  # rows at one coordinate: of one address that is a sore spot, of many it is a placeholder
_ADDRESSES = 10
_SAMPLE = 1000  # points by which the datum is judged


@dataclass(frozen=True)
class OrderPlaces:
    """What was found. ``named``: rows whose area the file names; ``agreeing``: those that were located in it."""

    without_coordinates: int
    without_place: int
    outside: int
    named: int
    agreeing: int
    placeholders: Sequence[Placeholder]
    datum: DatumReport
    warnings: Sequence[OrderWarning]


def locate_orders(orders: Sequence[Order], mapping: OrderMapping, choices: OrderChoices) -> OrderPlaces:
    """Set the places of the rows: degrees in WGS 84 and the finest area; where there are none, the area by its name.

    Raises DatumUnsure and the refusals of geo.datums.
    """
    placeholders = find_placeholders(orders)
    if choices.placeholder == "drop":
        dropped = {(found.lon, found.lat) for found in placeholders}
        for order in orders:
            if (order.lon, order.lat) in dropped:
                order.lon = order.lat = None
    with reading(EVERYWHERE) as session:
        present = list_areas(session)
        names = _Names(present, mapping.area_level)
        named: dict[str | None, AreaRow | None] = {order.area: names.find(order.area) for order in orders if order.area}
        placed = [order for order in orders if order.lon is not None]
        choice = choices.datum if choices.datum != "auto" or not mapping.datum else mapping.datum
        report, warnings = _judge(session, placed, named, present, choice)
    _move(placed, parse_datum(report.used))
    placed = [order for order in orders if order.lon is not None]
    shapes = _find_areas(placed)
    unknown = Counter(order.area for order in orders if order.area and named[order.area] is None)
    if unknown:
        words = dict(unknown.most_common(20))
        warnings.append(OrderWarning("orders.warning.unknown_area", {"count": unknown.total(), "words": words}))
    agreeing = sum(
        bool(shape is not None and (area := named.get(order.area)) and shape.path.startswith(area.path))
        for order, shape in zip(placed, shapes, strict=True)
    )
    for order in orders:
        if order.lon is None and (area := named.get(order.area)):
            order.area_id = area.id
    without = len(orders) - len(placed)
    return OrderPlaces(
        without, sum(order.lon is None and order.area_id is None for order in orders),
        sum(shape is None for shape in shapes), sum(named.get(order.area) is not None for order in placed), agreeing,
        placeholders, report, warnings,
    )  # fmt: skip


def leave_ended_areas(session: Session, orders: Sequence[Order], today: date) -> None:
    """Orders whose area has ended since they were located go to what came of it; without a word of that to none."""
    ended = ends_of(session, {order.area_id for order in orders if order.area_id is not None})
    for order in orders:
        if order.area_id in ended:
            found = present_area(session, order.area_id, order.lon, order.lat, today)
            order.area_id = found.id if found else None


def find_placeholders(orders: Sequence[Order]) -> list[Placeholder]:
    """Coordinates that stand in many rows of different addresses, or of none: most often the middle of the town."""
    counts = Counter((order.lon, order.lat) for order in orders if order.lon is not None)
    many = {point: count for point, count in counts.items() if count >= MANY}
    addresses: dict[tuple[float | None, float | None], set[str]] = {point: set() for point in many}
    for order in orders:
        point = (order.lon, order.lat)
        if point in addresses:
            addresses[point].add(order.place)
    found = [
        Placeholder(lon, lat, count)
        for (lon, lat), count in many.items()
        if lon is not None and lat is not None
        and (len(addresses[lon, lat]) >= _ADDRESSES or addresses[lon, lat] == {""})
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.count, one.lon, one.lat))


class _Names:
    """Areas by what a file may call them: the code, or a name that only one area has."""

    def __init__(self, present: Sequence[AreaRow], level: str | None) -> None:
        areas = [area for area in present if level in (None, area.level)]
        self._by_code = {area.code: area for area in areas}
        counts = Counter(area.name.casefold() for area in areas)
        self._by_name = {area.name.casefold(): area for area in areas if counts[area.name.casefold()] == 1}

    def find(self, word: str) -> AreaRow | None:
        """The area of a code or name; 61.0 is 61."""
        word = word.strip()
        short = word.removesuffix(".0")
        return self._by_code.get(word) or self._by_code.get(short) or self._by_name.get(word.casefold())


def _judge(
    session: object, placed: Sequence[Order], named: Mapping[str | None, AreaRow | None], present: Sequence[AreaRow],
    choice: str,
) -> tuple[DatumReport, list[OrderWarning]]:  # fmt: skip
    """The datum of the file, judged by some of its points."""
    if not placed:
        return DatumReport("auto", "wgs84", "areas.datum.nothing"), []
    profile = current_profile()
    step = max(1, len(placed) // _SAMPLE)
    some = placed[::step][:_SAMPLE]
    areas = [named.get(order.area) for order in some]
    level = next((area.level for area in areas if area), profile.grid_level.value)
    codes = [area.code if area else None for area in areas]
    points = np.array(shapely.points([o.lon for o in some], [o.lat for o in some]), object)
    judged = judge_datum(
        session, points, codes, level, parse_datum("auto"), choice, present, code_reader(profile)  # type: ignore[arg-type]
    )  # fmt: skip
    return judged.report, [OrderWarning(warning.code, dict(warning.values)) for warning in judged.warnings]


def _move(placed: Sequence[Order], datum: DeclaredDatum) -> None:
    """The coordinates in WGS 84; what is no place on earth is none."""
    if not placed:
        return
    x, y = np.array([(order.lon, order.lat) for order in placed], float).T
    good = np.isfinite(x + y)
    if datum.crs is None:
        good &= (np.abs(x) <= 180) & (np.abs(y) <= 90)
    lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
    if good.any():
        lon[good], lat[good] = to_wgs84((x[good], y[good]), datum)
    good &= (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    moved = zip(lon.tolist(), lat.tolist(), good.tolist(), strict=True)  # not rounded: some lie on a border
    for order, (east, north, usable) in zip(placed, moved, strict=True):
        order.lon, order.lat = (east, north) if usable else (None, None)


def _find_areas(placed: Sequence[Order]) -> list[AreaShape | None]:
    areas = finder()
    lons, lats = (np.array([getattr(order, name) for order in placed], float) for name in ("lon", "lat"))
    codes = areas.locate_many(lons, lats)
    shapes = [areas.shapes[code] if code is not None else None for code in codes]
    for order, shape in zip(placed, shapes, strict=True):
        order.area_id = shape.id if shape else None
    return shapes
