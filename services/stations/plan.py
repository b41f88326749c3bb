"""What an import of stations is asked to do, and what it is going to do: the types of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.areas.plan import DatumReport, ImportWarning, RefusedRow


@dataclass(frozen=True)
class StationChoices:
    """How to read a file of stations; fields as in ImportChoices. ``kind``: a field, or ``=key`` for all.

    ``area`` may name the field that says in which area a station lies: it helps to find the datum.
    """

    name: str
    kind: str
    code: str | None = None
    address: str | None = None
    phone: str | None = None
    area: str | None = None
    lon: str | None = None
    lat: str | None = None
    layer: str | None = None
    datum: str = "auto"
    encoding: str = "auto"


@dataclass(frozen=True)
class PlannedStation:
    """One station to be written: new (``station_id`` None) or a present one with what changes."""

    row: int
    code: str | None
    values: Mapping[str, Any]
    station_id: int | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class StationPlan:
    """Everything an import of stations would do."""

    day: date
    layer_version: int
    read: int
    stations: tuple[PlannedStation, ...]
    unchanged: int
    refused: tuple[RefusedRow, ...]
    warnings: tuple[ImportWarning, ...]
    datum: DatumReport

    @property
    def created(self) -> int:
        """How many stations are new."""
        return sum(station.station_id is None for station in self.stations)

    @property
    def is_empty(self) -> bool:
        """Nothing of the file could be used."""
        return not self.stations and not self.unchanged

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values for JSON. read = created + updated + unchanged + refused."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": len(self.stations) - self.created,
            "unchanged": self.unchanged,
            "refused": [row.as_dict() for row in self.refused],
            "warnings": [warning.as_dict() for warning in self.warnings],
            "datum": self.datum.as_dict(),
        }
