"""Stations from files: tables with longitude and latitude, or any file of points; as a plan first (features F1, N2)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import Station
from db.queries.areas import list_areas
from db.queries.audit import add_audit_entry
from db.queries.layers import list_layer_versions
from db.queries.receipts import next_number
from db.queries.stations import StationFilter, StationRow, get_station, has_station_code, list_stations
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.texts import clean_line
from geo.reading import ReadResult, read_layer
from services.areas.codes import code_reader
from services.areas.datum import judge_datum
from services.areas.locating import finder
from services.areas.plan import DatumReport, ImportWarning, PlanOutdated, RefusedRow
from services.lists.cells import Unusable, as_text, codes_of, column_of, some_rows, usable_code, usable_name
from services.lists.search_keys import search_key
from services.stations.plan import PlannedStation, StationChoices, StationPlan
from services.system.installations import current_profile

_SAME_PLACE_DEG = 1e-5  # about a metre
_FIELDS = ("name", "kind", "address", "phone", "lon", "lat")


@dataclass
class _Draft:
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[ImportWarning] = field(default_factory=list)
    rows: list[tuple[int, str | None, dict[str, Any]]] = field(default_factory=list)


def plan_station_import(
    actor: Actor, paths: Sequence[Path], choices: StationChoices, now: datetime | None = None
) -> StationPlan:
    """What an import would do; nothing is written.

    A station is the same as a present one when the code is the same, or without codes name, kind and place. Raises
    UnknownField, DatumUnsure and whatever geo refuses of a file.
    """
    require(actor, Permission.AREA_IMPORT)
    profile, day = current_profile(), local_date(now or utc_now())
    result = read_layer(paths, choices.layer, choices.encoding, choices.lon, choices.lat)
    with reading(EVERYWHERE) as session:
        version = list_layer_versions(session).get("stations", 0)
        draft = _cleaned(profile, result, choices)
        datum = _place(session, draft, result, choices)
        present = list_stations(session, StationFilter(with_closed=True), day)
    _refuse_repeated(draft)
    known = _Known(present)
    planned = [_planned(row, known) for row in draft.rows]
    changing = [station for station in planned if station.station_id is None or station.changed]
    return StationPlan(
        day, version, len(result.gdf), tuple(changing), len(planned) - len(changing), tuple(draft.refused),
        tuple(draft.warnings), datum,
    )  # fmt: skip


def _cleaned(profile: Profile, result: ReadResult, choices: StationChoices) -> _Draft:
    draft, frame = _Draft(), result.gdf
    draft.warnings += [ImportWarning(note.code, dict(note.values)) for note in result.warnings]
    codes, _ = codes_of(frame, choices.code)
    cells = [
        column_of(frame, name) for name in (choices.name, choices.kind, choices.address, choices.phone, choices.area)
    ]
    kinds = _known_kinds(profile)
    seen: set[str] = set()
    for number, code, name, kind, address, phone, area, shape in zip(
        frame.index, codes, *cells, frame.geometry.array, strict=True
    ):
        try:
            text = usable_code(code, required=choices.code is not None)
            if text is not None and text in seen:
                raise Unusable("code_twice")
            seen |= {text} if text else set()
            values = {
                "name": usable_name(name),
                "kind": _kind(kinds, as_text(kind)),
                "address": _optional(address, "address", 200),
                "phone": _optional(phone, "public_phone", 32) or None,
                "area": as_text(area),
                "point": _point(shape),
            }
            draft.rows.append((int(number), text, values))
        except Unusable as why:
            shown = code if isinstance(code, str) else None
            draft.refused.append(RefusedRow(int(number), shown, why.reason, why.detail))
    return draft


def _known_kinds(profile: Profile) -> dict[str, str]:
    names = {kind.name.zh: kind.key for kind in profile.station_kinds}
    names |= {kind.name.en.casefold(): kind.key for kind in profile.station_kinds}
    return names | {kind.key: kind.key for kind in profile.station_kinds}


def _kind(known: Mapping[str, str], kind: str | None) -> str:
    if kind is None:
        raise Unusable("no_kind")
    found = known.get(kind) or known.get(kind.casefold())
    if found is None:
        raise Unusable("unknown_kind", kind)
    return found


def _optional(value: Any, name: str, most: int) -> str:
    try:
        return clean_line(as_text(value), name, most, required=False)
    except Refusal as refusal:
        raise Unusable(refusal.code, name) from refusal


def _point(shape: shapely.Geometry | None) -> shapely.Geometry:
    """The place of a station: a point, or a point inside of a building's outline."""
    if shape is None or shape.is_empty:
        raise Unusable("no_geometry")
    point = shape if shape.geom_type == "Point" else shapely.point_on_surface(shape)
    if not np.isfinite(shapely.get_coordinates(point)).all():
        raise Unusable("bad_coordinates")
    return shapely.force_2d(point)


def _place(session: Session, draft: _Draft, result: ReadResult, choices: StationChoices) -> DatumReport:
    """Convert the points and find the areas they lie in."""
    if not draft.rows:
        label = str(result.declared_datum)
        return DatumReport(label, label, "areas.datum.nothing")
    profile, present = current_profile(), list_areas(session)
    level_of = {area.code: area.level for area in present}
    named = [values["area"] for _, _, values in draft.rows]
    level = next((level_of[code] for code in named if code in level_of), profile.grid_level.value)
    shapes = np.array([values.pop("point") for _, _, values in draft.rows], object)
    judged = judge_datum(
        session, shapes, named, level, result.declared_datum, choices.datum, present, code_reader(profile)
    )
    draft.warnings += judged.warnings
    lons, lats = shapely.get_coordinates(judged.shapes).T
    areas = finder()
    codes = areas.locate_many(lons, lats)
    for (_, _, values), lon, lat, code in zip(draft.rows, lons, lats, codes, strict=True):
        values.pop("area")
        shape = areas.shapes.get(code) if code else None
        values |= {"lon": round(float(lon), 7), "lat": round(float(lat), 7), "area_id": shape.id if shape else None}
    outside = [number for number, _, values in draft.rows if values["area_id"] is None]
    if outside:
        draft.warnings.append(ImportWarning("areas.warning.stations_outside", some_rows(outside)))
    return judged.report


def _refuse_repeated(draft: _Draft) -> None:
    """Without codes a second row of the same name, kind and place is the first one over again."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for number, code, values in draft.rows:
        what = (values["name"], values["kind"], round(values["lon"], 5), round(values["lat"], 5))
        if code is None and what in seen:
            draft.refused.append(RefusedRow(number, None, "row_twice"))
        else:
            kept.append((number, code, values))
        seen.add(what)
    draft.rows = kept
    draft.refused.sort(key=lambda row: row.row)


class _Known:
    """The present stations, by code and by name."""

    def __init__(self, present: Sequence[StationRow]) -> None:
        self._by_code = {station.code: station for station in present}
        self._by_name: dict[tuple[str, str], list[StationRow]] = defaultdict(list)
        for station in present:
            self._by_name[(station.name, station.kind)].append(station)

    def find(self, code: str | None, values: Mapping[str, Any]) -> StationRow | None:
        """The present station that a row is about."""
        if code is not None:
            return self._by_code.get(code)
        same = self._by_name[(values["name"], values["kind"])]
        return next((station for station in same if _is_near(station, values)), None)


def _is_near(station: StationRow, values: Mapping[str, Any]) -> bool:
    if station.lon is None or station.lat is None:
        return False
    return max(abs(station.lon - values["lon"]), abs(station.lat - values["lat"])) < _SAME_PLACE_DEG


def _planned(row: tuple[int, str | None, dict[str, Any]], known: _Known) -> PlannedStation:
    number, code, values = row
    same = known.find(code, values)
    if same is None:
        return PlannedStation(number, code, values)
    changed = tuple(name for name in (*_FIELDS, "area_id") if getattr(same, name) != values[name])
    return PlannedStation(number, same.code, values, same.id, changed)


def apply_station_import(actor: Actor, plan: StationPlan, now: datetime | None = None) -> StationPlan:
    """Write what the plan says, all or nothing. Raises PlanOutdated when any station changed since it was made."""
    require(actor, Permission.AREA_IMPORT)
    if not plan.stations:
        return plan
    with transaction(EVERYWHERE) as session:
        if list_layer_versions(session).get("stations", 0) != plan.layer_version:
            raise PlanOutdated()
        for planned in plan.stations:
            _write(session, planned, plan.day)
        detail = f"{plan.created} created, {len(plan.stations) - plan.created} updated, datum {plan.datum.used}"
        add_audit_entry(session, actor.user_id, "stations.import", "stations", now or utc_now(), detail=detail)
    return plan


def _write(session: Session, planned: PlannedStation, day: date) -> None:
    if planned.station_id is None:
        code = planned.code or _free_code(session)
        station = Station(code=code, valid_from=day, **planned.values)
        session.add(station)
    else:
        station = get_station(session, planned.station_id)
        for name, value in planned.values.items():
            setattr(station, name, value)
    station.name_key = search_key(station.name, station.code)


def _free_code(session: Session) -> str:
    """The next number of the program's own series, as for a station that is entered by hand."""
    while True:
        code = f"Z{next_number(session, 'stations'):04d}"
        if not has_station_code(session, code):
            return code
