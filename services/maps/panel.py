"""What stands beside the map for a chosen area, as far as the asker may see (feature B2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isnan

from sqlalchemy.orm import Session

from db.queries.activities import ActivityFilter
from db.queries.area_changes import ends_of
from db.queries.areas import AreaFilter, AreaRow, find_area_by_code, get_area_row, list_areas, list_areas_by_id
from db.queries.assignments import list_assignments
from db.queries.incidents import IncidentCriteria, count_open_by_symbol, list_incidents
from db.queries.people import list_leaders_by_area
from db.session import reading
from domain.clock import local_date, utc_now
from domain.incidents import OPEN, IncidentSymbol
from domain.measures import Measure
from domain.permissions import EVERYWHERE, Actor, Permission, may, require
from services.activities.calendar import ActivityView, list_upcoming_activities
from services.areas.labels import label_parts
from services.areas.tree import State, area_tree, current_state
from services.incidents.views import IncidentView, look_at, view_of
from services.maps.measures import measure_values
from services.stations.register import StationView, list_stations
from services.system.installations import current_profile

MOST_INCIDENTS = 6
MOST_FOUND = 12
MOST_ACTIVITIES = 4


@dataclass(frozen=True)
class PanelPerson:
    """A leader or member; ``post`` is a key of the profile."""

    name: str
    post: str


@dataclass(frozen=True)
class AreaFigures:
    """What the map's colours count, as numbers: they name nobody, so whoever sees the map sees them.

    ``open`` and ``overdue`` in cases now; ``rate``: cases reported in the last 30 days per 1,000 households, None
    where the households are not known.
    """

    open: int
    overdue: int
    rate: float | None


@dataclass(frozen=True)
class AreaPanel:
    """An area's facts. Where ``in_scope`` is False all about people and incidents is empty.

    ``number`` and ``short`` as on the map; ``path``: (code, name) of the areas above, from the top. ``parts``: how
    many areas lie right below. ``leader`` and ``members`` are None for whoever may not see people (``sees_leader``).
    ``activities``: those to come in the area, the next ones first.
    """

    id: int
    code: str
    name: str
    number: str
    short: str
    level: str
    kind: str
    households: int | None
    area_m2: float | None
    parts: int
    path: tuple[tuple[str, str], ...]
    in_scope: bool
    figures: AreaFigures | None
    sees_leader: bool
    leader: PanelPerson | None
    members: tuple[PanelPerson, ...] | None
    stations: tuple[StationView, ...]
    activities: tuple[ActivityView, ...]
    open: dict[IncidentSymbol, int] | None
    incidents: tuple[IncidentView, ...]
    valid_from: date
    valid_to: date | None  # the first day without it


@dataclass(frozen=True)
class FoundArea:
    """An answer of the search."""

    id: int
    code: str
    name: str
    level: str
    above: str


def area_panel(actor: Actor, area_id: int, now: datetime | None = None) -> AreaPanel:
    """The panel of an area. Raises NotFound."""
    require(actor, Permission.MAP_SEE)
    now = now or utc_now()
    day, state = local_date(now), current_state()
    place = _place_in_scope(state, actor, area_id)
    inside = place is not None
    with reading(EVERYWHERE) as session:
        area = get_area_row(session, area_id)
        above = _above(session, area)
        parts = len(list_areas(session, AreaFilter(parent_id=area_id)))
        ended = ends_of(session, [area_id]).get(area_id)
    leader, members = _people(actor, area, day) if inside else (None, None)
    counts, incidents = _incidents(actor, area, now) if inside else (None, ())
    activities = _activities(actor, area, now) if inside else ()
    number, short = label_parts(area.code, area.name, area.level)
    return AreaPanel(
        area.id, area.code, area.name, number, short, area.level, area.kind, area.households, area.area_m2, parts,
        tuple((row.code, row.name) for row in above), inside,
        None if place is None else _figures(state, actor, place, now), may(actor, Permission.AREA_SEE), leader, members,
        tuple(list_stations(actor, area_path=area.path, now=now)), activities, counts, incidents, area.valid_from,
        ended,
    )  # fmt: skip


def _place_in_scope(state: State, actor: Actor, area_id: int) -> int | None:
    """Where the area stands in the tree; None outside the scope."""
    tree = area_tree(state)
    [at] = tree.places([area_id])
    return int(at) if at >= 0 and tree.within(actor.scope)[at] else None


def _figures(state: State, actor: Actor, at: int, now: datetime) -> AreaFigures:
    open_, overdue, rate = (
        measure_values(state, actor.scope, measure, now) for measure in (Measure.OPEN, Measure.OVERDUE, Measure.RATE)
    )
    per_thousand = float(rate.value[at])
    return AreaFigures(int(open_.total[at]), int(overdue.total[at]), None if isnan(per_thousand) else per_thousand)


def _activities(actor: Actor, area: AreaRow, now: datetime) -> tuple[ActivityView, ...]:
    which = ActivityFilter(area_path=area.path, with_cancelled=False)
    return tuple(list_upcoming_activities(actor, which, MOST_ACTIVITIES, now))


def _above(session: Session, area: AreaRow) -> Sequence[AreaRow]:
    ids = [int(part) for part in area.path.strip("/").split("/")[:-1]]
    found = list_areas_by_id(session, ids)
    return [found[area_id] for area_id in ids if area_id in found]


def _people(actor: Actor, area: AreaRow, day: date) -> tuple[PanelPerson | None, tuple[PanelPerson, ...] | None]:
    """Leader for those who see areas, members for those who see assignments: in the actor's own scope."""
    posts = [post.key for post in current_profile().grid_posts if post.leads]
    leader, members = None, None
    with reading(actor.scope) as session:
        if may(actor, Permission.AREA_SEE):
            found = list_leaders_by_area(session, [area.id], posts, day).get(area.id)
            leader = PanelPerson(found.name, found.post) if found else None
        if may(actor, Permission.ASSIGNMENT_SEE):
            rows = list_assignments(session, area_id=area.id, day=day)
            members = tuple(PanelPerson(row.person, row.post) for row in rows)
    return leader, members


def _incidents(
    actor: Actor, area: AreaRow, now: datetime
) -> tuple[dict[IncidentSymbol, int] | None, tuple[IncidentView, ...]]:
    if not may(actor, Permission.INCIDENT_SEE):
        return None, ()
    look = look_at(current_profile(), now)
    criteria = IncidentCriteria(area_path=area.path)
    is_open = IncidentCriteria(area_path=area.path, statuses=frozenset(status.value for status in OPEN))
    with reading(actor.scope) as session:
        counts = count_open_by_symbol(session, criteria, look)
        records = list_incidents(session, is_open, look, 0, MOST_INCIDENTS)
    return counts, tuple(view_of(record, look) for record in records)


def find_areas(actor: Actor, text: str) -> list[FoundArea]:
    """Areas whose name, pinyin, initials or code hold `text`: an exact code or name first, then from the top down."""
    require(actor, Permission.MAP_SEE)
    wanted = text.strip()
    if not wanted:
        return []
    with reading(EVERYWHERE) as session:
        rows = list_areas(session, AreaFilter(search=wanted), limit=200)
        names = {
            row.id: row.name for row in list_areas_by_id(session, {r.parent_id for r in rows if r.parent_id}).values()
        }
    rows.sort(
        key=lambda row: (wanted not in (row.code, row.name), not row.name.startswith(wanted), row.depth, row.code)
    )
    return [FoundArea(r.id, r.code, r.name, r.level, names.get(r.parent_id or 0, "")) for r in rows[:MOST_FOUND]]


def find_area_id(actor: Actor, code: str, day: date | None = None) -> int | None:
    """The id of the area with a code as it is valid today, or on a day; None where there is none."""
    require(actor, Permission.MAP_SEE)
    with reading(EVERYWHERE) as session:
        area = find_area_by_code(session, code, day)
        return area.id if area else None


def area_code(actor: Actor, area_id: int) -> str:
    """The code of an area that was clicked, which the address bar carries. Raises NotFound."""
    require(actor, Permission.MAP_SEE)
    with reading(EVERYWHERE) as session:
        return get_area_row(session, area_id).code


def home_area_id(actor: Actor) -> int | None:
    """The area that the panel is about before one is chosen: the actor's own, else the only one at the top."""
    require(actor, Permission.MAP_SEE)
    if not actor.scope.everywhere:
        return actor.area_id if actor.scope.area_paths else None
    tree = area_tree(current_state())
    top = tree.ids[tree.parent < 0]
    return int(top[0]) if len(top) == 1 else None
