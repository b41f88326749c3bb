"""Whether an area lies where the actor works, for rows that no filter of the database guards."""

from domain.errors import PermissionDenied
from domain.permissions import Actor


def covers(actor: Actor, area_path: str | None) -> bool:
    """Whether the actor's scope holds the area with this path ("/1/5/"); no path is only in the scope of everywhere."""
    return actor.scope.everywhere or (area_path is not None and area_path.startswith(actor.scope.area_paths))


def require_inside(actor: Actor, area_path: str | None) -> None:
    """Refuse (PermissionDenied) what lies outside the actor's scope."""
    if not covers(actor, area_path):
        raise PermissionDenied(permission="scope", role=actor.role.value)
