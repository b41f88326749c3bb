"""What members do for their grids as files: pledges, visits, waiting grids, duties, plots (N4, decision 0142)."""

from datetime import datetime
from typing import Any

from config.profiles import Profile
from config.texts import text
from domain.names import surname_of
from domain.periods import Period
from domain.permissions import Actor, Permission, require
from domain.plots import PlotOwner, PlotState
from domain.visits import GapPart, VisitKind
from services.lists.exports import MOST, export_rows, name_of, without_phones, yes
from services.lists.files import ListFormat
from services.pledges.board import BoardFilter, read_board, state_of
from services.pledges.register import PledgeView
from services.plots.register import PlotRow, read_plots
from services.plots.register import state_of as plot_state
from services.rotas.plans import list_duties_of
from services.system.installations import current_profile
from services.visits.gaps import list_visits, read_gaps

_PLEDGE = (
    "above", "area", "post", "person", "pledge", "promised", "done", "unit", "pledge_state", "pledged_on", "due_on",
    "reached_on", "public", "mean_rating", "verdict", "verdict_words",
)  # fmt: skip


def export_pledges(
    actor: Actor, which: BoardFilter, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The pledges of a board's filter, late and unfinished ones first. The rating is empty below five slips."""
    require(actor, Permission.EXPORT)
    profile = current_profile()
    found = read_board(actor, which, now, MOST + 1).rows
    rows = [_pledge(profile, view, language) for view in found]
    return export_rows(actor, "pledges", _PLEDGE, rows, format, language, now)


def _pledge(profile: Profile, view: PledgeView, language: str) -> tuple[Any, ...]:
    verdict = view.verdict
    return (
        view.community, view.area, name_of(profile.post, view.post, language), view.person, without_phones(view.text),
        _whole(view.amount), _whole(view.progress.done), text(language, f"pledges.unit_name.{view.unit}"),
        text(language, f"pledges.status.{state_of(view.progress)}"), view.starts_on, view.due_on,
        view.progress.reached_on, yes(view.is_public, language),
        None if view.rating is None else round(view.rating, 2),
        text(language, f"pledges.verdict.{verdict.verdict}") if verdict else None,
        without_phones(verdict.words) if verdict else None,
    )  # fmt: skip


def _whole(value: float) -> float | int:
    """A number of hours may have parts, one of times has none."""
    return int(value) if value == int(value) else round(value, 2)


def export_visits(
    actor: Actor, period: Period, format: ListFormat, language: str, *, kind: VisitKind | None = None,
    now: datetime | None = None,
) -> bytes:  # fmt: skip
    """Everybody's visits and patrols in the actor's areas on the days of a period, the newest first; or of one kind."""
    require(actor, Permission.EXPORT)
    rows = [
        (one.at, text(language, f"visits.kind.{one.kind}"), one.community, one.area, one.by, without_phones(one.note),
         yes(one.photo_id is not None, language), one.lon, one.lat)
        for one in list_visits(actor, period, kind, MOST + 1)
    ]  # fmt: skip
    columns = ("at", "visit_kind", "above", "area", "by", "note", "has_photo", "lon", "lat")
    return export_rows(actor, "visits", columns, rows, format, language, now)


def export_waiting_grids(
    actor: Actor, part: GapPart, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The grids of the actor's scope by the days since somebody was there, longest first; empty = never recorded."""
    require(actor, Permission.EXPORT)
    board = read_gaps(actor, part, now)
    rows = [
        (one.code, one.community, one.name, one.last, one.days,
         text(language, f"visits.gap.{one.part}", days=board.most_days))
        for one in board.rows
    ]  # fmt: skip
    columns = ("code", "above", "name", "last_visit", "days_since", "state")
    return export_rows(actor, "waiting_grids", columns, rows, format, language, now)


def export_duties(
    actor: Actor, period: Period, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The duties of the rotas of the actor's areas that lie in a period, by rota and day, with what became of each."""
    require(actor, Permission.EXPORT)
    rows = [
        (rota.name, rota.area, duty.starts_on, duty.ends_on, duty.person, text(language, f"rotas.state.{duty.state}"),
         duty.confirmed_at)
        for rota, duty in list_duties_of(actor, period, now)
    ]  # fmt: skip
    columns = ("rota", "area", "first_day", "last_day", "on_duty", "state", "confirmed_at")
    return export_rows(actor, "duties", columns, rows, format, language, now)


def export_plots(
    actor: Actor, state: PlotState | None, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The plots of the actor's areas with what the newest check found and when; or those of one state.

    Of a person who answers for a plot the surname alone: results are for places, never for ranking persons.
    """
    require(actor, Permission.EXPORT)
    rows = [_plot(row, language) for row in read_plots(actor, state, now).plots]
    columns = (
        "area", "name", "kind", "owner_kind", "owner", "area_m2", "state", "checked_at", "valid_from", "lon", "lat",
    )  # fmt: skip
    return export_rows(actor, "plots", columns, rows, format, language, now)


def _plot(row: PlotRow, language: str) -> tuple[Any, ...]:
    owner = surname_of(row.owner) if row.owner_kind == PlotOwner.PERSON else row.owner
    middle = row.geometry.point_on_surface()
    return (
        row.area, without_phones(row.name), text(language, f"plots.kind.{row.kind}"),
        text(language, f"plots.owner.{row.owner_kind}"), without_phones(owner), row.area_m2,
        text(language, f"plots.state.{plot_state(row)}"), row.checked_at, row.valid_from, round(middle.x, 6),
        round(middle.y, 6),
    )  # fmt: skip
