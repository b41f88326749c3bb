"""Areas: listed, checked, exported, changed on their day; which one a place is in."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, Datum, Field, Level, OnDay, TableFile
from commands.terminal import answer, help_of, progress
from domain.permissions import SYSTEM
from services.areas import change_views, checks, exporting, locating, locating_files, planned_changes, register


def export_areas(
    out: Annotated[Path, typer.Argument(dir_okay=False, help=help_of("out"))],
    format: Annotated[str | None, typer.Option(help=help_of("format"))] = None,
    level: Level = None,
    day: OnDay = None,
    as_json: AsJson = False,
) -> None:
    with progress("export"):
        on = day.date() if day else None
        report = exporting.export_areas(SYSTEM, format or out.suffix.lstrip(".").lower(), level, out, day=on)
    answer(report, as_json)


def check_areas(level: Level = None, as_json: AsJson = False) -> None:
    with progress("check"):
        findings = checks.check_areas(SYSTEM, level)
    answer(findings.as_dict(), as_json)


def list_areas(level: Level = None, day: OnDay = None, as_json: AsJson = False) -> None:
    names = ("code", "name", "level", "parent", "households", "area_m2", "parts")
    found = register.list_areas(SYSTEM, level, day.date() if day else None)
    answer([{name: getattr(area, name) for name in names} for area in found], as_json)


def list_area_changes(as_json: AsJson = False) -> None:
    answer(change_views.list_area_changes(SYSTEM), as_json)


def apply_area_changes(as_json: AsJson = False) -> None:
    report = planned_changes.apply_due(SYSTEM)
    answer(report, as_json)
    raise typer.Exit(1 if report.refused else 0)


def locate(
    lon: Annotated[float, typer.Argument(help=help_of("lon_value"))],
    lat: Annotated[float, typer.Argument(help=help_of("lat_value"))],
    datum: Datum = "wgs84",
    as_json: AsJson = False,
) -> None:
    answer(locating.locate(SYSTEM, lon, lat, datum), as_json)


def locate_file(
    file: TableFile,
    lon: Annotated[str, Field(help=help_of("lon"))],
    lat: Annotated[str, Field(help=help_of("lat"))],
    out: Annotated[Path, typer.Option(help=help_of("out"))],
    datum: Datum = "wgs84",
    as_json: AsJson = False,
) -> None:
    with progress("locate") as step:
        report = locating_files.locate_file(
            SYSTEM, file, out, lon, lat, datum, lambda rows, share: step(f"{rows:,} ({share:.0%})")
        )
    answer(report, as_json)
