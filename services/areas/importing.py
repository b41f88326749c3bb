"""Areas from files, as a plan that a person sees before it is carried out (features A2, B4, N2).

An import corrects the present rows: the same code with another outline is a better drawing of the same area, not a
new area (decision 0050). A plan holds only while no area changes; ``apply_import`` refuses an outdated one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import compress
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries.areas import AreaRow, AreaShape, list_area_shapes_by_id, list_areas
from db.queries.layers import list_layer_versions
from db.session import reading
from domain.clock import local_date, utc_now
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.areas.codes import CodeReader, code_reader
from services.areas.datum import judge_datum
from services.areas.findings import name_warnings, parent_warnings
from services.areas.parents import Answer, Asked, ParentFinder
from services.areas.plan import (
    DatumReport,
    ImportChoices,
    ImportPlan,
    ImportWarning,
    PlannedArea,
    RefusedRow,
    Row,
)
from services.areas.register import refuse_unknown_level
from services.areas.rows import RowsRead, read_rows
from services.areas.shapes import Joined, Measured, join, measure, mend
from services.lists.cells import CODE_LENGTH, some_rows
from services.system.installations import current_profile

Step = Callable[[str], None]
_SAME_CORNER_DEG = 1e-9  # a tenth of a millimetre: text formats round the last digits


def plan_import(
    actor: Actor,
    paths: Sequence[Path],
    choices: ImportChoices,
    now: datetime | None = None,
    on_step: Step = lambda _step: None,
) -> ImportPlan:
    """What an import of files would do; nothing is written.

    ``on_step`` is told ``read``, ``datum``, ``repair``, ``parents``, ``compare`` as each begins. Raises UnknownLevel,
    UnknownField, MixedFiles, DatumUnsure and whatever geo refuses of a file.
    """
    require(actor, Permission.AREA_IMPORT)
    refuse_unknown_level(choices.level)
    profile = current_profile()
    on_step("read")
    found = read_rows(paths, choices)
    with reading(EVERYWHERE) as session:
        version = list_layer_versions(session).get("areas", 0)
        day = choices.valid_from or local_date(now or utc_now())
        return _Planner(session, profile, choices, found).plan(version, day, on_step)


class _Planner:
    """One import being thought through: rows come in, each step leaves fewer of them and says why."""

    def __init__(self, session: Session, profile: Profile, choices: ImportChoices, found: RowsRead) -> None:
        self.session, self.choices, self.found, self.level = session, choices, found, choices.level
        self.reader: CodeReader = code_reader(profile)
        self.present = list_areas(session)
        self.parents = ParentFinder(self.present, self.reader, self.level)
        self.refused: list[RefusedRow] = list(found.refused)
        self.warnings: list[ImportWarning] = list(found.warnings)

    def plan(self, version: int, day: date, on_step: Step) -> ImportPlan:
        rows = self._with_usable_codes(self.found.rows)
        on_step("datum")
        datum, rows = self._in_wgs84(rows)
        on_step("repair")
        mended = mend(rows)
        self.refused += mended.refused
        on_step("parents")
        rows = mended.rows if self.choices.code else self._with_codes_of_names(mended.rows)
        joined = join(rows, [self.reader.key(row.code or "", self.level) for row in rows])
        measured = measure([row.geometry for row in joined.rows])
        answers = self._answers(joined.rows, measured)
        fine = self._with_known_parents(joined, answers)
        joined, measured, answers = joined.only(fine), measured.only(fine), list(compress(answers, fine))
        on_step("compare")
        areas, unchanged = self._compared(joined, measured, answers)
        self._warn(joined, answers)
        return ImportPlan(
            choices=self.choices, day=day, layer_version=version, read=self.found.read, merged=joined.merged,
            areas=tuple(areas), unchanged=unchanged, repaired=tuple(mended.repaired), warnings=tuple(self.warnings),
            refused=tuple(sorted(self.refused, key=lambda row: (row.file, row.row))), datum=datum,
        )  # fmt: skip

    def _with_usable_codes(self, rows: list[Row]) -> list[Row]:
        """A file that follows the scheme is held to it; one with a numbering of its own is taken as it is."""
        coded = [row.code for row in rows if row.code]
        strict = not self.reader.scheme.free and self.reader.is_followed(coded, self.level)
        elsewhere = {area.code: area.level for area in self.present if area.level != self.level}
        kept, odd = [], []
        for row in rows:
            fits = row.code is None or self.reader.fits(row.code, self.level)
            if row.code in elsewhere:
                self.refused.append(row.refused("code_of_other_level", elsewhere[row.code]))
            elif strict and not fits:
                self.refused.append(row.refused("invalid_code"))
            else:
                kept.append(row)
                odd += [] if fits else [row.number]
        if odd:
            self.warnings.append(ImportWarning("areas.warning.other_numbering", some_rows(odd)))
        return kept

    def _in_wgs84(self, rows: list[Row]) -> tuple[DatumReport, list[Row]]:
        if not rows:
            label = str(self.found.declared)
            return DatumReport(label, label, "areas.datum.nothing"), []
        shapes = np.array([row.geometry for row in rows], object)
        judged = judge_datum(
            self.session, shapes, [row.code for row in rows], self.level, self.found.declared, self.choices.datum,
            self.present, self.reader,
        )  # fmt: skip
        self.warnings += judged.warnings
        return judged.report, [row.with_geometry(shape) for row, shape in zip(rows, judged.shapes, strict=True)]

    def _with_codes_of_names(self, rows: list[Row]) -> list[Row]:
        """Without a field of codes the area of the same name and parent is meant; a new one goes by its name.

        No number is made up: the code is the parent's with the name behind it, the same at every import.
        """
        same = {(area.parent_id, area.name): area.code for area in self.present if area.level == self.level}
        answers = self._answers(rows, measure([row.geometry for row in rows]))
        kept = []
        for row, answer in zip(rows, answers, strict=True):
            parent = answer.parent
            by_name = f"{parent.code}/{row.name}" if parent else row.name
            code = same.get((parent.id if parent else None, row.name), by_name)
            if len(code) > CODE_LENGTH:
                self.refused.append(row.refused("text_too_long"))
            else:
                kept.append(replace(row, code=code))
        if rows:
            self.warnings.append(ImportWarning("areas.warning.no_codes", {"count": len(rows)}))
        return kept

    def _answers(self, rows: Sequence[Row], measured: Measured) -> list[Answer]:
        asked = [
            Asked(row.code, row.parent, (float(lon), float(lat)))
            for row, (lon, lat) in zip(rows, measured.labels, strict=True)
        ]
        return self.parents.find(self.session, asked)

    def _with_known_parents(self, joined: Joined, answers: Sequence[Answer]) -> list[bool]:
        """Which areas stay: where a parent is named, not there, and not to be found otherwise, rows are refused."""
        fine = [not answer.unknown or answer.parent is not None for answer in answers]
        for row, numbers, kept in zip(joined.rows, joined.numbers, fine, strict=True):
            if not kept:
                self.refused += [replace(row, number=n).refused("unknown_parent", row.parent or "") for n in numbers]
        return fine

    def _compared(self, joined: Joined, measured: Measured, answers: Sequence[Answer]) -> tuple[list[PlannedArea], int]:
        own = {self.reader.key(area.code, self.level): area for area in self.present if area.level == self.level}
        there = [own.get(self.reader.key(row.code or "", self.level)) for row in joined.rows]
        outlines = list_area_shapes_by_id(self.session, [area.id for area in there if area])
        areas, unchanged = [], 0
        for place, (row, area) in enumerate(zip(joined.rows, there, strict=True)):
            planned = _planned(row, joined.numbers[place], answers[place].parent, measured, place)
            if area is not None:
                planned = _of_present(planned, area, outlines.get(area.id))
            if area is not None and not planned.changed:
                unchanged += 1
            else:
                areas.append(planned)
        return areas, unchanged

    def _warn(self, joined: Joined, answers: Sequence[Answer]) -> None:
        self.warnings += joined.warnings
        self.warnings += parent_warnings(joined.rows, answers, self.parents.is_top)
        own = [area for area in self.present if area.level == self.level]
        self.warnings += name_warnings(joined.rows, own, self.reader, self.level)


def _planned(row: Row, numbers: tuple[int, ...], parent: AreaRow | None, measured: Measured, place: int) -> PlannedArea:
    lon, lat = measured.labels[place]
    return PlannedArea(
        code=row.code or "", name=row.name, parent_id=parent.id if parent else None,
        parent_code=parent.code if parent else None, households=row.households, geometry=measured.shapes[place],
        area_m2=float(measured.m2[place]), parts=int(measured.parts[place]), label=(float(lon), float(lat)),
        rows=numbers,
    )  # fmt: skip


def _of_present(planned: PlannedArea, area: AreaRow, outline: AreaShape | None) -> PlannedArea:
    """The plan for a present area: its own code stays, and so do its households where the file says none."""
    households = area.households if planned.households is None else planned.households
    same_outline = outline is not None and shapely.equals_exact(outline.geometry, planned.geometry, _SAME_CORNER_DEG)
    changed = [
        name
        for name, differs in (
            ("name", planned.name != area.name),
            ("parent", planned.parent_id != area.parent_id),
            ("households", households != area.households),
            ("geometry", not same_outline),
        )
        if differs
    ]
    return replace(planned, area_id=area.id, code=area.code, households=households, changed=tuple(changed))
