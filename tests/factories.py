"""Rows for tests: each function writes one valid row and says its id; what a test is about is given by keyword."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import shapely
from sqlalchemy import select

from db.models import Activity, Area, Attendance, Base, Person, Room, Station, Team, User, Volunteer
from db.queries.installation import set_installation_value
from db.session import transaction
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Actor, Role
from services.lists.search_keys import search_key
from services.system.installations import forget_installation

_number = itertools.count(1)
FOUNDED = date(2020, 1, 1)


def _add(row: Base) -> int:
    with transaction(EVERYWHERE) as session:
        session.add(row)
        session.flush()
        if isinstance(row, Area):
            parent = session.get(Area, row.parent_id) if row.parent_id else None
            row.path = f"{parent.path if parent else '/'}{row.id}/"
            row.depth = parent.depth + 1 if parent else 0
        return row.id  # type: ignore[attr-defined, no-any-return]


def make_area(name: str = "第一网格", *, level: str = "grid", parent: int | None = None, **values: Any) -> int:
    """An area; ``box`` = (west, south, east, north) in degrees, EPSG:4326, gives it a rectangle."""
    box = values.pop("box", None)
    if box is not None:
        values["geometry"] = shapely.MultiPolygon([shapely.box(*box)])
    code = values.pop("code", f"A{next(_number):05d}")
    values = {"valid_from": FOUNDED, "name_key": search_key(name, code)} | values
    return _add(Area(name=name, level=level, parent_id=parent, code=code, **values))


def make_person(name: str = "张安", *, area: int | None = None, **values: Any) -> int:
    """A person who lives in an area."""
    return _add(Person(name=name, area_id=area, **({"name_key": search_key(name)} | values)))


def make_team(name: str = "望邻队", *, parent: int | None = None) -> int:
    """A volunteer team."""
    return _add(Team(key=f"team{next(_number)}", name=name, parent_id=parent))


def make_volunteer(
    name: str = "张安", *, area: int | None = None, team: int | None = None, person: int | None = None, **values: Any
) -> int:
    """A volunteer, with a person of that name unless one is given."""
    person = person or make_person(name, area=area)
    values = {"joined_on": FOUNDED} | values
    return _add(Volunteer(person_id=person, area_id=area, team_id=team, **values))


def make_station(name: str = "红石榴驿站", *, kind: str = "service_centre", **values: Any) -> int:
    """A station, open as its hours say (none by default)."""
    code = values.pop("code", f"S{next(_number):05d}")
    values = {"valid_from": FOUNDED, "name_key": search_key(name, code), "hours": {}, "items": []} | values
    return _add(Station(name=name, kind=kind, code=code, **values))


def make_room(station: int, name: str = "活动室", **values: Any) -> int:
    """A room of a station."""
    return _add(Room(station_id=station, name=name, **({"valid_from": FOUNDED, "capacity": 40} | values)))


def make_activity(title: str = "义诊", *, starts_at: datetime | None = None, hours: float = 2, **values: Any) -> int:
    """An activity; begins tomorrow at this time and lasts two hours unless said otherwise."""
    starts_at = starts_at or utc_now() + timedelta(days=1)
    values = {"kind": "community_service", "ends_at": starts_at + timedelta(hours=hours)} | values
    return _add(Activity(title=title, starts_at=starts_at, **values))


def make_attendance(activity: int, volunteer: int, **values: Any) -> int:
    """A volunteer signed up for an activity."""
    values = {"signed_up_at": utc_now()} | values
    return _add(Attendance(activity_id=activity, volunteer_id=volunteer, **values))


def make_user(
    role: Role = Role.COMMAND_CENTRE, *, area: int | None = None, person: int | None = None, **values: Any
) -> Actor:
    """An account of a role; returns it as the actor that its session would give."""
    username = values.pop("username", f"{role.value}{next(_number)}")
    values = {"name": username} | values
    user = _add(User(username=username, role=role.value, area_id=area, person_id=person, **values))
    with transaction(EVERYWHERE) as session:
        path = session.get(Area, area).path if area is not None else None  # type: ignore[union-attr]
        of_person = select(User.id).where(User.person_id == person, User.id != user)
        others = frozenset(session.scalars(of_person)) if person is not None else frozenset()
    return Actor(
        user, username, values["name"], role, area, path, person,
        values.get("locale", "zh_CN"), values.get("theme", "light"), others,
    )  # fmt: skip


def use_profile(key: str) -> None:
    """Let the database in use be an installation of another profile."""
    with transaction(EVERYWHERE) as session:
        set_installation_value(session, "profile", key)
    forget_installation()
