"""What an import of work orders would do: its choices, its rows, its findings (feature N1, decision 0141)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.call_backs import Satisfaction
from domain.clocks import Calendar
from domain.errors import Refusal
from domain.orders import Ending
from geo.workbooks import Cell
from services.areas.plan import DatumReport
from services.orders.mapping import OrderMapping

SHOWN = 20  # differences and examples that a plan shows


class PlaceholdersUnsure(Refusal):
    """One coordinate stands in hundreds of rows; a person must say whether it is a place. Values: count, lon, lat."""

    code = "placeholders_unsure"


@dataclass(frozen=True)
class OrderChoices:
    """What a person says besides the mapping. ``datum`` as geo.datums reads it; ``placeholder``: "", keep or drop."""

    mapping: OrderMapping | None = None
    source: str | None = None
    datum: str = "auto"
    placeholder: str = ""


@dataclass(frozen=True)
class CalledBack:
    """What a row says of the call-back to its reporter; ``at`` None: the file has no time of it."""

    at: datetime | None
    reached: bool
    responded: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None


@dataclass(slots=True)
class Order:
    """One row of the file, cleaned; times in UTC, degrees in WGS 84. ``said`` is its class in the file's words.

    ``digests``: one for each part of it, by which a later file's row shows what has changed (PARTS). ``urgency_said``:
    the row has a word for it. ``call_back``: only of a closed one.
    """

    row: int
    number: str
    category: str
    said: str
    urgency: str
    title: str
    description: str
    place: str
    area: str | None
    lon: float | None
    lat: float | None
    reported_at: datetime
    ending: Ending
    dispatched_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    answer: str = ""
    reporter_name: str | None = None
    reporter_phone: str | None = None
    limit: dict[str, Any] | None = None
    area_id: int | None = None
    digests: str = ""
    dictionary_version: int = 1
    urgency_said: bool = True
    call_back: CalledBack | None = None


@dataclass(frozen=True)
class RefusedOrder:
    """A row that is not taken: its line in the file, and why (``orders.refused.<reason>``)."""

    row: int
    number: str | None
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class OrderWarning:
    """Something to look at: a text key (``orders.warning.*``, or one of an area import) and its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Placeholder:
    """A coordinate that stands in so many rows of different addresses. Degrees as in the file."""

    lon: float
    lat: float
    count: int


@dataclass(frozen=True)
class Difference:
    """A row that a present case would be brought up to: the parts of it that changed."""

    row: int
    number: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class SourceTable:
    """The file as it came, for the file of refused rows: ``rows[0]`` is line ``first`` of it."""

    name: str
    header: list[str]
    rows: Sequence[Sequence[Cell]]
    first: int


@dataclass(frozen=True)
class OrderPlan:
    """The rows to write and what was found. Counts are of rows, after those of the same number became one."""

    source: str
    mapping: OrderMapping
    columns: Mapping[str, Sequence[str]]
    table: SourceTable
    read: int
    orders: Sequence[Order]
    created: int
    changed: Sequence[Difference]
    unchanged: int
    duplicates: int
    refused: Sequence[RefusedOrder]
    without_coordinates: int
    without_place: int
    outside: int
    named: int
    agreeing: int
    placeholders: Sequence[Placeholder]
    datum: DatumReport
    warnings: Sequence[OrderWarning]
    placeholder_choice: str = ""
    calendar: Calendar | None = None  # by which the deadlines were counted

    @property
    def is_undecided(self) -> bool:
        """Whether a person must say first what becomes of the placeholders."""
        return bool(self.placeholders) and not self.placeholder_choice

    def as_dict(self) -> dict[str, Any]:
        """The findings, as the command line answers."""
        endings = {ending: sum(order.ending is ending for order in self.orders) for ending in Ending}
        return {
            "source": self.source, "columns": {field: list(names) for field, names in self.columns.items()},
            "read": self.read, "created": self.created, "updated": len(self.changed), "unchanged": self.unchanged,
            "duplicates": self.duplicates, "refused": [vars(row) for row in self.refused],
            "open": endings[Ending.OPEN], "closed": endings[Ending.CLOSED], "voided": endings[Ending.VOIDED],
            "without_coordinates": self.without_coordinates, "without_place": self.without_place,
            "outside": self.outside, "named": self.named, "agreeing": self.agreeing,
            "agreeing_share": round(self.agreeing / self.named, 4) if self.named else None,
            "placeholders": [vars(found) for found in self.placeholders],
            "differences": [vars(found) for found in self.changed[:SHOWN]],
            "datum": self.datum.used, "warnings": [{"warning": w.code, **w.values} for w in self.warnings],
        }  # fmt: skip


@dataclass(frozen=True)
class OrderReport:
    """What an import wrote. ``conflicts``: closed at the source, but somebody here has the case in hand."""

    created: int = 0
    updated: int = 0
    closed: int = 0
    unchanged: int = 0
    conflicts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The counts, as the command line answers."""
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged,
                "closed_here": self.closed, "conflicts": list(self.conflicts)}  # fmt: skip

    def plus(self, other: "OrderReport") -> "OrderReport":
        """Both together."""
        return OrderReport(
            self.created + other.created, self.updated + other.updated, self.closed + other.closed,
            self.unchanged + other.unchanged, self.conflicts + other.conflicts,
        )  # fmt: skip
