"""How a command runs: the database made ready before it, a refusal said in words after it, the exit status."""

import functools
import json
from collections.abc import Callable
from typing import Any

import typer

from commands.terminal import errors, help_of, refusal_words
from config.settings import settings
from domain.errors import Refusal
from services.system import installations
from web.assets import AssetBuildFailed


class NotMigrated(Refusal):
    """The database has an older schema than the program."""

    code = "not_migrated"


class DemoDatabase(Refusal):
    """Without a setting the demo town is in use: real records do not belong there."""

    code = "demo_database"


class NothingUsable(Refusal):
    """Every row of the file was refused."""

    code = "nothing_usable"


def add_command(
    group: typer.Typer,
    name: str,
    key: str,
    function: Callable[..., None],
    needs_database: bool = True,
    **click_settings: Any,
) -> None:
    """Register ``function`` as the command ``name``; ``cli.<key>`` is its help; ``click_settings`` are for click.

    A refusal becomes one message (and one JSON object with ``--json``) and exit status 1.
    """

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            if needs_database:
                _ready()
            function(*args, **kwargs)
        except (Refusal, AssetBuildFailed) as refusal:
            _refuse(refusal, bool(kwargs.get("as_json")))

    group.command(name, help=help_of(key), context_settings=click_settings)(run)


def _ready() -> None:
    """An empty database gets its schema; an older one is the operator's to upgrade."""
    if installations.is_new():
        installations.migrate()
    elif not installations.is_current():
        raise NotMigrated()


def _refuse(refusal: Exception, as_json: bool) -> None:
    message, code = str(refusal), "failed"
    if isinstance(refusal, Refusal):
        message, code = refusal_words(refusal), refusal.code
    if as_json and not isinstance(refusal, NothingUsable):  # then the answer stands there already
        print(json.dumps({"error": {"code": code, "text": message}}, ensure_ascii=False))
    errors.print(message, style="bold red", markup=False)
    raise typer.Exit(1)


def refuse_demo() -> None:
    """Raises DemoDatabase where the demo town is in use because no database was set."""
    if not settings().database_url and installations.current_installation().is_demo:
        raise DemoDatabase()
