"""党员包联网格: which member looks after which grid, who is missing, and a proposal (features D1, D2, A8)."""

from dataclasses import dataclass
from datetime import date, datetime

import shapely
from sqlalchemy.orm import Session

from db.models import Assignment
from db.queries.areas import get_area
from db.queries.assignments import (
    AssignmentRow,
    GridRow,
    MemberRow,
    get_assignment,
    list_assignments,
    list_assignments_of_person,
    list_grids,
    list_members,
)
from db.queries.audit import add_audit_entry
from db.queries.people import get_person
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.assignments import (
    GridNeed,
    Held,
    MemberOffer,
    Pairing,
    Span,
    check_assignment,
    check_within,
    propose,
)
from domain.clock import local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from geo.metric import to_metres
from services.installations import current_profile


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
class Coverage:
    """Grids with at least one current member out of all: 应建必建率 of 包联 (A8)."""

    day: date
    grids: list[GridRow]

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


@dataclass(frozen=True)
class Proposal:
    """A grid without a member, and who could take it, with the reasons."""

    grid: GridRow
    member: MemberRow | None
    pairing: Pairing


def get_coverage(actor: Actor, day: date | None = None) -> Coverage:
    """Every grid of the actor's scope with its number of members on a day (default: today)."""
    require(actor, Permission.ASSIGNMENT_SEE)
    day = day or local_date(utc_now())
    with reading(actor.scope) as session:
        return Coverage(day, _grids(session, actor, day))


def list_grid_assignments(actor: Actor, area_id: int) -> list[AssignmentRow]:
    """Every assignment of a grid, ended ones included, the newest first."""
    require(actor, Permission.ASSIGNMENT_SEE)
    with reading(actor.scope) as session:
        return list_assignments(session, area_id=area_id)


def list_own_assignments(actor: Actor) -> list[AssignmentRow]:
    """The actor's own assignments, the newest first."""
    require(actor, Permission.ASSIGNMENT_SEE)
    if actor.person_id is None:
        return []
    with reading(actor.scope) as session:
        return list_assignments(session, person_id=actor.person_id)


def list_available_members(actor: Actor) -> list[MemberRow]:
    """The party members of the scope with the number of grids they hold today."""
    require(actor, Permission.ASSIGNMENT_EDIT)
    with reading(actor.scope) as session:
        return list_members(session, local_date(utc_now()))


def assign_member(actor: Actor, form: AssignmentForm, now: datetime | None = None) -> int:
    """Assign a member to a grid; returns the assignment's id, the same for the same form sent twice.

    Raises InvalidAssignmentDates, AreaNotValidThen, AssignmentOverlap, NotAGrid, NotAPartyMember, NotFound.
    """
    require(actor, Permission.ASSIGNMENT_EDIT)
    now = now or utc_now()
    span = Span(form.starts_on, form.ends_on)
    reason = clean_line(form.reason, "reason", 400, required=False)
    post = current_profile().post(form.post).key
    with transaction(actor.scope) as session:
        known = find_receipt(session, form.form_key) if form.form_key else None
        if known is not None:
            return known
        _check(session, form, span)
        row = Assignment(
            person_id=form.person_id, area_id=form.area_id, post=post, starts_on=form.starts_on,
            ends_on=form.ends_on, reason=reason, created_by=actor.user_id or None,
        )  # fmt: skip
        session.add(row)
        session.flush()
        if form.form_key:
            add_receipt(session, form.form_key, "assignment", row.id, now)
        add_audit_entry(session, actor.user_id, "assignment.assign", "assignment", now, row.id)
        return row.id


def _check(session: Session, form: AssignmentForm, span: Span) -> None:
    profile = current_profile()
    area = get_area(session, form.area_id)
    if area.level != profile.grid_level.value:
        raise NotAGrid(area=area.name)
    if not get_person(session, form.person_id).is_party_member:
        raise NotAPartyMember()
    check_within(span, area.valid_from, area.valid_to)
    existing = [
        Held(row.person_id, row.area_id, row.post, Span(row.starts_on, row.ends_on))
        for row in list_assignments_of_person(session, form.person_id)
    ]
    check_assignment(
        Held(form.person_id, form.area_id, form.post, span), existing,
        several_posts=profile.several_posts.value, several_grids=profile.several_grids.value,
    )  # fmt: skip


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


def propose_assignments(actor: Actor, now: datetime | None = None) -> list[Proposal]:
    """For each grid without a member the one who fits best, with the reasons; nothing is written."""
    require(actor, Permission.ASSIGNMENT_EDIT)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        bare = [grid for grid in _grids(session, actor, day) if not grid.members and grid.lon is not None]
        members = [member for member in list_members(session, day) if member.lon is not None]
    pairings = propose(*_in_one_plane(bare, members), {member.id: member.grids for member in members})
    by_id = {member.id: member for member in members}
    return [
        Proposal(grid, by_id.get(pairing.person) if pairing.person else None, pairing)
        for grid, pairing in zip(bare, pairings, strict=True)
    ]


def _in_one_plane(grids: list[GridRow], members: list[MemberRow]) -> tuple[list[GridNeed], list[MemberOffer]]:
    places = [(place.lon or 0.0, place.lat or 0.0) for place in (*grids, *members)]
    points = shapely.get_coordinates(to_metres(shapely.points(places))).tolist() if places else []
    needs = [
        GridNeed(grid.id, x, y, grid.households or 0) for grid, (x, y) in zip(grids, points[: len(grids)], strict=True)
    ]
    offers = [
        MemberOffer(member.id, x, y, frozenset(filter(None, member.skills.split(","))))
        for member, (x, y) in zip(members, points[len(grids) :], strict=True)
    ]
    return needs, offers


def confirm_proposals(actor: Actor, proposals: list[Proposal], form_key: str, now: datetime | None = None) -> int:
    """Assign the proposed members from today, as the profile's first post; returns how many.

    A grid that was covered meanwhile is left alone.
    """
    today = local_date(now or utc_now())
    post = current_profile().posts[0].key
    bare = {grid.id for grid in get_coverage(actor, today).missing}
    chosen = [(found.member.id, found.grid.id) for found in proposals if found.member and found.grid.id in bare]
    for person, grid in chosen:
        key = f"{form_key}-{grid}" if form_key else ""
        assign_member(actor, AssignmentForm(person, grid, post, today, form_key=key), now)
    return len(chosen)


def _grids(session: Session, actor: Actor, day: date) -> list[GridRow]:
    scope = actor.scope
    if not scope.everywhere and not scope.area_paths:
        return []
    return list_grids(session, current_profile().grid_level.value, day, scope.area_paths)
