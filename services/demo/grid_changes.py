"""Grids of the demo that came of others: a split and a merger in the town's past, as the profile says (feature A4).

The town is drawn as it is today. What was there before is made of it: the parts of a split joined, the area of a merger
cut in two. Their codes are the lower ones, and what came of them has the next (decision 0204). Invented, 合成.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any

import shapely

from config.profiles import Profile
from db.models import Area
from domain.area_changes import ChangeKind, shares
from domain.areas import next_code
from domain.clock import from_local, local_date
from domain.incidents import OPEN, IncidentAction
from geo.cutting import cut, joined
from services.areas.shapes import measure
from services.demo.duplicates import Draft
from services.demo.rows import Rows
from services.lists.search_keys import search_key
from services.timelines.entries import TimelineEntry, detail_text

Row = dict[str, Any]
REASONS = {
    ChangeKind.SPLIT: "入住户数增加，超过每格500户的标准（演示）",
    ChangeKind.MERGE: "两个网格户数偏少，合并后由一名网格长负责（演示）",
}
_OUTSIDE_DEG = 0.001


@dataclass(frozen=True)
class PastChange:
    """A change that was made at a moment: rows of the areas before it and of those after it."""

    kind: ChangeKind
    at: datetime
    olds: tuple[Row, ...]
    news: tuple[Row, ...]

    @property
    def reason(self) -> str:
        """Why it was made."""
        return REASONS[self.kind]

    @property
    def day(self) -> date:
        """The first day of the new areas."""
        return local_date(self.at)

    @property
    def new_ids(self) -> tuple[int, ...]:
        """The present areas."""
        return tuple(area["id"] for area in self.news)

    def old_at(self, lon: float | None, lat: float | None) -> Row:
        """The old area at a place in degrees (EPSG:4326), the first one without a place or on a border."""
        here = shapely.Point(lon, lat) if lon is not None and lat is not None else None
        return next((old for old in self.olds if here and old["geometry"].covers(here)), self.olds[0])

    def new_of(self, area_id: int) -> Row:
        """The present area of an id."""
        return next(area for area in self.news if area["id"] == area_id)


def plan_grid_changes(rows: Rows, profile: Profile, day: date) -> tuple[PastChange, ...]:
    """The changes of the profile's town up to a day, all in one community; its grids begin on them and get new codes.

    The old areas have their ids already; ``add_grid_changes`` adds them once everything else is there.
    """
    wanted = profile.town.grid_changes
    free = _grids_of_one_community(rows, profile) if wanted else []
    found: list[PastChange] = []
    for change in wanted:
        kind, at = ChangeKind(change.kind), from_local(day - timedelta(days=change.days_ago), time(9))
        news = _neighbours(free) if kind is ChangeKind.SPLIT else (min(free, key=_least),)
        free = [area for area in free if area not in news]
        number = len(rows.of(Area)) + sum(len(one.olds) for one in found)
        olds = tuple(_old(news[0], number + place, *made) for place, made in enumerate(_before(profile, news), 1))
        found.append(PastChange(kind, at, olds, news))
    _give_codes(rows, profile, found)
    for past in found:
        for old in past.olds:
            old["valid_to"] = past.day
        for new in past.news:
            new["valid_from"] = past.day
    return tuple(found)


def _grids_of_one_community(rows: Rows, profile: Profile) -> list[Row]:
    """Those of the last community that has as many as any."""
    grids = [area for area in rows.of(Area) if area["level"] == profile.grid_level.value]
    by_parent: dict[int, list[Row]] = {}
    for grid in grids:
        by_parent.setdefault(grid["parent_id"], []).append(grid)
    return max(by_parent.values(), key=lambda found: (len(found), found[0]["id"]))


def _least(area: Row) -> tuple[int, int]:
    return area["households"], area["id"]


def _neighbours(grids: Sequence[Row]) -> tuple[Row, ...]:
    """The two with the longest common border."""

    def common(pair: tuple[Row, Row]) -> float:
        return float(shapely.intersection(pair[0]["geometry"].boundary, pair[1]["geometry"].boundary).length)

    return max(combinations(grids, 2), key=common)


def _before(profile: Profile, news: Sequence[Row]) -> list[tuple[str, int, shapely.Geometry]]:
    """Name, households and outline of what was there: both as one, or a western and an eastern half of one."""
    first = news[0]
    if len(news) > 1:
        whole = joined([area["geometry"] for area in news])
        return [(first["name"], sum(area["households"] for area in news), whole)]
    low, bottom, high, top = first["geometry"].bounds
    line = (((low + high) / 2, bottom - _OUTSIDE_DEG), ((low + high) / 2, top + _OUTSIDE_DEG))
    halves = cut(first["geometry"], [line])
    ending = next(level.name.zh for level in profile.levels if level.key == first["level"])
    ending = ending if first["name"].endswith(ending) else ""
    names = [f"{first['name'].removesuffix(ending)}{side}{ending}" for side in "西东"]
    counts = shares(first["households"], [half.area for half in halves])
    return list(zip(names, counts, halves, strict=True))


def _old(new: Row, number: int, name: str, households: int, shape: shapely.Geometry) -> Row:
    measured = measure([shape])
    lon, lat = measured.labels[0].tolist()
    above = new["path"].removesuffix(f"{new['id']}/")
    own = {
        "id": number, "name": name, "name_key": search_key(name), "path": f"{above}{number}/",
        "households": households, "area_m2": float(measured.m2[0]), "parts": int(measured.parts[0]),
        "geometry": measured.shapes[0], "label_lon": lon, "label_lat": lat,
    }  # fmt: skip
    return new | own


def _give_codes(rows: Rows, profile: Profile, changes: Sequence[PastChange]) -> None:
    """The old areas get the codes that their successors had, these the next ones: no code is used twice."""
    free = [area["code"] for change in changes for area in change.news]
    by_id = {area["id"]: area for area in rows.of(Area)}
    taken = [area["code"] for area in rows.of(Area) if area["level"] == profile.grid_level.value]
    for area in [old for change in changes for old in change.olds] + [new for change in changes for new in change.news]:
        above = by_id[area["parent_id"]]
        code = free.pop(0) if free else next_code((above["code"], above["level"]), area["level"], taken, profile.scheme)
        taken.append(code)
        area["code"] = code


def change_case(changes: Sequence[PastChange], by: tuple[int, str], draft: Draft) -> None:
    """What a change did to a case: closed before, it lies in the old area; open, it moved and its timeline says so."""
    area_id = draft.columns["area_id"]
    change = next((one for one in changes if area_id in one.new_ids), None)
    if change is None or draft.life[0].at > change.at:
        return
    old = change.old_at(draft.columns["lon"], draft.columns["lat"])
    place = next((n for n, entry in enumerate(draft.life) if entry.at > change.at), len(draft.life))
    status, names = (
        draft.life[place - 1].to_status,
        {"area_from": old["name"], "area_to": change.new_of(area_id)["name"]},
    )
    if status in OPEN:
        detail = detail_text(names | {"change": changes.index(change) + 1, "day": change.day.isoformat()})
        entry = TimelineEntry(change.at, *by, IncidentAction.REGRID, status, status, change.reason, detail)
        draft.life.insert(place, entry)
        return
    again = next((n for n in range(place, len(draft.life)) if draft.life[n].to_status in OPEN), None)
    if again is None:
        draft.columns["area_id"] = old["id"]
    else:
        said = json.loads(draft.life[again].detail or "{}")
        draft.life[again] = replace(draft.life[again], detail=detail_text(said | names))
