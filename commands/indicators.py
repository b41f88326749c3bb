"""Indicators of a period."""

from datetime import datetime
from typing import Annotated

import typer

from commands.options import AsJson
from commands.terminal import answer, help_of, language
from domain.periods import Period
from domain.permissions import SYSTEM
from services.indicators.measuring import measure
from services.indicators.tables import as_lines, as_plain


def print_indicators(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help=help_of("indicators_from"))],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help=help_of("indicators_to"))],
    by: Annotated[str, typer.Option(help=help_of("indicators_by"))] = "community",
    as_json: AsJson = False,
) -> None:
    table = as_plain(measure(SYSTEM, Period(first.date(), last.date()), by), language())
    answer(table if as_json else as_lines(table, language()), as_json)
