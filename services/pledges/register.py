"""亮诺: pledges of people with a post, for a grid, with a measure and a date (feature D3)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.models import Pledge
from db.queries import pledges as rows
from db.queries.assignments import list_held_by_person
from db.queries.audit import add_audit_entry
from db.queries.locks import AREAS, share
from db.queries.people import get_person, list_holdings
from db.queries.pledge_services import list_services
from db.queries.pledges import EvidenceRow, PledgeFilter, PledgeRow, VerdictRow
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.assignments import Span as Days
from domain.assignments import check_within
from domain.clock import local_date, utc_now
from domain.errors import NotFound, StaleRecord
from domain.permissions import Actor, Permission, may, require
from domain.pledge_services import Service, repeated
from domain.pledges import (
    EvidenceKind,
    EvidenceState,
    Measure,
    PledgeOver,
    PledgeUnit,
    PledgeWithoutMeasure,
    PostNotHeld,
    Progress,
    check_dates,
    evidence_state,
    mean_rating,
)
from domain.texts import clean_line
from services.people.assignments import get_own_grid
from services.pledges.earning import settle_pledge
from services.pledges.measures import standing_of, visit_metres


@dataclass(frozen=True)
class PledgeForm:
    """What people type. ``amount`` in ``unit`` (a PledgeUnit) until ``due_on``, both days inclusive."""

    person_id: int
    area_id: int
    post: str
    text: str
    amount: float | None
    unit: str
    starts_on: date
    due_on: date
    is_public: bool = False
    form_key: str = ""


@dataclass(frozen=True)
class PledgeView(PledgeRow):
    """A pledge with what became of it on the day asked for. ``stars`` of all slips; ``rating`` is None below five."""

    progress: Progress
    ratings: int
    stars: int
    rating: float | None
    verdict: VerdictRow | None


@dataclass(frozen=True)
class EvidenceView(EvidenceRow):
    """Evidence as the card of a pledge lists it; ``may_confirm``: the actor may be its second person."""

    state: EvidenceState
    may_confirm: bool


@dataclass(frozen=True)
class PledgeCard:
    """A pledge and every piece of its evidence, withdrawn ones too; ``editable``: words and measure may change.

    ``raters``: who entered how many of the residents' slips, by name.
    """

    pledge: PledgeView
    evidence: list[EvidenceView]
    editable: bool
    raters: list[tuple[str, int]]


def limited(actor: Actor, which: PledgeFilter) -> PledgeFilter:
    """A filter as far as the actor may look: a member sees one's own and, of others, the public ones."""
    if may(actor, Permission.PLEDGE_CONFIRM):
        return which
    return PledgeFilter(**(vars(which) | {"public_or_of": actor.person_id or 0}))


def list_views(session: Session, which: PledgeFilter, day: date) -> list[PledgeView]:
    """Pledges with their state on a day, in four statements whatever their number."""
    found = rows.list_pledges(session, which)
    services, ratings = list_services(session, which), rows.list_ratings(session, which)
    verdicts = rows.list_verdicts(session, which)
    return [
        _view(row, services.get(row.id, []), ratings.get(row.id, (0, 0)), verdicts.get(row.id), day) for row in found
    ]


def _view(
    row: PledgeRow, services: list[Service], ratings: tuple[int, int], verdict: VerdictRow | None, day: date
) -> PledgeView:
    progress = standing_of(row, services, day)
    return PledgeView(
        **vars(row),
        progress=progress,
        ratings=ratings[0],
        stars=ratings[1],
        rating=mean_rating(*ratings),
        verdict=verdict,
    )


def list_own_pledges(actor: Actor, now: datetime | None = None) -> list[PledgeView]:
    """The actor's own pledges, the nearest date first; empty for an account without a person."""
    require(actor, Permission.PLEDGE_SEE)
    if actor.person_id is None:
        return []
    with reading(actor.scope) as session:
        return list_views(session, PledgeFilter(person_id=actor.person_id), local_date(now or utc_now()))


def get_pledge_card(actor: Actor, pledge_id: int, now: datetime | None = None) -> PledgeCard:
    """One pledge that the actor may see, with its evidence. Raises NotFound."""
    require(actor, Permission.PLEDGE_SEE)
    day = local_date(now or utc_now())
    with reading(actor.scope) as session:
        which = limited(actor, PledgeFilter(ids=(pledge_id,)))
        views = list_views(session, which, day)
        if not views:
            raise NotFound(subject="pledge")
        again = repeated(list_services(session, which).get(pledge_id, []), visit_metres())
        evidence = [_evidence(actor, views[0], row, row.id in again) for row in rows.list_evidence(session, which)]
        raters = rows.count_slips_by_rater(session, pledge_id) if views[0].ratings else []
    return PledgeCard(views[0], evidence, views[0].verdict is None and day <= views[0].due_on, raters)


def _evidence(actor: Actor, pledge: PledgeView, row: EvidenceRow, is_repeated: bool) -> EvidenceView:
    confirmed, withdrawn = row.confirmed_at is not None, row.withdrawn_at is not None
    state = evidence_state(EvidenceKind(row.kind), confirmed=confirmed, withdrawn=withdrawn, is_repeated=is_repeated)
    other = pledge.person_id != actor.person_id and row.created_by not in actor.accounts
    waits = state is EvidenceState.WAITING and other and may(actor, Permission.PLEDGE_CONFIRM)
    return EvidenceView(**vars(row), state=state, may_confirm=waits)


def add_pledge(actor: Actor, form: PledgeForm, now: datetime | None = None) -> int:
    """Record a pledge; returns its id, the same for the same form sent twice.

    Raises PledgeWithoutMeasure, InvalidPledgeDates, PostNotHeld, NotAGrid, AreaNotValidThen, InvalidText, NotFound.
    """
    require(actor, Permission.PLEDGE_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        share(session, AREAS)
        known = find_receipt(session, actor.user_id, "pledge", form.form_key)
        if known is not None:
            return known
        pledge = Pledge(created_by=actor.user_id or None, created_at=now, person_id=form.person_id)
        get_person(session, form.person_id)
        _fill(session, actor, pledge, form)
        session.add(pledge)
        session.flush()
        add_receipt(session, actor.user_id, "pledge", form.form_key, pledge.id, now)
        add_audit_entry(session, actor.user_id, "pledge.add", "pledge", now, pledge.id, _words(pledge))
        return pledge.id


def edit_pledge(actor: Actor, pledge_id: int, version: int, form: PledgeForm, now: datetime | None = None) -> None:
    """Change a pledge whose ``version`` the form showed. Once its day has passed or it was judged, only whether it
    is public. Raises StaleRecord, PledgeOver, and what ``add_pledge`` raises.
    """
    require(actor, Permission.PLEDGE_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        pledge = rows.get_pledge(session, pledge_id, lock=True)
        if pledge.version != version:
            raise StaleRecord()
        before, running = _words(pledge), _is_running(session, pledge, local_date(now))
        if running:
            _fill(session, actor, pledge, form)
        elif _differs(pledge, form):
            raise PledgeOver()
        pledge.is_public = form.is_public
        settle_pledge(session, actor, pledge, now)
        add_audit_entry(
            session, actor.user_id, "pledge.edit", "pledge", now, pledge_id, f"{before} → {_words(pledge)}"[:2000]
        )


def _is_running(session: Session, pledge: Pledge, day: date) -> bool:
    judged = rows.list_verdicts(session, PledgeFilter(ids=(pledge.id,)))
    return not judged and day <= pledge.due_on


def _differs(pledge: Pledge, form: PledgeForm) -> bool:
    names = ("area_id", "post", "text", "amount", "unit", "starts_on", "due_on")
    return any(getattr(pledge, name) != getattr(form, name) for name in names)


def _fill(session: Session, actor: Actor, pledge: Pledge, form: PledgeForm) -> None:
    if form.amount is None or form.unit not in set(PledgeUnit):
        raise PledgeWithoutMeasure()
    measure = Measure(form.amount, PledgeUnit(form.unit), form.starts_on, form.due_on)
    check_dates(measure)
    pledge.text = clean_line(form.text, "pledge_text", 200)
    area = get_own_grid(session, actor, form.area_id)
    if (area.id, form.starts_on) != (pledge.area_id, pledge.starts_on):  # it may have gone along to a younger grid
        check_within(Days(form.starts_on), area.valid_from, area.valid_to)
    if form.post not in posts_held(session, pledge.person_id, form.starts_on):
        raise PostNotHeld()
    pledge.area_id, pledge.post, pledge.is_public = area.id, form.post, form.is_public
    pledge.amount, pledge.unit = measure.amount, measure.unit.value
    pledge.starts_on, pledge.due_on = measure.starts_on, measure.due_on


def posts_held(session: Session, person_id: int, day: date) -> list[str]:
    """The posts that a person holds on a day, of organisations, areas and grids looked after."""
    held = [row.post for row in list_holdings(session, person_ids=[person_id], day=day)]
    held += [found.post for found in list_held_by_person(session, person_id) if found.span.holds(day)]
    return list(dict.fromkeys(held))


def list_posts_held(actor: Actor, person_id: int, day: date) -> list[str]:
    """The same for a form. Raises NotFound for a person outside the scope."""
    require(actor, Permission.PLEDGE_EDIT)
    with reading(actor.scope) as session:
        get_person(session, person_id)
        return posts_held(session, person_id, day)


def _words(pledge: Pledge) -> str:
    public = "public" if pledge.is_public else "internal"
    return f"{pledge.text} | {pledge.amount:g} {pledge.unit} | {pledge.starts_on}–{pledge.due_on} | {public}"
