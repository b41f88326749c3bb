"""党员包联网格: which member looks after which grid, and which grids have nobody (features D1, A8)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.posts import member_posts
from db.models import Area, Assignment
from db.queries.areas import get_area, get_area_row
from db.queries.assignments import (
    AssignmentRow,
    GridRow,
    count_members,
    get_assignment,
    list_assignments,
    list_grids,
    list_held_by_person,
)
from db.queries.audit import add_audit_entry
from db.queries.people import get_person, list_leaders_by_area
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.areas import StaffingFinding, StaffingRule, staffing_finding
from domain.assignments import AssignmentStatus, Held, Span, check_assignment, check_within, status_on
from domain.clock import local_date, utc_now
from domain.errors import NotFound, Refusal, StaleRecord
from domain.names import mask_phone
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from services.accounts.scopes import covers, require_inside
from services.areas.staffing_rules import rules_in
from services.system.installations import current_profile


class NotAGrid(Refusal):
    """Members are assigned to grids, not to areas of another level."""

    code = "not_a_grid"


class NotAPartyMember(Refusal):
    """Only party members are assigned to grids."""

    code = "not_a_party_member"


@dataclass(frozen=True)
class AssignmentForm:
    """A new assignment: who, where, as what, from when until when (inclusive; None = until further notice)."""

    person_id: int
    area_id: int
    post: str
    starts_on: date
    ends_on: date | None = None
    reason: str = ""
    form_key: str = ""


@dataclass(frozen=True)
class AssignmentView:
    """An assignment as lists show it; ``phone`` is masked, ``post`` a key of the profile."""

    id: int
    person_id: int
    person: str
    phone: str
    area_id: int
    area_code: str
    area: str
    post: str
    starts_on: date
    ends_on: date | None
    reason: str
    end_reason: str
    version: int
    status: AssignmentStatus


@dataclass(frozen=True)
class PartCoverage:
    """Coverage of the grids under one area."""

    area_id: int | None
    name: str
    covered: int
    total: int


@dataclass(frozen=True)
class Coverage:
    """Grids with at least one current member out of all, and how many members look after them.

    ``members``: party members of the scope; ``unassigned`` of them look after no grid, here or elsewhere.
    """

    day: date
    grids: list[GridRow]
    people: int
    members: int
    unassigned: int

    @property
    def covered(self) -> int:
        """Numerator."""
        return sum(grid.members > 0 for grid in self.grids)

    @property
    def total(self) -> int:
        """Denominator."""
        return len(self.grids)

    @property
    def missing(self) -> list[GridRow]:
        """The grids without a member."""
        return [grid for grid in self.grids if not grid.members]

    @property
    def parts(self) -> list[PartCoverage]:
        """The same by the area above the grids, in the order of their codes."""
        return _parts([((grid.parent_id, grid.parent), grid) for grid in self.grids])

    @property
    def kinds(self) -> list[PartCoverage]:
        """The same by kind of grid (an AreaKind), for A8."""
        return _parts([((None, grid.kind), grid) for grid in sorted(self.grids, key=lambda grid: grid.kind)])


def _parts(grids: list[tuple[tuple[int | None, str], GridRow]]) -> list[PartCoverage]:
    found: dict[tuple[int | None, str], list[GridRow]] = {}
    for key, grid in grids:
        found.setdefault(key, []).append(grid)
    return [
        PartCoverage(area, name, sum(grid.members > 0 for grid in some), len(some))
        for (area, name), some in found.items()
    ]


@dataclass(frozen=True)
class LeaderView:
    """Who leads a grid; the phone is masked."""

    name: str
    phone: str
    post: str


@dataclass(frozen=True)
class GridCard:
    """A grid: its leader, what the staffing rule says of it, and every assignment, the newest first."""

    grid: GridRow
    leader: LeaderView | None
    staffing: StaffingFinding
    rule: StaffingRule | None
    assignments: list[AssignmentView]

    @property
    def present(self) -> list[AssignmentView]:
        """Those that hold today or will."""
        return [found for found in self.assignments if found.status is not AssignmentStatus.ENDED]

    @property
    def past(self) -> list[AssignmentView]:
        """Those that are over."""
        return [found for found in self.assignments if found.status is AssignmentStatus.ENDED]


def get_coverage(actor: Actor, day: date | None = None) -> Coverage:
    """Every grid of the actor's scope with its number of members on a day (default: today)."""
    require(actor, Permission.ASSIGNMENT_SEE)
    day = day or local_date(utc_now())
    with reading(actor.scope) as session:
        count = count_members(session, day)
        return Coverage(day, list_grids_of(session, actor, day), count.holding, count.registered, count.unassigned)


def list_grids_of(session: Session, actor: Actor, day: date) -> list[GridRow]:
    """The grids of the actor's scope with their members on a day."""
    scope = actor.scope
    if not scope.everywhere and not scope.area_paths:
        return []
    return list_grids(session, current_profile().grid_level.value, day, scope.area_paths)


def get_grid_card(actor: Actor, area_id: int, now: datetime | None = None) -> GridCard:
    """All about one grid of the scope. Raises NotFound, also for an area of another level or outside the scope."""
    require(actor, Permission.ASSIGNMENT_SEE)
    day, profile = local_date(now or utc_now()), current_profile()
    with reading(actor.scope) as session:
        path = get_area_row(session, area_id).path
        grids = list_grids(session, profile.grid_level.value, day, [path]) if covers(actor, path) else []
        if not grids or grids[0].id != area_id:
            raise NotFound(subject="area")
        posts = [post.key for post in profile.grid_posts if post.leads]
        leader = list_leaders_by_area(session, [area_id], posts, day).get(area_id)
        rows = list_assignments(session, area_id=area_id)
        grid = grids[0]
        rule = rules_in(session).rule_of(profile.grid_level.value, grid.kind)
    return GridCard(
        grid,
        LeaderView(leader.name, mask_phone(leader.phone), leader.post) if leader else None,
        staffing_finding(grid.households, rule),
        rule,
        [_view(row, day) for row in rows],
    )


def list_own_assignments(actor: Actor) -> list[AssignmentView]:
    """The actor's own assignments, the newest first."""
    require(actor, Permission.ASSIGNMENT_SEE)
    if actor.person_id is None:
        return []
    with reading(actor.scope) as session:
        return [_view(row, local_date(utc_now())) for row in list_assignments(session, person_id=actor.person_id)]


def _view(row: AssignmentRow, day: date) -> AssignmentView:
    return AssignmentView(
        row.id, row.person_id, row.person, mask_phone(row.phone), row.area_id, row.area_code, row.area, row.post,
        row.starts_on, row.ends_on, row.reason, row.end_reason, row.version,
        status_on(Span(row.starts_on, row.ends_on), day),
    )  # fmt: skip


def assign_member(actor: Actor, form: AssignmentForm, now: datetime | None = None) -> int:
    """Assign a member to a grid; returns the assignment's id, the same for the same form sent twice.

    Raises InvalidAssignmentDates, AreaNotValidThen, AssignmentOverlap, NotAGrid, NotAPartyMember, NotFound.
    """
    require(actor, Permission.ASSIGNMENT_EDIT)
    with transaction(actor.scope) as session:
        return add_assignment(session, actor, form, now or utc_now())


def add_assignment(session: Session, actor: Actor, form: AssignmentForm, now: datetime) -> int:
    """``assign_member`` within a transaction that does more."""
    known = find_receipt(session, actor.user_id, "assignment", form.form_key)
    if known is not None:
        return known
    span = Span(form.starts_on, form.ends_on)
    reason = clean_line(form.reason, "reason", 400, required=False)
    _check(session, actor, form, span)
    row = Assignment(
        person_id=form.person_id, area_id=form.area_id, post=form.post, starts_on=form.starts_on,
        ends_on=form.ends_on, reason=reason, created_by=actor.user_id or None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    add_receipt(session, actor.user_id, "assignment", form.form_key, row.id, now)
    add_audit_entry(session, actor.user_id, "assignment.assign", "assignment", now, row.id)
    return row.id


def _check(session: Session, actor: Actor, form: AssignmentForm, span: Span) -> None:
    profile = current_profile()
    if form.post not in {post.key for post in member_posts(profile)}:
        raise NotFound(subject="post")
    area = get_own_grid(session, actor, form.area_id)
    # Locked, so that two who assign one member at once cannot both find no overlap.
    if not get_person(session, form.person_id, lock=True).is_party_member:
        raise NotAPartyMember()
    check_within(span, area.valid_from, area.valid_to)
    check_assignment(
        Held(form.person_id, form.area_id, form.post, span), list_held_by_person(session, form.person_id),
        several_posts=profile.several_posts.value, several_grids=profile.several_grids.value,
    )  # fmt: skip


def get_own_grid(session: Session, actor: Actor, area_id: int) -> Area:
    """A grid where the actor works. Raises NotFound, PermissionDenied, NotAGrid."""
    area = get_area(session, area_id)
    require_inside(actor, area.path)
    if area.level != current_profile().grid_level.value:
        raise NotAGrid(area=area.name)
    return area


def end_assignment(
    actor: Actor, assignment_id: int, version: int, ends_on: date, reason: str, now: datetime | None = None
) -> None:
    """Let an assignment end on a day. Raises StaleRecord, InvalidAssignmentDates, EmptyText, NotFound."""
    require(actor, Permission.ASSIGNMENT_EDIT)
    reason = clean_line(reason, "reason", 400)
    with transaction(actor.scope) as session:
        row = get_assignment(session, assignment_id)
        if row.version != version:
            raise StaleRecord()
        Span(row.starts_on, ends_on)
        row.ends_on, row.end_reason = ends_on, reason
        add_audit_entry(session, actor.user_id, "assignment.end", "assignment", now or utc_now(), row.id, reason)
