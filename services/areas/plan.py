"""What an import of areas is asked to do, and what it is going to do: the types of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import shapely

from domain.errors import Refusal


class DatumUnsure(Refusal):
    """The file's datum could not be found out, and a person must say it. Values: declared, reason."""

    code = "datum_unsure"


class PlanOutdated(Refusal):
    """The areas changed between the preview and its confirmation."""

    code = "plan_outdated"


class MixedFiles(Refusal):
    """Files given together say different coordinate systems. Values: found."""

    code = "mixed_files"


@dataclass(frozen=True)
class ImportChoices:
    """How to read a file of areas. Fields are names of the file's columns, or ``=text`` for one text in every row.

    ``datum`` and ``encoding``: ``auto``, or what geo.datums and geo.reading understand. ``valid_from``: since when new
    areas exist; None = the day of the import.
    """

    level: str
    name: str
    code: str | None = None
    parent: str | None = None
    households: str | None = None
    layer: str | None = None
    datum: str = "auto"
    encoding: str = "auto"
    valid_from: date | None = None


class Plain:
    """Goes into JSON as its fields; what is empty is left out, but for row and code."""

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}  # type: ignore[attr-defined]
        return {name: value for name, value in found.items() if value not in ("", None) or name in ("code", "row")}


@dataclass(frozen=True)
class RefusedRow(Plain):
    """A row that is left out: its number in the file from 1, its code if it has one, and why (``areas.refused.*``)."""

    row: int
    code: str | None
    reason: str
    detail: str = ""
    file: str = ""


@dataclass(frozen=True)
class RepairedRow(Plain):
    """A row whose outline was no polygon and was made one (``geo.invalid.*``), and the square metres that went."""

    row: int
    code: str | None
    reason: str
    lost_m2: float
    lon: float | None = None
    lat: float | None = None
    file: str = ""


@dataclass(frozen=True)
class ImportWarning:
    """Something to look at: a text key (``areas.warning.*`` or ``geo.note.*``) and its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """The values for its text: lists and tables written out."""
        return {name: _written(value) for name, value in self.values.items()}

    def as_dict(self) -> dict[str, Any]:
        """``warning`` and its values."""
        return {"warning": self.code.removeprefix("areas.warning."), **self.values}


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True)
class DatumReport(Plain):
    """Which datum the file says, which is used, and why (text key with values). ``sure``: nobody need be asked."""

    declared: str
    used: str
    reason: str
    values: Mapping[str, Any] = field(default_factory=dict)
    sure: bool = True


@dataclass(frozen=True)
class Row:
    """One row of the file, cleaned. ``key`` is what tells areas of a level apart; ``parent`` as the file has it."""

    number: int
    file: str
    code: str | None
    name: str
    parent: str | None
    households: int | None
    geometry: shapely.Geometry

    def refused(self, reason: str, detail: str = "") -> RefusedRow:
        """This row as a refused one."""
        return RefusedRow(self.number, self.code, reason, detail, self.file)

    def with_geometry(self, geometry: shapely.Geometry) -> "Row":
        """The same row with another outline."""
        return replace(self, geometry=geometry)


@dataclass(frozen=True)
class PlannedArea:
    """One area to be written: new (``area_id`` None) or a present one with what changes (``changed``)."""

    code: str
    name: str
    parent_id: int | None
    parent_code: str | None
    households: int | None
    geometry: shapely.MultiPolygon
    area_m2: float
    parts: int
    label: tuple[float, float]
    rows: tuple[int, ...]
    area_id: int | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportPlan:
    """Everything an import would do. ``layer_version`` ties it to the state of the areas it was made on."""

    choices: ImportChoices
    day: date
    layer_version: int
    read: int
    merged: int
    areas: tuple[PlannedArea, ...]
    unchanged: int
    refused: tuple[RefusedRow, ...]
    repaired: tuple[RepairedRow, ...]
    warnings: tuple[ImportWarning, ...]
    datum: DatumReport

    @property
    def created(self) -> int:
        """How many areas are new."""
        return sum(area.area_id is None for area in self.areas)

    @property
    def updated(self) -> int:
        """How many present areas change."""
        return len(self.areas) - self.created

    @property
    def is_empty(self) -> bool:
        """Nothing of the file could be used."""
        return not self.areas and not self.unchanged

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values for JSON. read = created + updated + unchanged + merged + refused."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "merged": self.merged,
            "repaired": [row.as_dict() for row in self.repaired],
            "refused": [row.as_dict() for row in self.refused],
            "warnings": [warning.as_dict() for warning in self.warnings],
            "datum": self.datum.as_dict(),
        }
