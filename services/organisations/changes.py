"""Changes to the tree of party organisations and to what they look after (features A1, A8)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Organisation, OrganisationArea
from db.queries import organisations as rows
from db.queries.areas import get_area, get_area_by_code
from db.queries.audit import add_audit_entry
from db.queries.receipts import add_receipt, find_receipt, next_number
from db.session import transaction
from domain.areas import check_move
from domain.assignments import AreaNotValidThen
from domain.clock import local_date, utc_now
from domain.errors import PermissionDenied, StaleRecord
from domain.organisations import OrganisationInUse, Validity, check_link, check_tier
from domain.permissions import Actor, Permission, require
from domain.texts import clean_line
from services.accounts.scopes import require_inside
from services.organisations.tree import get_own, tier_order
from services.system.installations import current_profile


@dataclass(frozen=True)
class OrganisationForm:
    """A new organisation; ``area`` is the code of the area it looks after, "" for none yet."""

    name: str
    tier: str
    parent_id: int | None
    area: str
    valid_from: date
    form_key: str = ""


def _get_for_change(session: Session, actor: Actor, organisation_id: int, version: int, day: date) -> Organisation:
    found = get_own(session, actor, organisation_id, day)
    if found.version != version:
        raise StaleRecord()
    return found


def add_organisation(actor: Actor, form: OrganisationForm, now: datetime | None = None) -> int:
    """Set up an organisation; returns its id, the same for the same form sent twice.

    Raises UnknownTier, TierNotBelow, InvalidText, NotFound (parent, area), AreaNotValidThen.
    """
    require(actor, Permission.ORGANISATION_EDIT)
    name = clean_line(form.name, "name", 120)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        known = find_receipt(session, actor.user_id, "organisation", form.form_key)
        if known is not None:
            return known
        parent = _parent(session, actor, form.parent_id, local_date(now))
        check_tier(form.tier, parent.tier if parent else None, tier_order(current_profile()))
        row = Organisation(
            code=f"PO{next_number(session, 'organisations'):05d}",
            name=name,
            tier=form.tier,
            parent_id=form.parent_id,
            valid_from=form.valid_from,
        )
        session.add(row)
        session.flush()
        row.path = f"{parent.path if parent else '/'}{row.id}/"
        if form.area:
            area = get_area_by_code(session, form.area)
            _link(session, actor, row.id, area.id, form.valid_from)
        add_receipt(session, actor.user_id, "organisation", form.form_key, row.id, now)
        add_audit_entry(session, actor.user_id, "organisation.add", "organisation", now, row.id, name)
        return row.id


def _parent(session: Session, actor: Actor, parent_id: int | None, day: date) -> Organisation | None:
    """The organisation to hang something under; only who sees everything makes a top."""
    if parent_id is not None:
        return get_own(session, actor, parent_id, day)
    if not actor.scope.everywhere:
        raise PermissionDenied(permission="scope", role=actor.role.value)
    return None


def rename_organisation(
    actor: Actor, organisation_id: int, version: int, name: str, now: datetime | None = None
) -> None:
    """Raises StaleRecord, InvalidText, NotFound."""
    require(actor, Permission.ORGANISATION_EDIT)
    name, now = clean_line(name, "name", 120), now or utc_now()
    with transaction(actor.scope) as session:
        row = _get_for_change(session, actor, organisation_id, version, local_date(now))
        add_audit_entry(
            session, actor.user_id, "organisation.rename", "organisation", now, row.id, f"{row.name} → {name}"
        )
        row.name = name


def move_organisation(
    actor: Actor, organisation_id: int, version: int, parent_id: int | None, now: datetime | None = None
) -> None:
    """Put an organisation under another (None: at the top); those under it come along.

    Raises AreaCycle, TierNotBelow, StaleRecord, NotFound.
    """
    require(actor, Permission.ORGANISATION_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        parents = rows.map_parents_for_move(session)
        row = _get_for_change(session, actor, organisation_id, version, local_date(now))
        check_move(row.id, parent_id, parents)
        parent = _parent(session, actor, parent_id, local_date(now))
        check_tier(row.tier, parent.tier if parent else None, tier_order(current_profile()))
        old_path, row.parent_id = row.path, parent_id
        session.flush()
        rows.move_paths(session, old_path, f"{parent.path if parent else '/'}{row.id}/")
        detail = f"{old_path} → {parent_id or ''}"
        add_audit_entry(session, actor.user_id, "organisation.move", "organisation", now, row.id, detail)


def close_organisation(
    actor: Actor, organisation_id: int, version: int, last: date, now: datetime | None = None
) -> None:
    """End an organisation, its links and the posts in it; ``last`` is the first day without it.

    Raises OrganisationInUse while it has parts or members, InvalidValidity, StaleRecord.
    """
    require(actor, Permission.ORGANISATION_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        row = _get_for_change(session, actor, organisation_id, version, local_date(now))
        parts, members = rows.count_parts(session, row.id, last), rows.count_members(session, row.id)
        if parts or members:
            raise OrganisationInUse(parts=parts, members=members)
        row.valid_to = Validity(row.valid_from, last).until
        rows.end_all_of(session, row.id, last)
        add_audit_entry(session, actor.user_id, "organisation.close", "organisation", now, row.id, last.isoformat())


def link_area(actor: Actor, organisation_id: int, area_code: str, valid_from: date, now: datetime | None = None) -> int:
    """Let an organisation look after an area from a day on. Raises AlreadyLinked, AreaNotValidThen, NotFound."""
    require(actor, Permission.ORGANISATION_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        organisation = get_own(session, actor, organisation_id, local_date(now))
        area = get_area_by_code(session, area_code)
        link = _link(session, actor, organisation.id, area.id, valid_from)
        add_audit_entry(session, actor.user_id, "organisation.link", "organisation", now, organisation.id, area_code)
        return link


def _link(session: Session, actor: Actor, organisation_id: int, area_id: int, valid_from: date) -> int:
    area = get_area(session, area_id)
    require_inside(actor, area.path)
    if valid_from < area.valid_from:
        raise AreaNotValidThen(valid_from=area.valid_from.isoformat(), valid_to="—")
    held = [link for link in rows.list_links(session, organisation_id) if link.area_id == area_id]
    check_link(Validity(valid_from), [Validity(link.valid_from, link.valid_to) for link in held])
    row = OrganisationArea(organisation_id=organisation_id, area_id=area_id, valid_from=valid_from)
    session.add(row)
    session.flush()
    return row.id


def end_link(actor: Actor, link_id: int, last: date, now: datetime | None = None) -> None:
    """Let a link end; ``last`` is the first day without it. Raises StaleRecord when it has ended, InvalidValidity."""
    require(actor, Permission.ORGANISATION_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        link = rows.get_link(session, link_id)
        organisation = get_own(session, actor, link.organisation_id, local_date(now))
        if link.valid_to is not None:
            raise StaleRecord()
        link.valid_to = Validity(link.valid_from, last).until
        add_audit_entry(session, actor.user_id, "organisation.unlink", "organisation", now, organisation.id)
