"""The program and its database: schema, demo town, backup, checks, what is erased, the browser's scripts."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, DryRun
from commands.terminal import answer, help_of, progress, warn
from config.settings import REAL_DATABASE, settings
from db.session import Database, database, use_database
from domain.permissions import SYSTEM
from services import demo
from services.system import installations, maintenance, retention
from web.assets import build_assets


def migrate(as_json: AsJson = False) -> None:
    if not settings().database_url:
        # a real installation begins here, never in the demo's file
        use_database(Database(f"sqlite:///{REAL_DATABASE}"))
    answer({"revision": installations.migrate(), "database": database().shown_url}, as_json)


def assets() -> None:
    build_assets(warn)


def build_demo(
    profile: Annotated[str, typer.Argument(help=help_of("profile"))],
    seed: Annotated[int, typer.Option(help=help_of("seed"))] = 2026,
    scale: Annotated[str | None, typer.Option(help=help_of("scale"))] = None,
    as_json: AsJson = False,
) -> None:
    target = database() if settings().database_url else None
    with progress("demo") as step:
        report = demo.build_demo(
            profile, seed=seed, scale=scale, target=target, progress=lambda share, what: step(f"{share:.0%} {what}")
        )
    answer(report, as_json)


def backup(path: Annotated[Path, typer.Argument(help=help_of("backup_file"))], as_json: AsJson = False) -> None:
    with progress("backup"):
        report = maintenance.back_up(SYSTEM, path)
    answer(report, as_json)


def restore(
    path: Annotated[Path, typer.Argument(help=help_of("backup_file"))],
    force: Annotated[bool, typer.Option("--force", help=help_of("force"))] = False,
    as_json: AsJson = False,
) -> None:
    with progress("restore"):
        report = maintenance.restore(SYSTEM, path, force)
    answer(report, as_json)


def purge(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    with progress("purge") as step:
        report = retention.purge_contacts(SYSTEM, dry_run, on_step=lambda done: step(f"{done:,}"))
    answer(report, as_json)


def verify(as_json: AsJson = False) -> None:
    with progress("verify") as step:
        report = maintenance.verify(SYSTEM, step)
    answer(report, as_json)
    raise typer.Exit(0 if report.ok else 1)
