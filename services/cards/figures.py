"""What stands on a card: each figure of the profile's list with the records that it counts (feature D4).

A new figure is a member of CardFigure and a line in ``FIGURES``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from db.models import Assignment, Attendance, Incident, Pledge
from db.queries.assignments import AssignmentRow, list_assignments
from db.queries.cards import list_households, list_point_entries, list_seen, sum_points_by_month
from db.queries.people import HoldingRow, PersonRow, get_person_row, list_holdings
from db.queries.pledges import PledgeFilter
from db.queries.points import find_account
from db.queries.service_records import RecordQuery, ServiceRecord, list_records
from domain.cards import CardFigure
from domain.periods import months_after
from domain.pledges import SETTLED, EvidenceKind, PledgeStatus, PledgeUnit, Verdict, mean_rating
from services.pledges.register import PledgeView, list_views

RECENT_DAYS = 365
R = TypeVar("R", AssignmentRow, PledgeView, ServiceRecord)


@dataclass(frozen=True)
class CardRecord:
    """One record behind a figure; ``link`` opens it, "" where it has no page of its own.

    ``kind`` names the entry of a ledger (the text ``cards.entry.<kind>``), or all those before the newest together.
    """

    title: str
    day: date | None = None
    link: str = ""
    kind: str = ""


@dataclass(frozen=True)
class FigureView:
    """A figure: ``value`` to be shown with the unit ``cards.unit.<unit>``, and its records.

    ``of`` is the denominator of a share; ``value`` None: the sample is too small or there is none. ``outside``: how
    many records count that lie beyond the reader's scope and are not among ``records``.
    """

    key: CardFigure
    value: float | str | None
    unit: str
    records: list[CardRecord] = field(default_factory=list)
    of: int | None = None
    outside: int = 0


@dataclass(frozen=True)
class CardData:
    """What the figures are counted from, of one member on one day."""

    day: date
    person: PersonRow
    holdings: list[HoldingRow]
    grids: list[AssignmentRow]
    households: dict[int, int]
    pledges: list[PledgeView]
    activities: list[ServiceRecord]
    cases: list[ServiceRecord]
    points: int
    months: list[tuple[str, int]]
    entries: list[tuple[str, int, date]]


def load_card(session: Session, person_id: int, day: date) -> CardData:
    """Everything that a card may count, in a number of statements that does not grow with the records."""
    since = RecordQuery(person_id, since=day - timedelta(days=RECENT_DAYS), most=None)
    grids = list_assignments(session, person_id=person_id, day=day)
    account = find_account(session, person_id)
    return CardData(
        day,
        get_person_row(session, person_id),
        list_holdings(session, person_ids=[person_id], day=day),
        grids,
        list_households(session, [row.area_id for row in grids]),
        list_views(session, PledgeFilter(person_id=person_id), day),
        list_records(session, EvidenceKind.ACTIVITY, since),
        list_records(session, EvidenceKind.INCIDENT, since),
        account.balance if account else 0,
        sum_points_by_month(session, person_id, _months(day)),
        list_point_entries(session, person_id),
    )


def seen_of(session: Session, data: CardData) -> CardData:
    """Of the data, what the session's scope shows. What belongs to the person goes with it; its ledger may not."""
    grids = _seen(session, Assignment, data.grids)
    areas = {row.area_id for row in grids}
    account = find_account(session, data.person.id)
    return replace(
        data,
        grids=grids,
        households={area: count for area, count in data.households.items() if area in areas},
        pledges=_seen(session, Pledge, data.pledges),
        activities=_seen(session, Attendance, data.activities),
        cases=_seen(session, Incident, data.cases),
        points=account.balance if account else 0,
        entries=data.entries if account else [],
    )


def _seen(session: Session, model: Any, rows: list[R]) -> list[R]:
    shown = list_seen(session, model, [row.id for row in rows])
    return [row for row in rows if row.id in shown]


def _months(day: date) -> list[str]:
    """The last twelve months, the present one last, as `2026-03`."""
    return [f"{months_after(day, step):%Y-%m}" for step in range(-11, 1)]


def _organisation(data: CardData) -> FigureView:
    name = data.person.organisation or ""
    behind = [CardRecord(name, link="/organisations")] if name else []
    return FigureView(CardFigure.ORGANISATION, name or None, "", behind)


def _posts(data: CardData) -> FigureView:
    held = [CardRecord(row.post, row.valid_from, "/organisations") for row in data.holdings]
    return FigureView(CardFigure.POSTS, len(held), "posts", held)


def _grids(data: CardData) -> FigureView:
    held = [CardRecord(row.area, row.starts_on, f"/assignments?area={row.area_code}") for row in data.grids]
    return FigureView(CardFigure.GRIDS, len({row.area_id for row in data.grids}), "grids", held)


def _households(data: CardData) -> FigureView:
    names = {row.area_id: row.area for row in data.grids}
    rows = [CardRecord(f"{names[area]} {count}") for area, count in data.households.items()]
    return FigureView(CardFigure.HOUSEHOLDS, sum(data.households.values()), "households", rows)


def _pledge_records(pledges: list[PledgeView]) -> list[CardRecord]:
    return [CardRecord(view.text, view.due_on, f"/pledges?id={view.id}") for view in pledges]


def _running(data: CardData) -> FigureView:
    found = [view for view in data.pledges if view.progress.status not in SETTLED]
    return FigureView(CardFigure.PLEDGES_RUNNING, len(found), "pledges", _pledge_records(found))


def _kept(data: CardData) -> FigureView:
    settled = [view for view in data.pledges if view.progress.status in SETTLED]
    kept = [view for view in settled if view.progress.status is PledgeStatus.KEPT]
    return FigureView(CardFigure.PLEDGES_KEPT, len(kept), "pledges", _pledge_records(settled), of=len(settled))


def _services(records: list[ServiceRecord]) -> list[CardRecord]:
    return [CardRecord(record.title, record.day, record.link) for record in records]


def _activities(data: CardData) -> FigureView:
    return FigureView(CardFigure.ACTIVITIES, len(data.activities), "times", _services(data.activities))


def _hours(data: CardData) -> FigureView:
    hours = round(sum(record.quantities[PledgeUnit.HOURS] for record in data.activities), 1)
    return FigureView(CardFigure.HOURS, hours, "hours", _services(data.activities))


def _cases(data: CardData) -> FigureView:
    return FigureView(CardFigure.CASES, len(data.cases), "cases", _services(data.cases))


def _verdicts(data: CardData) -> FigureView:
    judged = [view for view in data.pledges if view.verdict]
    kept = [view for view in judged if view.verdict and view.verdict.verdict == Verdict.KEPT]
    return FigureView(CardFigure.VERDICTS, len(kept), "pledges", _pledge_records(judged), of=len(judged))


def _rating(data: CardData) -> FigureView:
    rated = [view for view in data.pledges if view.ratings]
    slips = sum(view.ratings for view in rated)
    mean = mean_rating(slips, sum(view.stars for view in rated))
    value = None if mean is None else round(mean, 1)
    return FigureView(CardFigure.RATING, value, "stars", _pledge_records(rated), of=slips)


def _points(data: CardData) -> FigureView:
    entries = [CardRecord(f"{change:+d}", day, kind=kind) for kind, change, day in data.entries]
    rest = data.points - sum(change for _, change, _ in data.entries)
    earlier = [CardRecord(f"{rest:+d}", kind="earlier")] if rest else []
    return FigureView(CardFigure.POINTS, data.points, "points", entries + earlier)


FIGURES: dict[CardFigure, Callable[[CardData], FigureView]] = {
    CardFigure.ORGANISATION: _organisation,
    CardFigure.POSTS: _posts,
    CardFigure.GRIDS: _grids,
    CardFigure.HOUSEHOLDS: _households,
    CardFigure.PLEDGES_RUNNING: _running,
    CardFigure.PLEDGES_KEPT: _kept,
    CardFigure.ACTIVITIES: _activities,
    CardFigure.HOURS: _hours,
    CardFigure.CASES: _cases,
    CardFigure.VERDICTS: _verdicts,
    CardFigure.RATING: _rating,
    CardFigure.POINTS: _points,
}
