"""A case as a row of a list: what, where, and what its clock says."""

from datetime import date, datetime, time

from domain.clock import from_local, local_date
from domain.incidents import IncidentSymbol
from services.incidents.views import IncidentView
from ui.components.lists import Row
from ui.i18n import t
from ui.times import day_text, left_text, moment_text

_S = IncidentSymbol


def case_row(view: IncidentView, now: datetime, place: str, decision: str = "") -> Row:
    """The row of a case. A suspended one whose review is over or due today is marked by symbol, colour and words."""
    review = view.review_on if not view.closed_at else None
    late, today = (review < local_date(now), review == local_date(now)) if review else (False, False)
    return Row(
        key=str(view.id), status=view.symbol, title=view.title, place=place, clock=clock_of(view, now),
        decision=decision, late=late or view.symbol is _S.OVERDUE, soon=today or view.symbol is _S.DUE_SOON,
        marked=late or today,
    )  # fmt: skip


def clock_of(view: IncidentView, now: datetime) -> str:
    """What stands at the end of a row: when it ended, when a suspended one is looked at again, when it
    was answered, else the time left.
    """
    if view.closed_at:
        return moment_text(view.closed_at, now)
    if view.review_on:
        return review_text(view.review_on, now)
    if view.answered_at:
        return t("case.answered_at", moment=moment_text(view.answered_at, now))
    return left_text(view.due_at - now) if view.due_at else ""


def review_text(review_on: date, now: datetime) -> str:
    """`12月14日复核`, on its day `今天复核`, after it `复核已过 2 天`."""
    late = (local_date(now) - review_on).days
    if late < 0:
        return t("case.review_day", day=day_text(from_local(review_on, time())))
    return t("case.review_late", n=late) if late else t("case.review_today")


def review_passed(view: IncidentView, now: datetime) -> bool:
    """Whether a suspended case is to be looked at again today or was to be before."""
    return view.review_on is not None and view.review_on <= local_date(now)
