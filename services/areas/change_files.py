"""New areas of a change from a file: read as an import is, taken as outlines (features A4, B4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from domain.errors import Refusal
from domain.permissions import Actor
from services.areas.change_plan import NewOutline
from services.areas.importing import plan_import
from services.areas.plan import ImportChoices
from services.areas.preview import guess_fields, look_into


class OutlinesRefused(Refusal):
    """Rows of the file cannot be used, and a part that is missing would be a hole. Values: count, row."""

    code = "outlines_refused"


def read_outlines(actor: Actor, paths: Sequence[Path], level: str, now: datetime | None = None) -> list[NewOutline]:
    """The areas of a file as new outlines of a level; the fields are those that are usually called so.

    A row without a code gets the next one of the scheme; the code of a present area names that one. Raises
    OutlinesRefused, DatumUnsure and whatever plan_import refuses.
    """
    layer = look_into(actor, paths)[0]
    fields = guess_fields(layer.fields)
    name = fields["name"] or (layer.fields[0] if layer.fields else "")
    choices = ImportChoices(level, name, fields["code"], None, fields["households"], layer.name)
    plan = plan_import(actor, paths, choices, now)
    if plan.refused:
        raise OutlinesRefused(count=len(plan.refused), row=plan.refused[0].row)
    given = [
        NewOutline(area.geometry, area.name, area.code if choices.code or area.area_id else "", area.households)
        for area in plan.areas
    ]
    return given if fields["households"] else [replace(outline, households=None) for outline in given]
