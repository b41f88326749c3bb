"""The areas that an actor works for, as choices of a form: activities and volunteers belong to one of them."""

from dataclasses import dataclass

from db.queries.areas import AreaFilter, list_areas
from db.session import reading
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.installations import current_profile

MOST_CHOICES = 1000


@dataclass(frozen=True)
class WorkArea:
    """An area to choose; ``level`` is a level key of the profile."""

    id: int
    code: str
    name: str
    level: str
    path: str


def list_work_areas(actor: Actor) -> list[WorkArea]:
    """The actor's own area and those below it, down to the grids, from the top; at most 1,000 of a level."""
    require(actor, Permission.ACTIVITY_SEE)
    scope = actor.scope
    with reading(EVERYWHERE) as session:
        found = [
            WorkArea(row.id, row.code, row.name, row.level, row.path)
            for level in _levels_to_grid()
            for row in list_areas(session, AreaFilter(level=level), MOST_CHOICES if scope.everywhere else None)
        ]
    return [area for area in found if scope.everywhere or area.path.startswith(scope.area_paths)]


def _levels_to_grid() -> list[str]:
    profile = current_profile()
    keys = [level.key for level in profile.levels]
    return keys[: keys.index(profile.grid_level.value) + 1]
