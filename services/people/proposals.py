"""Who could take a grid: candidates for one, and a balanced proposal for all without a member (features D1, D2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import shapely
from sqlalchemy.orm import Session

from config.posts import member_posts, traits_of
from db.queries.assignments import (
    GridRow,
    MemberRow,
    count_current_by_post,
    list_assignments,
    list_grids,
    list_members,
)
from db.session import reading, transaction
from domain.assignments import DEFAULT_BALANCE, GridNeed, MemberOffer, Pairing, choose_post, propose
from domain.clock import local_date, utc_now
from domain.permissions import Actor, Permission, require
from geo.metric import to_metres
from services.people.assignments import AssignmentForm, add_assignment, list_grids_of
from services.system.installations import current_profile

MOST_CANDIDATES = 5
MOST_PROPOSED = 300  # grids in one proposal: more than a person can confirm, and still a second's work


class Placed(Protocol):
    """A grid or member with a label point in degrees, EPSG:4326."""

    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...


@dataclass(frozen=True)
class Candidate:
    """A member who could take a grid: metres from the home area to the grid (None: one of them has no place)."""

    member: MemberRow
    metres: float | None
    skills: tuple[str, ...]
    post: str


@dataclass(frozen=True)
class Proposal:
    """A grid without a member, who could take it in which post (None: nobody), with the reasons."""

    grid: GridRow
    member: MemberRow | None
    post: str
    pairing: Pairing


def list_candidates(actor: Actor, grid: GridRow, search: str = "", now: datetime | None = None) -> list[Candidate]:
    """The members of the scope who fit a grid best, by the costs of a proposal, without those who have it.

    ``search`` is part of a name, its pinyin or its initials.
    """
    require(actor, Permission.ASSIGNMENT_EDIT)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        members = list_members(session, day, search.strip())
        here = {row.person_id for row in list_assignments(session, area_id=grid.id, day=day)}
        holders = count_current_by_post(session, day)
    free = [member for member in members if member.id not in here]
    found = [
        Candidate(member, metres, skills_of(member), choose_post(skills_of(member), _posts(), holders))
        for member, metres in zip(free, _distances(grid, free), strict=True)
    ]
    return sorted(found, key=_cost)[:MOST_CANDIDATES]


def skills_of(member: MemberRow) -> tuple[str, ...]:
    """The keys of a member's skills."""
    return tuple(filter(None, member.skills.split(",")))


def _posts() -> dict[str, frozenset[str]]:
    return {post.key: traits_of(post.key).skills for post in member_posts(current_profile())}


def _wanted_skills() -> frozenset[str]:
    return frozenset().union(*_posts().values())


def _cost(found: Candidate) -> tuple[bool, float, int]:
    load = DEFAULT_BALANCE.metres_per_grid * found.member.grids
    fit = DEFAULT_BALANCE.metres_per_skill * len(_wanted_skills() & set(found.skills))
    return found.metres is None, (found.metres or 0) + load - fit, found.member.id


def _distances(grid: GridRow, members: Sequence[MemberRow]) -> list[float | None]:
    """Metres from a grid to each member's home area."""
    if grid.lon is None:
        return [None] * len(members)
    (x, y), *homes = _in_metres([grid, *members])
    return [
        None if member.lon is None else ((home[0] - x) ** 2 + (home[1] - y) ** 2) ** 0.5
        for member, home in zip(members, homes, strict=True)
    ]


def _in_metres(places: Sequence[Placed]) -> list[list[float]]:
    """The label points in one plane; those without lie on the first, which is nobody's distance."""
    degrees = [(place.lon, place.lat) if place.lon is not None else (places[0].lon, places[0].lat) for place in places]
    return shapely.get_coordinates(to_metres(shapely.points(degrees))).tolist() if degrees else []


def propose_assignments(actor: Actor, parent_id: int | None = None, now: datetime | None = None) -> list[Proposal]:
    """For each grid without a member (of one community, where it is named) who fits best; nothing is written."""
    require(actor, Permission.ASSIGNMENT_EDIT)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        every = [grid for grid in list_grids_of(session, actor, day) if parent_id in (None, grid.parent_id)]
        bare = [grid for grid in every if not grid.members and grid.lon is not None][:MOST_PROPOSED]
        members = [member for member in list_members(session, day) if member.lon is not None]
        holders = count_current_by_post(session, day)
    pairings = propose(*_in_one_plane(bare, members), {member.id: member.grids for member in members})
    by_id = {member.id: member for member in members}
    return _with_posts(bare, [by_id.get(found.person or 0) for found in pairings], list(pairings), holders)


def _with_posts(
    grids: list[GridRow], members: list[MemberRow | None], pairings: list[Pairing], holders: dict[str, int]
) -> list[Proposal]:
    """Each with the post that fits; a post given counts for the next, so that they spread."""
    found, counts = [], dict(holders)
    for grid, member, pairing in zip(grids, members, pairings, strict=True):
        post = choose_post(skills_of(member) if member else (), _posts(), counts)
        counts[post] = counts.get(post, 0) + (member is not None)
        found.append(Proposal(grid, member, post, pairing))
    return found


def _in_one_plane(grids: list[GridRow], members: list[MemberRow]) -> tuple[list[GridNeed], list[MemberOffer]]:
    points = _in_metres([*grids, *members])
    wanted = _wanted_skills()
    needs = [
        GridNeed(grid.id, x, y, grid.households or 0, wanted)
        for grid, (x, y) in zip(grids, points[: len(grids)], strict=True)
    ]
    offers = [
        MemberOffer(member.id, x, y, frozenset(skills_of(member)))
        for member, (x, y) in zip(members, points[len(grids) :], strict=True)
    ]
    return needs, offers


def confirm_proposals(
    actor: Actor, proposals: Sequence[Proposal], form_key: str = "", now: datetime | None = None
) -> int:
    """Assign the proposed members from today, all or none; returns how many. Covered meanwhile: left alone."""
    require(actor, Permission.ASSIGNMENT_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        bare = _bare_ids(session, actor, proposals, now)
        chosen = [(found, found.member.id) for found in proposals if found.member and found.grid.id in bare]
        for found, person in chosen:
            key = f"{form_key}-{found.grid.id}" if form_key else ""
            form = AssignmentForm(person, found.grid.id, found.post, local_date(now), form_key=key)
            add_assignment(session, actor, form, now)
    return len(chosen)


def _bare_ids(session: Session, actor: Actor, proposals: Sequence[Proposal], now: datetime) -> set[int]:
    wanted = {found.grid.id for found in proposals}
    grids = list_grids(session, current_profile().grid_level.value, local_date(now), actor.scope.area_paths)
    return {grid.id for grid in grids if not grid.members} & wanted
