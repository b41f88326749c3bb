"""Consents and links of members' cards (feature D4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from db.models import (
    Activity,
    Area,
    Assignment,
    Attendance,
    CardConsent,
    CardLink,
    Incident,
    Pledge,
    PointsAccount,
    PointsEntry,
    User,
    Volunteer,
)
from domain.errors import NotFound
from domain.points import ISSUED


@dataclass(frozen=True)
class ConsentRow:
    """The newest word on a field: given or withdrawn, when, entered by whom, on which paper."""

    field: str
    given: bool
    at: datetime
    by: str | None
    basis: str


@dataclass(frozen=True)
class LinkRow:
    """A link to the public page; ``revoked_at`` None = it opens."""

    id: int
    token: str
    made_at: datetime
    revoked_at: datetime | None


def list_consents(session: Session, person_id: int) -> dict[str, ConsentRow]:
    """Field → the newest word on it."""
    rows = session.execute(
        select(CardConsent.field, CardConsent.given, CardConsent.at, User.name, CardConsent.basis)
        .outerjoin(User, User.id == CardConsent.user_id)
        .where(CardConsent.person_id == person_id)
        .order_by(CardConsent.id)
    )
    return {row[0]: ConsentRow(*row) for row in rows}


def list_households(session: Session, area_ids: Collection[int]) -> dict[int, int]:
    """Area id → its households, where they are known."""
    rows = session.execute(select(Area.id, Area.households).where(Area.id.in_(area_ids), Area.households.is_not(None)))
    return {row[0]: row[1] or 0 for row in rows}


def list_seen(
    session: Session, model: type[Assignment] | type[Pledge] | type[Attendance] | type[Incident], ids: Collection[int]
) -> set[int]:
    """Which of the records the scope shows; an attendance where it shows the volunteer as well."""
    statement = select(model.id).where(model.id.in_(ids))
    if model is Attendance:
        statement = statement.join(Activity, Activity.id == Attendance.activity_id)
        statement = statement.join(Volunteer, Volunteer.id == Attendance.volunteer_id)
    return set(session.scalars(statement))


def list_point_entries(session: Session, person_id: int, limit: int = 50) -> list[tuple[str, int, date]]:
    """(kind, change, day) of a member's ledger, the newest first: what was earned is above 0."""
    change = case((PointsEntry.to_id == PointsEntry.account_id, PointsEntry.points), else_=-PointsEntry.points)
    rows = session.execute(
        select(PointsEntry.kind, change, PointsEntry.day)
        .join(PointsAccount, PointsAccount.id == PointsEntry.account_id)
        .where(PointsAccount.person_id == person_id)
        .order_by(PointsEntry.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def sum_points_by_month(session: Session, person_id: int, months: Sequence[str]) -> list[tuple[str, int]]:
    """Points earned in each month (`2026-03`), less what was reversed of it."""
    first = date.fromisoformat(f"{months[0]}-01")
    earned = or_(PointsEntry.kind == "earn", (PointsEntry.kind == "reverse") & (PointsEntry.to_id == ISSUED))
    change = case((PointsEntry.to_id == PointsEntry.account_id, PointsEntry.points), else_=-PointsEntry.points)
    rows = session.execute(
        select(PointsEntry.day, func.sum(change))
        .join(PointsAccount, PointsAccount.id == PointsEntry.account_id)
        .where(PointsAccount.person_id == person_id, PointsEntry.day >= first, earned)
        .group_by(PointsEntry.day)
    )
    sums = dict.fromkeys(months, 0)
    for day, points in rows:
        if (month := day.isoformat()[:7]) in sums:
            sums[month] += int(points)
    return list(sums.items())


def list_links(session: Session, person_id: int) -> list[LinkRow]:
    """The links of a member, the newest first."""
    columns = (CardLink.id, CardLink.token, CardLink.made_at, CardLink.revoked_at)
    rows = session.execute(select(*columns).where(CardLink.person_id == person_id).order_by(CardLink.id.desc()))
    return [LinkRow(*row) for row in rows]


def get_link(session: Session, link_id: int) -> CardLink:
    """The link, or NotFound."""
    found = session.get(CardLink, link_id, with_for_update=True)
    if found is None:
        raise NotFound(subject="card_link")
    return found


def find_linked_person(session: Session, token: str) -> int | None:
    """The member whose card a token opens; None for one that is unknown or revoked."""
    return session.scalar(select(CardLink.person_id).where(CardLink.token == token, CardLink.revoked_at.is_(None)))
