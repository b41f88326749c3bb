"""What the operator reads: texts in the language of LANG, results as tables or JSON, progress on standard error."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.settings import terminal_languages
from config.texts import refusal_text, text
from domain.errors import Refusal

LANGUAGES = terminal_languages()
MOST_ENTRIES = 20  # of a list within a result, without --json
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def said(key: str, **values: object) -> str:
    """A text in the terminal's language, or in both where it names none."""
    return " / ".join(dict.fromkeys(text(one, key, **values) for one in LANGUAGES))


def refusal_words(refusal: Refusal) -> str:
    """Why it was refused, as ``said`` says a text."""
    return " / ".join(dict.fromkeys(refusal_text(one, refusal) for one in LANGUAGES))


def language() -> str:
    """The one language of help, of tables and of files."""
    return LANGUAGES[0]


def help_of(key: str) -> str:
    """The help of a command or option."""
    return text(language(), f"cli.{key}")


def warn(words: str) -> None:
    """A line on standard error."""
    errors.print(words, markup=False)


def plain(value: Any) -> Any:
    """Values of services as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def answer(value: Any, as_json: bool) -> None:
    """Print a result: JSON for programs, else a table of a list or lines of name and value."""
    value = plain(value)
    if as_json:
        print(json.dumps(value, ensure_ascii=False, default=str))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        _print_table(value)
    elif isinstance(value, dict):
        _print_lines(value)


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row.values()))
    _output().print(table)


def _print_lines(values: dict[str, Any]) -> None:
    out = _output()
    for name, item in values.items():
        listed = isinstance(item, list) and item
        out.print(f"{name}: {len(item) if listed else item}", markup=False)
        for entry in item[:MOST_ENTRIES] if listed else []:
            shown = " · ".join(f"{k} {v}" for k, v in entry.items()) if isinstance(entry, dict) else str(entry)
            out.print(f"  {shown}", markup=False)


def _output() -> Console:
    return Console(highlight=False, soft_wrap=True)


@contextmanager
def progress(key: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is being done and for how long; yields a setter of its detail."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as shown:
        task = shown.add_task(said(f"cli.doing.{key}"))
        yield lambda detail: shown.update(task, description=f"{said(f'cli.doing.{key}')} {detail}")
