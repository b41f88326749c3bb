"""The areas that an actor works for, as choices of a form: activities and volunteers belong to one of them."""

from dataclasses import dataclass

from db.queries.areas import AreaFilter, list_areas
from db.session import reading
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.system.installations import current_profile

MOST_CHOICES = 1000


@dataclass(frozen=True)
class WorkArea:
    """An area to choose; ``level`` is a level key of the profile, ``above`` the name of the area it lies in."""

    id: int
    code: str
    name: str
    above: str
    level: str
    path: str

    @property
    def label(self) -> str:
        """The name with the one above: grids of two communities often share a name."""
        return f"{self.above} · {self.name}" if self.above else self.name


def list_work_areas(actor: Actor) -> list[WorkArea]:
    """The actor's own area and those below it, down to the grids, from the top; at most 1,000 of a level."""
    require(actor, Permission.ACTIVITY_SEE)
    scope = actor.scope
    profile = current_profile()
    levels = profile.level_keys[: profile.grid_depth + 1]
    with reading(EVERYWHERE) as session:
        most = MOST_CHOICES if scope.everywhere else None
        rows = [row for level in levels for row in list_areas(session, AreaFilter(level=level), most)]
    names = {row.id: row.name for row in rows if row.parent_id is not None}  # the top goes without saying
    return [
        WorkArea(row.id, row.code, row.name, names.get(row.parent_id or 0, ""), row.level, row.path)
        for row in rows
        if scope.everywhere or row.path.startswith(scope.area_paths)
    ]
