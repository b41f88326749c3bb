"""责任田 and 门前三包: plots with an owner, and checks of them (feature D6). Places are ranked, never persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Refusal

NOTE_LENGTH = 60
LEAST_CORNERS = 3
LEAST_M2, MOST_M2 = 1.0, 200_000.0


class PlotKind(StrEnum):
    """What somebody answers for."""

    FIELD = "field"
    FRONTAGE = "frontage"


class PlotOwner(StrEnum):
    """Who answers for a plot."""

    PERSON = "person"
    SHOP = "shop"
    ORGANISATION = "organisation"


class CheckResult(StrEnum):
    """What a check found."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"


class PlotState(StrEnum):
    """What the newest check of a plot found."""

    KEPT = "kept"
    NOT_KEPT = "not_kept"
    UNCHECKED = "unchecked"


class PlotOutside(Refusal):
    """The plot reaches out of the street, or lies in no grid."""

    code = "plot_outside"


class InvalidPlot(Refusal):
    """Fewer than three corners, sides that cross, or an area below 1 or above 200,000 m²."""

    code = "invalid_plot"


class PlotEnded(Refusal):
    """The plot has ended: nothing is checked any more."""

    code = "plot_ended"


@dataclass(frozen=True)
class PlaceShare:
    """How many plots of a place were kept at their newest check, of those that were checked."""

    area_id: int
    name: str
    plots: int
    checked: int
    kept: int


def rank_places(rows: Sequence[tuple[int, str, PlotState]]) -> list[PlaceShare]:
    """Shares by place from (area id, name, state of a plot): the lowest share of kept plots first, unchecked last."""
    found: dict[int, PlaceShare] = {}
    for area_id, name, state in rows:
        old = found.get(area_id, PlaceShare(area_id, name, 0, 0, 0))
        checked, kept = state is not PlotState.UNCHECKED, state is PlotState.KEPT
        found[area_id] = PlaceShare(area_id, name, old.plots + 1, old.checked + checked, old.kept + kept)
    return sorted(found.values(), key=lambda row: (row.kept / row.checked if row.checked else 2, row.area_id))
