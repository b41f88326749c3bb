"""Posts that people hold in organisations and areas; one person may hold several (feature A5)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import PostHolding
from db.queries.areas import get_area_by_code
from db.queries.audit import add_audit_entry
from db.queries.people import (
    HoldingRow,
    PostCount,
    count_holders_by_post,
    count_posts,
    get_holding,
    get_person,
    list_holdings,
)
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.assignments import AreaNotValidThen
from domain.clock import local_date, utc_now
from domain.errors import Refusal, StaleRecord
from domain.organisations import HeldPost, Validity, check_post
from domain.permissions import Actor, Permission, require
from services.accounts.scopes import require_inside
from services.organisations.tree import get_own
from services.system.installations import current_profile


class PlaceNeeded(Refusal):
    """A post is held in an organisation or in an area: exactly one of the two has to be named."""

    code = "place_needed"


@dataclass(frozen=True)
class PostView:
    """A post as a person holds it; ``place`` names the organisation or the area."""

    id: int
    person_id: int
    person: str
    post: str
    place: str
    since: date
    until: date | None


@dataclass(frozen=True)
class PostForm:
    """A post to hold: in an organisation, or in the area with a code."""

    person_id: int
    post: str
    valid_from: date
    organisation_id: int | None = None
    area: str = ""
    form_key: str = ""


def list_posts_of(actor: Actor, person_id: int) -> list[PostView]:
    """Every post that a person holds or held, the present ones first."""
    require(actor, Permission.PERSON_SEE)
    with reading(actor.scope) as session:
        return [post_view(row) for row in list_holdings(session, person_ids=[person_id])]


def count_post_holders(actor: Actor, now: datetime | None = None) -> tuple[PostCount, dict[str, int]]:
    """Headcount and post count of the scope today, and how often each post is held (A5)."""
    require(actor, Permission.PERSON_SEE)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        return count_posts(session, day), count_holders_by_post(session, day)


def post_view(row: HoldingRow) -> PostView:
    """A row as lists show it."""
    place = row.organisation or row.area or ""
    return PostView(row.id, row.person_id, row.person, row.post, place, row.valid_from, row.valid_to)


def hold_post(actor: Actor, form: PostForm, now: datetime | None = None) -> int:
    """Give a person a post from a day on; returns the holding's id, the same for the same form sent twice.

    Raises PlaceNeeded, AlreadyHeld, OnePostOnly, AreaNotValidThen, NotFound, PermissionDenied.
    """
    require(actor, Permission.PERSON_EDIT)
    now, post = now or utc_now(), current_profile().post(form.post).key
    if bool(form.organisation_id) == bool(form.area):
        raise PlaceNeeded()
    with transaction(actor.scope) as session:
        known = find_receipt(session, actor.user_id, "post_holding", form.form_key)
        if known is not None:
            return known
        get_person(session, form.person_id, lock=True)
        area = _place(session, actor, form, local_date(now))
        _check_post(session, HeldPost(post, form.organisation_id, area, Validity(form.valid_from)), form.person_id)
        row = PostHolding(
            person_id=form.person_id, post=post, organisation_id=form.organisation_id, area_id=area,
            valid_from=form.valid_from,
        )  # fmt: skip
        session.add(row)
        session.flush()
        add_receipt(session, actor.user_id, "post_holding", form.form_key, row.id, now)
        add_audit_entry(session, actor.user_id, "post.hold", "person", now, form.person_id, post)
        return row.id


def _place(session: Session, actor: Actor, form: PostForm, day: date) -> int | None:
    """The area's id, None for a post in an organisation; both in the scope."""
    if form.organisation_id:
        get_own(session, actor, form.organisation_id, day)
        return None
    area = get_area_by_code(session, form.area)
    require_inside(actor, area.path)
    if form.valid_from < area.valid_from:
        raise AreaNotValidThen(valid_from=area.valid_from.isoformat(), valid_to="—")
    return area.id


def _check_post(session: Session, new: HeldPost, person_id: int) -> None:
    held = [
        HeldPost(row.post, row.organisation_id, row.area_id, Validity(row.valid_from, row.valid_to))
        for row in list_holdings(session, person_ids=[person_id])
        if row.valid_to is None or row.valid_to > row.valid_from
    ]
    check_post(new, held, several_posts=current_profile().several_posts.value)


def end_post(actor: Actor, holding_id: int, last: date, now: datetime | None = None) -> None:
    """Let a post end; ``last`` is the first day without it. Raises StaleRecord when it has ended, InvalidValidity."""
    require(actor, Permission.PERSON_EDIT)
    with transaction(actor.scope) as session:
        row = get_holding(session, holding_id)
        if row.valid_to is not None:
            raise StaleRecord()
        row.valid_to = Validity(row.valid_from, last).until
        add_audit_entry(session, actor.user_id, "post.end", "person", now or utc_now(), row.person_id, row.post)
