"""What a change of areas is asked to do, and everything that it is going to do: the types of its plan (feature A4)."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely

from db.queries.areas import AreaRow
from domain.area_changes import ChangeKind, Count
from domain.areas import StaffingFinding

Line = tuple[tuple[float, float], ...]
INCIDENT, ACTIVITY = "incident", "activity"


@dataclass(frozen=True)
class NewOutline:
    """A new area as a file or a proposal has it, in EPSG:4326. ``code`` "" = the next of the scheme."""

    geometry: shapely.Geometry
    name: str = ""
    code: str = ""
    households: int | None = None


@dataclass(frozen=True)
class ChangeForm:
    """A split, merger or redraw from a Shanghai day on.

    ``lines``: cuts drawn on the map, places in degrees (EPSG:4326); or ``outlines``: the new areas themselves.
    ``names``, ``codes``, ``households`` of the parts in their order; "" and nothing = as proposed. ``heir``: the place
    of the part that takes what has no place of its own; ``heirs``: the same for single records (subject, id).
    ``planned_id``: the planned change that this is; None for one that a person makes now.
    """

    kind: ChangeKind
    area_ids: tuple[int, ...]
    day: date
    reason: str = ""
    lines: tuple[Line, ...] = ()
    outlines: tuple[NewOutline, ...] = ()
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    households: tuple[int, ...] = ()
    heir: int | None = None
    heirs: Mapping[tuple[str, int], int] = field(default_factory=dict)
    form_key: str = ""
    planned_id: int | None = None


@dataclass(frozen=True)
class NewArea:
    """An area that begins: a part (``under`` None), or what went along with it (the number of the new area above).

    ``geometry``: a MultiPolygon in EPSG:4326, None where the old area has none. ``old_ids``: the areas that it
    replaces. Label in degrees.
    """

    number: int
    code: str
    name: str
    level: str
    kind: str
    depth: int
    parent_id: int | None
    under: int | None
    households: int | None
    geometry: Any
    area_m2: float | None
    parts: int
    label: tuple[float | None, float | None]
    source_datum: str
    old_ids: tuple[int, ...]
    staffing: StaffingFinding


@dataclass(frozen=True)
class Going:
    """A record and the numbers of the new areas that it goes to; none: somebody has to say."""

    subject: str
    id: int
    label: str
    old_id: int
    to: tuple[int, ...]

    @property
    def waits(self) -> bool:
        """Whether nobody has said yet where it goes."""
        return not self.to


@dataclass(frozen=True)
class ChangePlan:
    """Everything that a change would do. ``layer_version`` ties it to the state of the areas that it was made on.

    ``ended``: the areas that end, from the top. ``new``: the parts first, then what goes along. ``counts`` by subject.
    ``followed``: the cut was moved to the borders of the areas within.
    """

    form: ChangeForm
    layer_version: int
    ended: tuple[AreaRow, ...]
    outlines: Mapping[int, shapely.Geometry]
    new: tuple[NewArea, ...]
    going: tuple[Going, ...]
    counts: Mapping[str, Count]
    followed: bool

    @property
    def parts(self) -> tuple[NewArea, ...]:
        """The new areas of the level that is changed."""
        return tuple(area for area in self.new if area.under is None)

    @property
    def changed(self) -> tuple[AreaRow, ...]:
        """The areas that are changed themselves, without what lies within them."""
        return tuple(area for area in self.ended if area.id in self.form.area_ids)

    @property
    def to_decide(self) -> tuple[Going, ...]:
        """Cases and activities without a place, of which nobody has said where they go."""
        return tuple(going for going in self.going if going.waits)

    def going_to(self, number: int) -> Counter[str]:
        """Subject → how many records a part gets, with what lies within it."""
        inside = {number}
        for area in self.new:
            if area.under in inside:
                inside.add(area.number)
        return Counter(going.subject for going in self.going if inside & set(going.to))

    def figures(self) -> dict[str, dict[str, int]]:
        """Subject → kept, moved, to decide."""
        return {
            subject: {"kept": count.kept, "moved": count.moved, "to_decide": count.to_decide}
            for subject, count in self.counts.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values for JSON, without outlines."""
        return {
            "kind": self.form.kind.value,
            "day": self.form.day.isoformat(),
            "ended": [{"code": area.code, "name": area.name, "households": area.households} for area in self.ended],
            "new": [
                {"code": area.code, "name": area.name, "level": area.level, "households": area.households,
                 "area_m2": area.area_m2, "under": area.under, "replaces": list(area.old_ids)}
                for area in self.new
            ],
            "figures": self.figures(),
            "to_decide": [{"subject": going.subject, "id": going.id, "label": going.label} for going in self.to_decide],
        }  # fmt: skip

    @property
    def digest(self) -> str:
        """Differs whenever the change would do anything else."""
        going = [(one.subject, one.id, one.old_id, one.to) for one in self.going]
        shapes = [hashlib.sha256(shapely.to_wkb(area.geometry) or b"").hexdigest() for area in self.new]
        text = json.dumps([self.as_dict(), going, shapes], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]
