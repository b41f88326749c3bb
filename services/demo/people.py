"""The people of a demo town, all invented: organisations, members, leaders, volunteers, accounts."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from config.posts import POST_TRAITS, member_posts, posts_of_tier
from config.profile_parts import Tier
from config.profiles import Profile
from db.models import (
    Area,
    Assignment,
    Organisation,
    OrganisationArea,
    Person,
    PostHolding,
    Team,
    User,
    Volunteer,
)
from domain.permissions import Role
from services.demo.names import invented_name, invented_phone
from services.demo.rows import Rows
from services.lists.search_keys import search_key
from services.organisations.names import organisation_name

SKILLS = tuple(sorted({skill for traits in POST_TRAITS.values() for skill in traits.skills}))
# One in so many of the finest party organisations is not set up yet: there is something to find (A8).
NOT_SET_UP = 19
# The departments that a street can call, 示例: an account is a department, not a person.
DEPARTMENTS = ("综合行政执法队", "市场监督管理所", "市政设施管理所", "消防救援站", "派出所", "住房和建设部门")


@dataclass
class Staff:
    """Who works where: ids of users and people that the incidents and activities of the demo refer to."""

    leaders: dict[int, int] = field(default_factory=dict)  # grid id → user id
    leader_names: dict[int, str] = field(default_factory=dict)  # user id → name
    command: tuple[int, str] = (0, "")
    administrator: tuple[int, str] = (0, "")
    departments: list[tuple[int, str]] = field(default_factory=list)
    secretaries: dict[int, tuple[int, str]] = field(default_factory=dict)  # community id → user id, name
    volunteers_by_area: dict[int, list[int]] = field(default_factory=dict)  # area id → volunteer ids
    times_at: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)  # volunteer id → when served


class Population:
    """Adds people to the rows, each with a name of their own."""

    def __init__(self, rows: Rows, profile: Profile, rng: random.Random, day: date) -> None:
        self.rows, self.profile, self.rng, self.day = rows, profile, rng, day
        self.staff = Staff()
        self.organisation_of: dict[int, int] = {}  # area id → organisation id
        self.grids = [area for area in rows.of(Area) if area["level"] == profile.grid_level.value]
        self.areas = {area["id"]: area for area in rows.of(Area)}

    def person(self, area_id: int | None, *, member: bool = False, organisation: int | None = None) -> int:
        """A new invented person; returns the id."""
        name = invented_name(self.rng)
        return self.rows.add(
            Person,
            name=name, name_key=search_key(name), phone=invented_phone(len(self.rows.of(Person)) + 1),
            is_party_member=member, organisation_id=organisation, area_id=area_id,
            skills=",".join(sorted(self.rng.sample(SKILLS, self.rng.choice((0, 1, 1, 2))))),
        )  # fmt: skip

    def name_of(self, person_id: int) -> str:
        """The name of a person added before."""
        return str(self.rows.of(Person)[person_id - 1]["name"])

    def days_ago(self, least: int, most: int) -> date:
        """A random day in the past."""
        return self.day - timedelta(days=self.rng.randint(least, most))


def add_organisations(population: Population) -> None:
    """One organisation of each tier for each area of the tier's level; a tier without a level has one in all."""
    rows, profile = population.rows, population.profile
    above: dict[int, int] = {}  # area id → organisation id of the tier above
    top: int | None = None
    for tier in profile.tiers:
        if tier.kind == "person":
            continue
        level = tier.level.value if tier.level else None
        areas: list[dict[str, Any] | None] = [area for area in rows.of(Area) if area["level"] == level]
        if level is None:
            areas = [None]
        elif tier == _finest_party_tier(profile):
            areas = [area for number, area in enumerate(areas, 1) if number % NOT_SET_UP]
        made: dict[int, int] = {}
        for area in areas:
            parent = _organisation_above(population, area, above) if area else None
            organisation = _add_organisation(population, tier, area, parent or top)
            if area:
                made[area["id"]] = organisation
            else:
                top = organisation
        above |= made
        if tier.kind == "party":
            population.organisation_of |= made


def _finest_party_tier(profile: Profile) -> Tier:
    return [tier for tier in profile.tiers if tier.kind == "party"][-1]


def _organisation_above(population: Population, area: dict[str, Any] | None, above: dict[int, int]) -> int | None:
    while area is not None:
        if area["id"] in above:
            return above[area["id"]]
        area = population.areas.get(area["parent_id"])
    return None


def _add_organisation(population: Population, tier: Tier, area: dict[str, Any] | None, parent: int | None) -> int:
    rows = population.rows
    number = len(rows.of(Organisation)) + 1
    path = rows.of(Organisation)[parent - 1]["path"] if parent else "/"
    since = date(population.day.year - 2, 1, 1)
    name = organisation_name(population.profile, tier.key, area["name"] if area else "", area["level"] if area else "")
    organisation = rows.add(
        Organisation, code=f"ORG{number:05d}", name=name, tier=tier.key,
        parent_id=parent, path=f"{path}{number}/", valid_from=since, valid_to=None,
    )  # fmt: skip
    if area:
        rows.add(OrganisationArea, organisation_id=organisation, area_id=area["id"], valid_from=since, valid_to=None)
    return organisation


def add_members(population: Population) -> list[int]:
    """The party members, spread over the grids' organisations; each holds a post of the profile."""
    profile, rng = population.profile, population.rng
    members, posts = [], member_posts(profile)
    for number in range(profile.town.party_members.value):
        grid = population.grids[number % len(population.grids)]
        home = population.areas[grid["parent_id"]] if grid["parent_id"] else grid
        organisation = population.organisation_of.get(grid["id"], population.organisation_of.get(home["id"]))
        member = population.person(home["id"], member=True, organisation=organisation)
        post = posts[number % len(posts)]
        _hold(population, member, post.key, organisation)
        members.append(member)
    _add_officers(population)
    rng.shuffle(members)
    return members


def _add_officers(population: Population) -> None:
    """Posts that organisations have: the first of a tier is held by one of its members.

    The others are held by those who lead the organisations right under it, so these hold several (N2).
    """
    rows, leads = population.rows, dict[int, int]()  # organisation → who leads it
    for organisation in sorted(rows.of(Organisation), key=lambda row: (-row["path"].count("/"), row["id"])):
        posts = posts_of_tier(population.profile, organisation["tier"])
        members = _members_under(rows, organisation["path"]) - set(leads.values()) if posts else set()
        if not members:
            continue
        leads[organisation["id"]] = min(members)
        _hold(population, min(members), posts[0].key, organisation["id"])
        parts = [part["id"] for part in rows.of(Organisation) if part["parent_id"] == organisation["id"]]
        for post in posts[1:]:
            for person in (leads[part] for part in parts if part in leads):
                _hold(population, person, post.key, organisation["id"])


def _members_under(rows: Rows, path: str) -> set[int]:
    inside = {row["id"] for row in rows.of(Organisation) if row["path"].startswith(path)}
    return {row["id"] for row in rows.of(Person) if row["is_party_member"] and row["organisation_id"] in inside}


def _hold(population: Population, person: int, post: str, organisation: int | None) -> None:
    population.rows.add(
        PostHolding, person_id=person, post=post, organisation_id=organisation, area_id=None,
        valid_from=population.days_ago(200, 900), valid_to=None,
    )  # fmt: skip


def add_assignments(population: Population, members: list[int]) -> None:
    """Members look after grids in the post they hold; a share of grids has nobody, and some assignments are over."""
    profile, rng = population.profile, population.rng
    bare = {
        grid["id"]
        for grid in rng.sample(population.grids, round(len(population.grids) * profile.town.uncovered_grids.value))
    }
    covered = [grid for grid in population.grids if grid["id"] not in bare]
    posts = {post.key for post in member_posts(profile)}
    held = {row["person_id"]: row["post"] for row in population.rows.of(PostHolding) if row["post"] in posts}
    for number, member in enumerate(members[: max(len(covered), int(len(members) * 0.7))] if covered else []):
        _assign(population, member, held[member], covered[number % len(covered)]["id"], ended=False)
    for grid_id in sorted(bare):
        member = rng.choice(members)
        _assign(population, member, held[member], grid_id, ended=True)


def _assign(population: Population, member: int, post: str, grid_id: int, *, ended: bool) -> None:
    start = population.days_ago(120, 700)
    end = population.days_ago(15, 90) if ended else None
    population.rows.add(
        Assignment, person_id=member, area_id=grid_id, post=post, starts_on=start, ends_on=end,
        reason="", end_reason="", created_by=None,
    )  # fmt: skip


def add_accounts(population: Population) -> None:
    """One account for each role's button, then one for the leader of each other grid."""
    profile, staff, rows = population.profile, population.staff, population.rows
    grids = sorted(population.grids, key=_distance_to_middle(population))
    community_of = {grid["id"]: grid["parent_id"] for grid in grids}
    first = grids[0]
    command = _account(population, Role.COMMAND_CENTRE, "command")
    staff.command = (command, str(rows.of(User)[command - 1]["name"]))
    administrator = _account(population, Role.ADMINISTRATOR, Role.ADMINISTRATOR.value)
    staff.administrator = (administrator, str(rows.of(User)[administrator - 1]["name"]))
    _account(population, Role.VISITOR, Role.VISITOR.value)
    for number, name in enumerate(DEPARTMENTS):
        username = f"department{number or ''}"
        staff.departments.append((_user(population, Role.DEPARTMENT, username, name, None, None), name))
    communities = {value for value in community_of.values() if value}
    for community in sorted(communities, key=lambda found: (found != first["parent_id"], found)):
        secretary = _account(population, Role.COMMUNITY_SECRETARY, f"secretary{community}", area_id=community)
        staff.secretaries[community] = (secretary, str(rows.of(User)[secretary - 1]["name"]))
    leads = next(post.key for post in profile.grid_posts if post.leads)
    for grid in grids:
        user = _account(population, Role.GRID_LEADER, f"leader{grid['id']}", area_id=grid["id"])
        staff.leaders[grid["id"]] = user
        staff.leader_names[user] = str(rows.of(User)[user - 1]["name"])
        rows.add(
            PostHolding, person_id=rows.of(User)[user - 1]["person_id"], post=leads, organisation_id=None,
            area_id=grid["id"], valid_from=population.days_ago(100, 800), valid_to=None,
        )  # fmt: skip


def _distance_to_middle(population: Population) -> Callable[[dict[str, Any]], float]:
    top = population.rows.of(Area)[0]
    return lambda area: (area["label_lon"] - top["label_lon"]) ** 2 + (area["label_lat"] - top["label_lat"]) ** 2


def _account(population: Population, role: Role, username: str, *, area_id: int | None = None) -> int:
    person = None if role is Role.VISITOR else population.person(area_id)
    name = population.name_of(person) if person else "来宾"
    return _user(population, role, username, name, person, area_id)


def _user(population: Population, role: Role, username: str, name: str, person: int | None, area: int | None) -> int:
    return population.rows.add(
        User, username=username, name=name, password_hash=None, role=role.value, person_id=person, area_id=area,
        locale="zh_CN", theme="light", is_active=True, failed_attempts=0, locked_until=None,
    )  # fmt: skip


def add_member_account(population: Population) -> None:
    """The account of a party member who looks after a grid now; it sees that grid."""
    current = next(row for row in population.rows.of(Assignment) if row["ends_on"] is None)
    person = current["person_id"]
    _user(population, Role.PARTY_MEMBER, "member", population.name_of(person), person, current["area_id"])


def add_volunteers(population: Population) -> None:
    """Teams of the profile and their volunteers; the first volunteer has an account."""
    rows, profile, rng = population.rows, population.profile, population.rng
    teams: dict[str, int] = {}
    for team in profile.teams:
        teams[team.key] = rows.add(
            Team, key=team.key, name=team.name.zh, parent_id=teams.get(team.parent) if team.parent else None
        )
    leaves = [team for team in profile.teams if not any(other.parent == team.key for other in profile.teams)]
    sizes = [team.size.value if team.size else 1 for team in leaves]
    chosen = rng.choices([teams[team.key] for team in leaves], weights=sizes, k=profile.town.volunteers.value)
    homes = [grid["id"] for grid in population.grids]
    for team_id in chosen:
        home = rng.choice(homes)
        person = population.person(home)
        volunteer = rows.add(
            Volunteer, person_id=person, team_id=team_id, area_id=home,
            joined_on=population.days_ago(30, 1400), left_on=None,
        )  # fmt: skip
        population.staff.volunteers_by_area.setdefault(home, []).append(volunteer)
    _let_members_join(population)
    if chosen:
        _user(population, Role.VOLUNTEER, "volunteer", *_first_volunteer(population))


def _let_members_join(population: Population) -> None:
    """The last of the roll are party members (all, but at most a third of it) instead of people of their own."""
    rows = population.rows
    members = [row["id"] for row in rows.of(Person) if row["is_party_member"]]
    members = members[: len(rows.of(Volunteer)) // 3]
    if members:
        del rows.of(Person)[-len(members) :]  # those were the last people added
        for volunteer, person in zip(rows.of(Volunteer)[-len(members) :], members, strict=True):
            volunteer["person_id"] = person


def _first_volunteer(population: Population) -> tuple[str, int, int]:
    first = population.rows.of(Volunteer)[0]
    return population.name_of(first["person_id"]), first["person_id"], first["area_id"]
