"""责任田 and 门前三包: plots drawn on the map, their checks, the layer and the list (feature D6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from sqlalchemy.orm import Session

from db.models import Plot, PlotCheck, PlotPhoto
from db.queries import plots as rows
from db.queries.audit import add_audit_entry
from db.queries.locks import AREAS, share
from db.queries.photos import get_photo
from db.queries.plots import CheckRow, PlotRow
from db.queries.receipts import add_receipt, find_receipt
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import NotFound, StaleRecord
from domain.permissions import Actor, Permission, require
from domain.plots import (
    LEAST_CORNERS,
    LEAST_M2,
    MOST_M2,
    NOTE_LENGTH,
    CheckResult,
    InvalidPlot,
    PlaceShare,
    PlotEnded,
    PlotKind,
    PlotOutside,
    PlotOwner,
    PlotState,
    rank_places,
)
from domain.texts import clean_line
from domain.visits import check_note
from geo.metric import area_m2
from services.accounts.scopes import require_inside
from services.incidents.photos import prepare_photo
from services.incidents.places import place_of
from services.maps.overlays import Overlay, OverlayShape, keep_overlay
from services.system.installations import current_profile

Corner = tuple[float, float]
_SPILL = 0.001  # share of a plot that may lie across the street's border: corners are clicked by hand


@dataclass(frozen=True)
class PlotForm:
    """What is given: corners (lon, lat) in degrees (EPSG:4326) in order, not closed; the owner by name."""

    kind: PlotKind
    name: str
    owner_kind: PlotOwner
    owner: str
    corners: tuple[Corner, ...]
    form_key: str = ""


@dataclass(frozen=True)
class CheckForm:
    """What a check found; ``before`` and ``after``: bytes of pictures, or nothing."""

    result: CheckResult
    note: str = ""
    before: bytes | None = None
    after: bytes | None = None
    form_key: str = ""


@dataclass(frozen=True)
class PlotBoard:
    """Plots of the wanted state with the number of every state, and the places by their share of kept plots."""

    plots: list[PlotRow]
    counts: dict[PlotState, int]
    places: list[PlaceShare]


@dataclass(frozen=True)
class PlotCard:
    """A plot and its history, the newest check first."""

    plot: PlotRow
    checks: list[CheckRow]


def state_of(row: PlotRow) -> PlotState:
    """What the newest check found."""
    return PlotState(row.result) if row.result else PlotState.UNCHECKED


def read_plots(actor: Actor, state: PlotState | None = None, now: datetime | None = None) -> PlotBoard:
    """The plots of the actor's areas that are valid today."""
    require(actor, Permission.PLOT_SEE)
    with reading(actor.scope) as session:
        found = rows.list_plots(session, local_date(now or utc_now()))
    counts = Counter(map(state_of, found))
    places = rank_places([(row.area_id, row.area, state_of(row)) for row in found])
    shown = [row for row in found if state in (None, state_of(row))]
    return PlotBoard(shown, {one: counts[one] for one in PlotState}, places)


def get_plot_card(actor: Actor, plot_id: int) -> PlotCard:
    """One plot of the actor's areas, ended ones too. Raises NotFound."""
    require(actor, Permission.PLOT_SEE)
    with reading(actor.scope) as session:
        found = rows.list_plots(session, date.max, plot_id)
        if not found:
            raise NotFound(subject="plot")
        return PlotCard(found[0], rows.list_checks(session, plot_id))


def outline_plots(actor: Actor, plots: Sequence[PlotRow], labels: Sequence[str]) -> Overlay:
    """Plots as shapes for the actor's map, each with its label and the style of its state."""
    require(actor, Permission.PLOT_SEE)
    shapes = [
        OverlayShape(row.geometry, f"plot_{state_of(row)}", label) for row, label in zip(plots, labels, strict=True)
    ]
    return keep_overlay(actor, shapes)


def add_plot(actor: Actor, form: PlotForm, now: datetime | None = None) -> int:
    """Draw a plot, valid from today; returns its id, the same for the same form sent twice.

    Raises InvalidPlot, PlotOutside, PermissionDenied (a grid that is not the actor's), InvalidText.
    """
    require(actor, Permission.PLOT_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        share(session, AREAS)
        known = find_receipt(session, actor.user_id, "plot", form.form_key)
        if known is not None:
            return known
        outline, metres = _outline(form.corners)
        plot = Plot(
            kind=PlotKind(form.kind).value, name=clean_line(form.name, "plot_name", 60),
            owner_kind=PlotOwner(form.owner_kind).value, owner=clean_line(form.owner, "plot_owner", 60),
            geometry=outline, area_m2=metres, area_id=_grid_of(session, actor, outline, local_date(now)),
            valid_from=local_date(now), created_by=actor.user_id or None, created_at=now,
        )  # fmt: skip
        session.add(plot)
        session.flush()
        add_receipt(session, actor.user_id, "plot", form.form_key, plot.id, now)
        add_audit_entry(session, actor.user_id, "plot.add", "plot", now, plot.id, f"{plot.name} | {plot.owner}")
        return plot.id


def _outline(corners: Sequence[Corner]) -> tuple[shapely.Polygon, float]:
    if len(set(corners)) < LEAST_CORNERS or not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in corners):
        raise InvalidPlot()
    outline = shapely.Polygon(corners)
    metres = float(area_m2([outline])[0]) if outline.is_valid else 0.0
    if not LEAST_M2 <= metres <= MOST_M2:
        raise InvalidPlot()
    return outline, round(metres, 1)


def _grid_of(session: Session, actor: Actor, outline: shapely.Polygon, day: date) -> int:
    """The finest area around the plot's middle; the whole plot lies in its street."""
    middle = shapely.point_on_surface(outline)
    area = place_of(session, middle.x, middle.y, None, day).area
    profile = current_profile()
    keys, grid = profile.level_keys, profile.grid_depth
    above = rows.list_outlines(session, area.path) if area else []
    if area is None or above[-1][0] not in keys[grid:]:
        raise PlotOutside()
    require_inside(actor, area.path)
    around = [shape for level, shape in above if level in keys[max(0, grid - 2) :] and shape is not None]
    if not around or shapely.difference(outline, around[0]).area > _SPILL * outline.area:
        raise PlotOutside()
    return area.id


def end_plot(actor: Actor, plot_id: int, version: int, now: datetime | None = None) -> None:
    """Let a plot end today; its history stays. Raises StaleRecord, PlotEnded, NotFound."""
    require(actor, Permission.PLOT_EDIT)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        plot = rows.get_plot(session, plot_id, lock=True)
        if plot.version != version:
            raise StaleRecord()
        if plot.valid_to is not None:
            raise PlotEnded()
        plot.valid_to = local_date(now)
        add_audit_entry(session, actor.user_id, "plot.end", "plot", now, plot_id)


def check_plot(actor: Actor, plot_id: int, form: CheckForm, now: datetime | None = None) -> int:
    """Record a check with its pictures; returns its id, the same for the same form sent twice.

    Raises PlotEnded, NumberInNote, NotFound, InvalidText, and what ``prepare_photo`` raises.
    """
    require(actor, Permission.PLOT_SEE)
    now = now or utc_now()
    note = clean_line(form.note, "plot_note", NOTE_LENGTH, required=False)
    check_note(note)
    pictures = {"before": form.before, "after": form.after}
    photos = {stage: prepare_photo(data) for stage, data in pictures.items() if data}
    with transaction(actor.scope) as session:
        known = find_receipt(session, actor.user_id, "plot_check", form.form_key)
        if known is not None:
            return known
        if (plot := rows.get_plot(session, plot_id, lock=True)).valid_to is not None:
            raise PlotEnded()
        check = PlotCheck(
            plot_id=plot.id, result=CheckResult(form.result).value, note=note, person_id=actor.person_id,
            user_id=actor.user_id or None, at=now,
        )  # fmt: skip
        session.add(check)
        session.flush()
        session.add_all(
            PlotPhoto(plot_id=plot_id, check_id=check.id, stage=stage, taken_at=now, **vars(photo))
            for stage, photo in photos.items()
        )
        add_receipt(session, actor.user_id, "plot_check", form.form_key, check.id, now)
        add_audit_entry(session, actor.user_id, "plot.check", "plot", now, plot_id, check.result)
        return check.id


def get_plot_photo(actor: Actor, photo_id: int) -> tuple[bytes, str]:
    """JPEG bytes of a picture in the actor's scope, and a tag that names the content. Raises NotFound."""
    require(actor, Permission.PLOT_SEE)
    with reading(actor.scope) as session:
        photo = get_photo(session, PlotPhoto, photo_id)
    return photo.content, photo.sha256
