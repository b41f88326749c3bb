"""Hours of voluntary service: by team, by area, and one's own (feature E1, E2).

By area means the area that a volunteer belongs to, so that people and hours of one line are of the same people, and
the sum over teams equals the sum over areas equals the total (decisions/0070).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.queries.areas import AreaRow, find_top_area, get_area_row, list_areas_by_id
from db.queries.attendances import sum_minutes_by_person
from db.queries.volunteers import (
    ServiceSum,
    find_volunteer_by_person,
    get_volunteer_row,
    list_teams,
    sum_service,
)
from db.session import reading
from domain.clock import day_start, local_date, utc_now
from domain.permissions import Actor, Permission, Scope, require
from services.system.installations import current_profile

Home = tuple[int | None, str | None, str | None]  # id, name, name of the area above
_NOWHERE: Home = (None, None, None)


@dataclass(frozen=True)
class ServicePart:
    """One team or area; ``name`` None = the people who belong to none. ``served`` of the ``people`` were there.

    ``above`` names the area in which it lies where another part has the same name.
    """

    id: int | None
    name: str | None
    above: str | None
    people: int
    served: int
    times: int
    minutes: int
    area_km2: float | None = None

    @property
    def density(self) -> float | None:
        """Volunteers per km²; None where the size is not known, and for a team."""
        return self.people / self.area_km2 if self.area_km2 else None


@dataclass(frozen=True)
class ServiceSummary:
    """A period's service of the volunteers whom the actor may see; each list adds up to the totals.

    ``area_km2`` is the size of what the actor works for, None where it is not known.
    """

    people: int
    served: int
    times: int
    minutes: int
    by_team: tuple[ServicePart, ...]
    by_area: tuple[ServicePart, ...]
    level: str
    area_km2: float | None

    @property
    def density(self) -> float | None:
        """Volunteers per km²."""
        return self.people / self.area_km2 if self.area_km2 else None


@dataclass(frozen=True)
class OwnService:
    """One's own service; minutes and times of this month, of this year, and in all."""

    team: str | None
    area: str | None
    month: tuple[int, int]
    year: tuple[int, int]
    total: tuple[int, int]


def summarise_service(
    actor: Actor, since: datetime, until: datetime, level: str | None = None, now: datetime | None = None
) -> ServiceSummary:
    """People on the roll today and their service in [since, until), by team and by area of a level (the grid's)."""
    require(actor, Permission.VOLUNTEER_SEE)
    day = local_date(now or utc_now())
    level = level or current_profile().grid_level.value
    with reading(actor.scope) as session:
        sums = sum_service(session, since, until, day)
        teams = {team.id: team.name for team in list_teams(session)}
        names = _areas_of_level(session, sums, level)
        square = _square_metres(session, actor)
        homes = list_areas_by_id(session, {home[0] or 0 for home in names.values()})
    team_parts = _parts([(row, (row.team_id, teams.get(row.team_id or 0), None)) for row in sums])
    area_parts = _parts([(row, names.get(row.area_id, _NOWHERE)) for row in sums])
    area_parts = tuple(replace(part, area_km2=_km2(homes.get(part.id or 0))) for part in area_parts)
    return ServiceSummary(
        sum(part.people for part in team_parts),
        sum(part.served for part in team_parts),
        sum(part.times for part in team_parts),
        sum(part.minutes for part in team_parts),
        team_parts,
        area_parts,
        level,
        square / 1e6 if square else None,
    )


def _km2(area: AreaRow | None) -> float | None:
    return area.area_m2 / 1e6 if area and area.area_m2 else None


def get_own_service(actor: Actor, now: datetime | None = None) -> OwnService | None:
    """What the actor has served; None for somebody who is no volunteer."""
    require(actor, Permission.ACTIVITY_JOIN)
    if actor.person_id is None:
        return None
    today = local_date(now or utc_now())
    scope = Scope(person_id=actor.person_id)
    with reading(scope) as session:
        volunteer = find_volunteer_by_person(session, actor.person_id)
        if volunteer is None:
            return None
        periods = (day_start(today.replace(day=1)), day_start(date(today.year, 1, 1)), None)
        sums = sum_minutes_by_person(session, actor.person_id, periods)
        row = get_volunteer_row(session, volunteer.id, scope)
    return OwnService(row.team, row.area, *sums)


def _areas_of_level(session: Session, sums: Sequence[ServiceSum], level: str) -> dict[int | None, Home]:
    """Area id → the area of that level in which it lies; absent for one above it."""
    below = list_areas_by_id(session, {row.area_id for row in sums if row.area_id is not None})
    above = {number: _ids(area) for number, area in below.items()}
    candidates = list_areas_by_id(session, {number for ids in above.values() for number in ids})
    return {
        number: (found, candidates[found].name, _name_above(candidates, candidates[found]))
        for number, ids in above.items()
        if (found := next((one for one in ids if one in candidates and candidates[one].level == level), None))
    }


def _name_above(areas: Mapping[int, AreaRow], area: AreaRow) -> str | None:
    above = areas.get(area.parent_id or 0)
    return above.name if above else None


def _ids(area: AreaRow) -> list[int]:
    return [int(part) for part in area.path.split("/") if part]


def _parts(rows: Sequence[tuple[ServiceSum, Home]]) -> tuple[ServicePart, ...]:
    """Rows of one team or area joined; most minutes first, those of none last."""
    found: dict[int | None, ServicePart] = {}
    for row, (key, name, above) in rows:
        had = found.get(key, ServicePart(key, name, above, 0, 0, 0, 0))
        found[key] = replace(
            had,
            people=had.people + row.people,
            served=had.served + row.served,
            times=had.times + row.times,
            minutes=had.minutes + row.minutes,
        )
    named = Counter(part.name for part in found.values())
    parts = [part if named[part.name] > 1 else replace(part, above=None) for part in found.values()]
    return tuple(sorted(parts, key=lambda part: (part.id is None, -part.minutes, part.name or "")))


def _square_metres(session: Session, actor: Actor) -> float | None:
    if actor.area_id is not None:
        return get_area_row(session, actor.area_id).area_m2
    top = find_top_area(session) if actor.scope.everywhere else None
    return top.area_m2 if top else None
