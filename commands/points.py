"""The ledger of points: what expires, months that close, what was earned too little or too much."""

from datetime import datetime
from typing import Annotated

import typer

from commands.options import AsJson, DryRun
from commands.terminal import answer, help_of, plain, progress
from domain.permissions import SYSTEM
from services.pledges.earning import settle_pledges
from services.points import expiry, months
from services.points.earning import settle_all
from services.shop import codes, waits


def expire_points(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    with progress("points"):
        report = expiry.expire_points(SYSTEM, dry_run)
        told = 0 if dry_run else waits.tell_all(SYSTEM)
        if not dry_run:
            codes.forget_codes(SYSTEM)
    answer(plain(report) | {"told": told}, as_json)


def close_month(
    month: Annotated[datetime | None, typer.Argument(formats=["%Y-%m"], help=help_of("month"))] = None,
    as_json: AsJson = False,
) -> None:
    with progress("points"):
        closed = months.close_month(SYSTEM, month.date() if month else None)
    answer(closed, as_json)


def settle_points(as_json: AsJson = False) -> None:
    with progress("points") as step:
        settled = settle_all(SYSTEM, on_step=lambda done: step(f"{done:,}"))
        settled += settle_pledges(SYSTEM, on_step=lambda done: step(f"{done:,}"))
    answer({"settled": settled}, as_json)
