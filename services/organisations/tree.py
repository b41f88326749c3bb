"""Party organisations: the tree with the profile's tiers, one organisation, what has none (features A1, A8)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.profiles import Profile
from db.models import Organisation
from db.queries import organisations as rows
from db.queries.organisations import LevelArea, LinkRow, OrganisationRow
from db.queries.people import HoldingRow, PeopleFilter, count_people, list_holdings, list_people
from db.session import reading
from domain.clock import local_date, utc_now
from domain.errors import PermissionDenied
from domain.permissions import Actor, Permission, require
from services.system.installations import current_profile

MOST_SHOWN = 20  # members on a card; the list of people has them all


@dataclass(frozen=True)
class OrganisationNode:
    """An organisation in its tree. Counts are of the actor's scope; ``below`` adds all organisations under it.

    ``in_scope`` is False for the ones above the actor's own, which are shown so that the tree has a top.
    """

    id: int
    code: str
    name: str
    tier: str
    parent_id: int | None
    path: str
    depth: int
    version: int
    parts: int
    areas: int
    members: int
    members_below: int
    posts: int
    in_scope: bool


@dataclass(frozen=True)
class OrganisationTree:
    """The organisations that the actor sees, each followed by those under it."""

    day: date
    nodes: list[OrganisationNode]

    def find(self, organisation_id: int | None) -> OrganisationNode | None:
        """The node with an id."""
        return next((node for node in self.nodes if node.id == organisation_id), None)

    def parts_of(self, organisation_id: int | None) -> list[OrganisationNode]:
        """Those right under one; the tops for None."""
        known = {node.id for node in self.nodes}
        above = {node.id: node.parent_id if node.parent_id in known else None for node in self.nodes}
        return [node for node in self.nodes if above[node.id] == organisation_id]

    def above(self, node: OrganisationNode) -> list[OrganisationNode]:
        """Those over one, from the top."""
        ids = [int(part) for part in node.path.strip("/").split("/")[:-1]]
        return [found for key in ids if (found := self.find(key))]

    def search(self, text: str) -> list[OrganisationNode]:
        """Those whose name or code holds the text."""
        wanted = text.strip().casefold()
        return [node for node in self.nodes if wanted in node.name.casefold() or wanted in node.code.casefold()]


@dataclass(frozen=True)
class MemberLine:
    """A member on a card."""

    id: int
    name: str
    organisation: str


@dataclass(frozen=True)
class OrganisationCard:
    """One organisation: areas now and before, members (the first MOST_SHOWN), posts held now."""

    links: list[LinkRow]
    members: list[MemberLine]
    member_total: int
    posts: list[HoldingRow]


def organisation_tree(actor: Actor, now: datetime | None = None) -> OrganisationTree:
    """The organisations of the actor's areas with those above them; everything for who sees everything."""
    require(actor, Permission.ORGANISATION_SEE)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        found = rows.list_organisations(session, day)
        roots = () if actor.scope.everywhere else rows.list_root_paths(session, actor.scope.area_paths, day)
        areas = rows.count_areas_by_organisation(session, day)
        members = rows.count_members_by_organisation(session)
        posts = rows.count_posts_by_organisation(session, day)
    seen = found if actor.scope.everywhere else [row for row in found if _is_seen(row.path, roots)]
    below = _sums_below(seen, members)
    parts: dict[int | None, list[OrganisationRow]] = {}
    for row in seen:
        parts.setdefault(row.parent_id, []).append(row)
    nodes = [
        OrganisationNode(
            row.id, row.code, row.name, row.tier, row.parent_id, row.path, depth, row.version,
            len(parts.get(row.id, ())), areas.get(row.id, 0), members.get(row.id, 0), below[row.id],
            posts.get(row.id, 0), actor.scope.everywhere or row.path.startswith(roots),
        )
        for row, depth in _in_order(seen, parts)
    ]  # fmt: skip
    return OrganisationTree(day, nodes)


def _is_seen(path: str, roots: tuple[str, ...]) -> bool:
    return path.startswith(roots) or any(root.startswith(path) for root in roots)


def _sums_below(found: list[OrganisationRow], own: dict[int, int]) -> dict[int, int]:
    total = {row.id: own.get(row.id, 0) for row in found}
    for row in found:
        for above in row.path.strip("/").split("/")[:-1]:
            if int(above) in total:
                total[int(above)] += own.get(row.id, 0)
    return total


def _in_order(
    found: list[OrganisationRow], parts: dict[int | None, list[OrganisationRow]]
) -> list[tuple[OrganisationRow, int]]:
    known = {row.id for row in found}
    waiting = [(row, 0) for row in reversed(found) if row.parent_id not in known]
    order = []
    while waiting:
        row, depth = waiting.pop()
        order.append((row, depth))
        waiting += [(part, depth + 1) for part in reversed(parts.get(row.id, []))]
    return order


def get_organisation_card(actor: Actor, organisation_id: int, now: datetime | None = None) -> OrganisationCard:
    """One organisation of the scope. Raises NotFound, PermissionDenied."""
    require(actor, Permission.ORGANISATION_SEE)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        organisation = get_own(session, actor, organisation_id, day)
        which = PeopleFilter(members=True, organisation_path=organisation.path)
        return OrganisationCard(
            rows.list_links(session, organisation_id),
            [
                MemberLine(row.id, row.name, row.organisation or "")
                for row in list_people(session, which, day, MOST_SHOWN)
            ],
            count_people(session, which, day),
            list_holdings(session, organisation_id=organisation_id, day=day),
        )


def get_own(session: Session, actor: Actor, organisation_id: int, day: date) -> Organisation:
    """The organisation, if its areas or those of one above it lie in the actor's scope."""
    found = rows.get_organisation(session, organisation_id)
    roots = () if actor.scope.everywhere else rows.list_root_paths(session, actor.scope.area_paths, day)
    if not actor.scope.everywhere and not found.path.startswith(roots):
        raise PermissionDenied(permission="scope", role=actor.role.value)
    return found


@dataclass(frozen=True)
class LevelCoverage:
    """应建必建率 of a level (A8): its areas with an organisation of ``tiers`` out of all its areas."""

    level: str
    tiers: tuple[str, ...]
    areas: list[LevelArea]

    @property
    def covered(self) -> int:
        """Numerator."""
        return sum(area.has_organisation for area in self.areas)

    @property
    def total(self) -> int:
        """Denominator."""
        return len(self.areas)

    @property
    def missing(self) -> list[LevelArea]:
        """The areas that should have an organisation and have none."""
        return [area for area in self.areas if not area.has_organisation]


def organisation_coverage(actor: Actor, now: datetime | None = None) -> list[LevelCoverage]:
    """For each level for which the profile has a party tier, from the top: the areas of the scope; empty ones not."""
    require(actor, Permission.ORGANISATION_SEE)
    day, profile, scope = local_date(now or utc_now()), current_profile(), actor.scope
    if not scope.everywhere and not scope.area_paths:
        return []
    with reading(scope) as session:
        found = [
            LevelCoverage(level.key, tiers, rows.list_level_areas(session, level.key, tiers, day, scope.area_paths))
            for level in profile.levels
            if (tiers := _party_tiers(profile, level.key))
        ]
    return [level for level in found if level.areas]


def _party_tiers(profile: Profile, level: str) -> tuple[str, ...]:
    return tuple(
        tier.key for tier in profile.tiers if tier.kind == "party" and tier.level and tier.level.value == level
    )


def parents_for(actor: Actor, level: LevelCoverage, now: datetime | None = None) -> dict[int, int]:
    """Missing area → the organisation that a new one would hang under: the lowest that looks after an area above it.

    Of organisations of the scope alone; the profile's tiers decide which is lowest.
    """
    require(actor, Permission.ORGANISATION_SEE)
    day, order = local_date(now or utc_now()), tier_order(current_profile())
    lowest = min(order.index(tier) for tier in level.tiers)
    above = {area.id: [int(part) for part in area.path.strip("/").split("/")[:-1]] for area in level.missing}
    with reading(actor.scope) as session:
        roots = () if actor.scope.everywhere else rows.list_root_paths(session, actor.scope.area_paths, day)
        every = {area for areas in above.values() for area in areas}
        found = rows.list_organisations_of_areas(session, every, order[:lowest], day)
    own = [one for one in found if actor.scope.everywhere or one.path.startswith(roots)]
    rank = {one.organisation_id: (order.index(one.tier), -one.organisation_id) for one in own}
    choices = {
        area: [one.organisation_id for one in own if one.area_id in areas_above] for area, areas_above in above.items()
    }
    return {area: max(ids, key=rank.__getitem__) for area, ids in choices.items() if ids}


def tier_order(profile: Profile) -> list[str]:
    """The tiers that are organisations, from the top."""
    return [tier.key for tier in profile.tiers if tier.kind != "person"]
