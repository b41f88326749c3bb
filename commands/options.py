"""Options and arguments that several commands take."""

import functools
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from commands.terminal import help_of

AsJson = Annotated[bool, typer.Option("--json", help=help_of("json"))]
Level = Annotated[str | None, typer.Option(help=help_of("level"))]
OnDay = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help=help_of("areas_day"))]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=help_of("files"))]
TableFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_of("table"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=help_of("dry_run"))]
Datum = Annotated[str, typer.Option(help=help_of("datum"))]
Placeholders = Literal["", "keep", "drop"]
Encoding = Annotated[str, typer.Option(help=help_of("encoding"))]
Field = functools.partial(typer.Option, metavar="FIELD")
