"""Whistles, report-in times and ratings by area and by department, with the cases behind each (features C6, J1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from config.profiles import Profile
from db.queries.indicators import PlacedArea, list_placed_areas
from db.queries.whistle_figures import (
    AnswerSums,
    WhistledCase,
    count_whistles_by_area,
    list_whistled_cases,
    sum_answers,
)
from db.session import reading
from domain.clock import utc_now
from domain.periods import Period
from domain.permissions import Actor, Permission, require
from domain.whistles import AnswerPart, Frequency, frequency_of
from services.indicators.measuring import window_of
from services.system.installations import current_profile

LISTED = 200
By = Literal["area", "department"]


@dataclass(frozen=True)
class AreaWhistles:
    """Whistles for cases below an area; ``per_thousand``: a year and per 1,000 households, None without households."""

    area_id: int | None
    name: str | None
    path: str | None
    whistles: int
    households: int
    per_thousand: float | None
    frequency: Frequency | None


@dataclass(frozen=True)
class DepartmentAnswers:
    """What a department did: ``in_time`` of those ``due``, mean hours to the report-in of those that ``came``, rating.

    Each share and mean is None where there is nothing to say.
    """

    department_id: int
    name: str
    sums: AnswerSums
    in_time: float | None
    hours: float | None
    rating: float | None


@dataclass(frozen=True)
class WhistleFigures:
    """The figures of a period by area and department, and over all of each."""

    areas: list[AreaWhistles]
    total: AreaWhistles
    departments: list[DepartmentAnswers]
    few: float
    many: float


def whistle_figures(actor: Actor, period: Period, now: datetime | None = None) -> WhistleFigures:
    """The whistles of a period within the actor's scope, by the areas above the grids and by department."""
    require(actor, Permission.INDICATOR_SEE)
    profile, now = current_profile(), now or utc_now()
    window = window_of(period, now)
    days = max(1.0, (window.until - window.start).total_seconds() / 86_400)
    with reading(actor.scope) as session:
        counts, answers = count_whistles_by_area(session, window), sum_answers(session, window)
        areas = list_placed_areas(session)
    level = profile.level_above(profile.grid_level.value).key
    above = _Above(areas, level)
    of_area: dict[int | None, int] = {}
    for area_id, count in counts.items():
        found = above.of(area_id)
        of_area[found] = of_area.get(found, 0) + count
    homes = above.households(profile.grid_level.value)
    seen = [area for area in areas if area.level == level and area.valid and _within(actor, area)]
    rows = [
        _area_row(profile, area.id, area.name, area.path, of_area.get(area.id, 0), homes[area.id], days)
        for area in seen
    ]  # fmt: skip
    total = sum(counts.values()), sum(homes[area.id] for area in seen)
    limits = profile.thresholds
    return WhistleFigures(
        rows, _area_row(profile, None, None, None, *total, days), [_department_row(sums) for sums in answers],
        limits.whistles_few.value, limits.whistles_many.value,
    )  # fmt: skip


def _within(actor: Actor, area: PlacedArea) -> bool:
    return actor.scope.everywhere or any(area.path.startswith(path) for path in actor.scope.area_paths)


class _Above:
    """The areas of one level, and which of them lies above any area."""

    def __init__(self, areas: list[PlacedArea], level: str) -> None:
        self.paths = {area.id: area.path for area in areas}
        self.areas = areas
        self.of_level = {area.id: area for area in areas if area.level == level}

    def of(self, area_id: int | None) -> int | None:
        """The one above an area, None outside them all."""
        path = self.paths.get(area_id or 0, "")
        return next((int(step) for step in path.split("/") if step and int(step) in self.of_level), None)

    def households(self, grid_level: str) -> dict[int, int]:
        """Of each area of the level its own households, else those of its grids."""
        below = dict.fromkeys(self.of_level, 0)
        for area in self.areas:
            if area.valid and area.level == grid_level and (above := self.of(area.id)) is not None:
                below[above] += area.households or 0
        return {key: below[key] if area.households is None else area.households for key, area in self.of_level.items()}


def _area_row(
    profile: Profile, area_id: int | None, name: str | None, path: str | None, whistles: int, households: int,
    days: float,
) -> AreaWhistles:  # fmt: skip
    rate = whistles / households * 1000 * 365 / days if households else None
    limits = profile.thresholds
    frequency = frequency_of(rate, limits.whistles_few.value, limits.whistles_many.value)
    return AreaWhistles(area_id, name, path, whistles, households, rate, frequency)


def _department_row(sums: AnswerSums) -> DepartmentAnswers:
    return DepartmentAnswers(
        sums.department_id, sums.department, sums, sums.in_time / sums.due if sums.due else None,
        sums.seconds / 3600 / sums.came if sums.came else None, sums.ratings / sums.rated if sums.rated else None,
    )  # fmt: skip


def list_whistled(
    actor: Actor, period: Period, by: By, key: int | None, now: datetime | None = None,
    part: AnswerPart = AnswerPart.CALLED, limit: int = LISTED,
) -> list[WhistledCase]:  # fmt: skip
    """The cases behind a figure, newest whistle first; ``key`` None = all of them, ``part`` which of a department's
    answers. At most ``limit`` of them.
    """
    require(actor, Permission.INDICATOR_SEE)
    window = window_of(period, now or utc_now())
    with reading(actor.scope) as session:
        path = None
        if by == "area" and key is not None:
            path = next((area.path for area in list_placed_areas(session) if area.id == key), "/0/")
        return list_whistled_cases(session, window, path, key if by == "department" else None, limit, part)
