"""Files that come in: areas, stations, volunteers, work orders, the dictionary."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, Datum, DryRun, Encoding, Field, Files, Placeholders, TableFile
from commands.running import NothingUsable, refuse_demo
from commands.terminal import MOST_ENTRIES, answer, help_of, language, progress, said, warn
from domain.permissions import SYSTEM
from services.areas import applying as area_apply
from services.areas import importing as area_import
from services.areas.plan import ImportChoices, ImportPlan
from services.dictionaries import importing as dictionary_import
from services.lists.files import ListFormat
from services.orders import importing as order_import
from services.orders.mapping import parse_mapping
from services.orders.plan import OrderChoices, OrderPlan, OrderReport
from services.orders.refusals import refusal_words, refused_rows_file
from services.people import volunteer_import
from services.stations import importing as stations_import
from services.stations.plan import StationChoices, StationPlan


def import_areas(
    files: Files,
    level: Annotated[str, typer.Option(help=help_of("level"))],
    name: Annotated[str, Field(help=help_of("name"))],
    code: Annotated[str | None, Field(help=help_of("code"))] = None,
    parent: Annotated[str | None, Field(help=help_of("parent"))] = None,
    households: Annotated[str | None, Field(help=help_of("households"))] = None,
    layer: Annotated[str | None, typer.Option(help=help_of("layer"))] = None,
    datum: Datum = "auto",
    encoding: Encoding = "auto",
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=help_of("since"))] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    refuse_demo()
    choices = ImportChoices(
        level, name, code, parent, households, layer, datum, encoding, since.date() if since else None
    )
    with progress("import") as step:
        plan = area_import.plan_import(SYSTEM, files, choices, on_step=lambda now: step(said(f"areas.step.{now}")))
        if not dry_run:
            step(said("areas.step.write"))
            area_apply.apply_import(SYSTEM, plan)
    _answer_plan(plan, dry_run, as_json)


def _answer_plan(plan: ImportPlan | StationPlan, dry_run: bool, as_json: bool) -> None:
    found = plan.as_dict() | {"dry_run": dry_run}
    if as_json:
        answer(found, as_json)
    else:
        counts = {name: len(item) if isinstance(item, list) else item for name, item in found.items()}
        answer(counts | {"datum": f"{plan.datum.used} ({said(plan.datum.reason, **plan.datum.values)})"}, as_json)
        for refused in plan.refused[:MOST_ENTRIES]:
            warn(said(f"areas.refused.{refused.reason}", row=refused.row, detail=refused.detail))
        for warning in plan.warnings:
            warn(said(warning.code, **warning.shown()))
    if plan.is_empty:
        raise NothingUsable()


def import_stations(
    files: Files,
    name: Annotated[str, Field(help=help_of("name"))],
    kind: Annotated[str, Field(help=help_of("kind"))],
    code: Annotated[str | None, Field(help=help_of("code"))] = None,
    address: Annotated[str | None, Field(help=help_of("address"))] = None,
    phone: Annotated[str | None, Field(help=help_of("phone"))] = None,
    area: Annotated[str | None, Field(help=help_of("area"))] = None,
    lon: Annotated[str | None, Field(help=help_of("lon"))] = None,
    lat: Annotated[str | None, Field(help=help_of("lat"))] = None,
    layer: Annotated[str | None, typer.Option(help=help_of("layer"))] = None,
    datum: Datum = "auto",
    encoding: Encoding = "auto",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    refuse_demo()
    choices = StationChoices(name, kind, code, address, phone, area, lon, lat, layer, datum, encoding)
    with progress("import"):
        plan = stations_import.plan_station_import(SYSTEM, files, choices)
        if not dry_run:
            stations_import.apply_station_import(SYSTEM, plan)
    _answer_plan(plan, dry_run, as_json)


def import_volunteers(file: TableFile, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    refuse_demo()
    with progress("import"):
        plan = volunteer_import.plan_volunteer_import(SYSTEM, file.name, file.read_bytes())
        if not dry_run:
            volunteer_import.apply_volunteer_import(SYSTEM, plan)
    for bad in plan.refused[:MOST_ENTRIES] if not as_json else ():
        words = said(f"volunteer_import.refused.{bad.reason}", detail=bad.detail)
        warn(said("volunteer_import.line", row=bad.row, name=bad.name, words=words))
    found = plan.as_dict() | {"dry_run": dry_run}
    answer(found if as_json else found | {"refused": len(plan.refused)}, as_json)


def import_incidents(
    file: TableFile,
    mapping: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=help_of("mapping"))] = None,
    source: Annotated[str | None, typer.Option(help=help_of("source"))] = None,
    datum: Datum = "auto",
    placeholder: Annotated[Placeholders, typer.Option(help=help_of("placeholder"))] = "",
    refused: Annotated[Path | None, typer.Option(dir_okay=False, help=help_of("refused_rows"))] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    refuse_demo()
    said_mapping = parse_mapping(mapping.name, mapping.read_bytes()) if mapping else None
    choices = OrderChoices(said_mapping, source, datum, placeholder)
    report = None
    with progress("import_orders") as step:

        def shown(now: str, done: int, of: int) -> None:
            step(said(f"orders.step.{now}") + (f" {done:,} / {of:,}" if of else ""))

        plan = order_import.plan_order_import(SYSTEM, file.name, file.read_bytes(), choices, on_step=shown)
        if not dry_run:
            report = order_import.apply_order_import(SYSTEM, plan, on_step=shown)
    _answer_orders(plan, report, refused, as_json)


def _answer_orders(plan: OrderPlan, report: OrderReport | None, refused: Path | None, as_json: bool) -> None:
    found = plan.as_dict() | {"dry_run": report is None} | (report.as_dict() if report else {})
    if plan.refused and (refused or report):
        found["refused_file"] = str(_write_refused(plan, refused))
    if as_json:
        answer(found, as_json)
    else:
        listed = ("refused", "warnings", "columns", "placeholders", "differences", "conflicts")
        answer({name: len(value) if name in listed else value for name, value in found.items()}, as_json)
        for row in plan.refused[:MOST_ENTRIES]:
            warn(f"{row.row}: {refusal_words(row, language())}")
        for warning in plan.warnings:
            warn(said(warning.code, **warning.values))
        for place in plan.placeholders:
            warn(said("orders.placeholder", **vars(place)))
    if not plan.orders:
        raise NothingUsable()


def _write_refused(plan: OrderPlan, target: Path | None) -> Path:
    """The refused rows with their reasons as a file, in this folder unless ``target`` is named; returns its path."""
    target = target or Path(f"{Path(plan.table.name).stem}-refused.xlsx")
    kind = ListFormat(target.suffix.lstrip(".").lower() or "xlsx")
    target.write_bytes(refused_rows_file(plan, language(), kind))
    return target


def import_dictionary(
    file: TableFile,
    note: Annotated[str, typer.Option(help=help_of("dictionary_note"))] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    refuse_demo()
    with progress("dictionary"):
        plan = dictionary_import.plan_dictionary_import(SYSTEM, file.name, file.read_bytes())
    for bad in plan.bad[:MOST_ENTRIES]:
        words = said(f"dictionary.bad.{bad.reason}", detail=bad.detail)
        warn(said("dictionary.row", row=bad.row, words=words))
    made = None if dry_run else dictionary_import.apply_dictionary_import(SYSTEM, plan, note)
    answer(plan.as_dict() | {"dry_run": dry_run, "version": made.number if made else plan.base}, as_json)
