"""邻格 Linge: the operator's command line. Every command is a thin layer over services; ``--help`` explains each.

Exit status: 0 done, 1 refused or nothing usable, 2 wrong options. Figures go to standard output (JSON with ``--json``),
progress and messages to standard error, in the language of LANG.
"""

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.settings import REAL_DATABASE, settings, terminal_languages
from config.texts import refusal_text, text
from db import migrating
from db.session import Database, database, use_database
from domain.errors import Refusal
from domain.periods import Period
from domain.permissions import SYSTEM
from services import demo
from services.accounts import users
from services.areas import applying as area_apply
from services.areas import change_views as area_change_views
from services.areas import checks as area_checks
from services.areas import exporting as area_export
from services.areas import importing as area_import
from services.areas import locating, locating_files, planned_changes
from services.areas import register as areas
from services.areas.plan import ImportChoices, ImportPlan
from services.dictionaries import importing as dictionary_import
from services.indicators import measuring as indicators
from services.indicators import tables as indicator_tables
from services.lists import files as list_files
from services.orders import importing as order_import
from services.orders import mapping as order_mapping
from services.orders import plan as order_plan
from services.orders import refusals as order_refusals
from services.people import volunteer_import
from services.pledges import earning as pledges_earning
from services.points import earning as points_earning
from services.points import expiry as points_expiry
from services.points import months as points_months
from services.shop import codes as shop_codes
from services.shop import waits as shop_waits
from services.stations import importing as stations_import
from services.stations.plan import StationChoices, StationPlan
from services.system import installations, maintenance, retention
from web import assets as browser_assets

LANGUAGES = terminal_languages()
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def said(key: str, **values: object) -> str:
    """A text in the terminal's language, or in both where it names none."""
    return " / ".join(dict.fromkeys(text(language, key, **values) for language in LANGUAGES))


def help_of(key: str) -> str:
    """The help of a command or option, in one language."""
    return text(LANGUAGES[0], f"cli.{key}")


app = typer.Typer(help=help_of("help"), no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
user_app = typer.Typer(help=help_of("users"), no_args_is_help=True)
app.add_typer(user_app, name="users")
points_app = typer.Typer(help=help_of("points"), no_args_is_help=True)
app.add_typer(points_app, name="points")

AsJson = Annotated[bool, typer.Option("--json", help=help_of("json"))]
Level = Annotated[str | None, typer.Option(help=help_of("level"))]
OnDay = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help=help_of("areas_day"))]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=help_of("files"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=help_of("dry_run"))]
Datum = Annotated[str, typer.Option(help=help_of("datum"))]
Placeholders = Literal["", "keep", "drop"]
Encoding = Annotated[str, typer.Option(help=help_of("encoding"))]
Field = functools.partial(typer.Option, metavar="FIELD")


class NotMigrated(Refusal):
    """The database has an older schema than the program."""

    code = "not_migrated"


class DemoDatabase(Refusal):
    """Without a setting the demo town is in use: real records do not belong there."""

    code = "demo_database"


class NothingUsable(Refusal):
    """Every row of the file was refused."""

    code = "nothing_usable"


def command(
    target: typer.Typer, name: str, key: str, needs_database: bool = True, **click_settings: Any
) -> Callable[..., Any]:
    """Register a command whose refusals become one message and exit status 1."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                if needs_database:
                    _ready()
                function(*args, **kwargs)
            except (Refusal, browser_assets.AssetBuildFailed) as refusal:
                _refuse(refusal, bool(kwargs.get("as_json")))

        return target.command(name, help=help_of(key), context_settings=click_settings)(run)

    return register


def _refuse(refusal: Exception, as_json: bool) -> None:
    message, code = str(refusal), "failed"
    if isinstance(refusal, Refusal):
        message, code = " / ".join(dict.fromkeys(refusal_text(one, refusal) for one in LANGUAGES)), refusal.code
    if as_json and not isinstance(refusal, NothingUsable):  # then the answer stands there already
        print(json.dumps({"error": {"code": code, "text": message}}, ensure_ascii=False))
    errors.print(message, style="bold red", markup=False)
    raise typer.Exit(1)


def _ready() -> None:
    """An empty database gets its schema; an older one is the operator's to upgrade."""
    revision = migrating.present_revision(database())
    if revision is None:
        installations.migrate()
    elif revision != migrating.newest_revision():
        raise NotMigrated()


def _refuse_demo() -> None:
    if not settings().database_url and installations.current_installation().is_demo:
        raise DemoDatabase()


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
        return
    out = Console(highlight=False, soft_wrap=True)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        table = Table(*value[0])
        for row in value:
            table.add_row(*("" if cell is None else str(cell) for cell in row.values()))
        out.print(table)
        return
    for name, item in value.items() if isinstance(value, dict) else []:
        listed = isinstance(item, list) and item
        out.print(f"{name}: {len(item) if listed else item}", markup=False)
        for entry in item[:20] if listed else []:
            shown = " · ".join(f"{k} {v}" for k, v in entry.items()) if isinstance(entry, dict) else str(entry)
            out.print(f"  {shown}", markup=False)


@contextmanager
def progress(key: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what is being done and for how long; yields a setter of its detail."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as shown:
        task = shown.add_task(said(f"cli.doing.{key}"))
        yield lambda detail: shown.update(task, description=f"{said(f'cli.doing.{key}')} {detail}")


@command(app, "migrate", "migrate", needs_database=False)
def migrate(as_json: AsJson = False) -> None:
    if not settings().database_url:
        use_database(
            Database(f"sqlite:///{REAL_DATABASE}")
        )  # a real installation begins here, never in the demo's file
    answer({"revision": installations.migrate(), "database": database().shown_url}, as_json)


@command(app, "import-areas", "import_areas")
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
    _refuse_demo()
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
        for refused in plan.refused[:20]:
            errors.print(said(f"areas.refused.{refused.reason}", row=refused.row, detail=refused.detail), markup=False)
        for warning in plan.warnings:
            errors.print(said(warning.code, **warning.shown()), markup=False)
    if plan.is_empty:
        raise NothingUsable()


@command(app, "import-stations", "import_stations")
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
    _refuse_demo()
    choices = StationChoices(name, kind, code, address, phone, area, lon, lat, layer, datum, encoding)
    with progress("import"):
        plan = stations_import.plan_station_import(SYSTEM, files, choices)
        if not dry_run:
            stations_import.apply_station_import(SYSTEM, plan)
    _answer_plan(plan, dry_run, as_json)


@command(app, "import-volunteers", "import_volunteers")
def import_volunteers(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_of("table"))],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    _refuse_demo()
    with progress("import"):
        plan = volunteer_import.plan_volunteer_import(SYSTEM, file.name, file.read_bytes())
        if not dry_run:
            volunteer_import.apply_volunteer_import(SYSTEM, plan)
    for bad in plan.refused[:20] if not as_json else ():
        words = said(f"volunteer_import.refused.{bad.reason}", detail=bad.detail)
        errors.print(said("volunteer_import.line", row=bad.row, name=bad.name, words=words), markup=False)
    found = plan.as_dict() | {"dry_run": dry_run}
    answer(found if as_json else found | {"refused": len(plan.refused)}, as_json)


@command(app, "import-incidents", "import_incidents")
def import_incidents(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_of("table"))],
    mapping: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=help_of("mapping"))] = None,
    source: Annotated[str | None, typer.Option(help=help_of("source"))] = None,
    datum: Datum = "auto",
    placeholder: Annotated[Placeholders, typer.Option(help=help_of("placeholder"))] = "",
    refused: Annotated[Path | None, typer.Option(dir_okay=False, help=help_of("refused_rows"))] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    _refuse_demo()
    said_mapping = order_mapping.parse_mapping(mapping.name, mapping.read_bytes()) if mapping else None
    choices = order_plan.OrderChoices(said_mapping, source, datum, placeholder)
    report = None
    with progress("import_orders") as step:

        def shown(now: str, done: int, of: int) -> None:
            step(said(f"orders.step.{now}") + (f" {done:,} / {of:,}" if of else ""))

        plan = order_import.plan_order_import(SYSTEM, file.name, file.read_bytes(), choices, on_step=shown)
        if not dry_run:
            report = order_import.apply_order_import(SYSTEM, plan, on_step=shown)
    _answer_orders(plan, report, refused, as_json)


def _answer_orders(
    plan: order_plan.OrderPlan, report: order_plan.OrderReport | None, refused: Path | None, as_json: bool
) -> None:
    found = plan.as_dict() | {"dry_run": report is None} | (report.as_dict() if report else {})
    if plan.refused and (refused or report):
        target = refused or Path(f"{Path(plan.table.name).stem}-refused.xlsx")
        kind = list_files.ListFormat(target.suffix.lstrip(".").lower() or "xlsx")
        target.write_bytes(order_refusals.refused_rows_file(plan, LANGUAGES[0], kind))
        found["refused_file"] = str(target)
    if as_json:
        answer(found, as_json)
    else:
        listed = ("refused", "warnings", "columns", "placeholders", "differences", "conflicts")
        answer({name: len(value) if name in listed else value for name, value in found.items()}, as_json)
        for row in plan.refused[:20]:
            errors.print(f"{row.row}: {order_refusals.refusal_words(row, LANGUAGES[0])}", markup=False)
        for warning in plan.warnings:
            errors.print(said(warning.code, **warning.values), markup=False)
        for place in plan.placeholders:
            errors.print(said("orders.placeholder", **vars(place)), markup=False)
    if not plan.orders:
        raise NothingUsable()


@command(app, "export-areas", "export_areas")
def export_areas(
    out: Annotated[Path, typer.Argument(dir_okay=False, help=help_of("out"))],
    format: Annotated[str | None, typer.Option(help=help_of("format"))] = None,
    level: Level = None,
    day: OnDay = None,
    as_json: AsJson = False,
) -> None:
    with progress("export"):
        on = day.date() if day else None
        report = area_export.export_areas(SYSTEM, format or out.suffix.lstrip(".").lower(), level, out, day=on)
    answer(report, as_json)


@command(app, "check-areas", "check_areas")
def check_areas(level: Level = None, as_json: AsJson = False) -> None:
    with progress("check"):
        findings = area_checks.check_areas(SYSTEM, level)
    answer(findings.as_dict(), as_json)


@command(app, "areas", "areas")
def list_areas(level: Level = None, day: OnDay = None, as_json: AsJson = False) -> None:
    names = ("code", "name", "level", "parent", "households", "area_m2", "parts")
    found = areas.list_areas(SYSTEM, level, day.date() if day else None)
    answer([{name: getattr(area, name) for name in names} for area in found], as_json)


@command(app, "area-changes", "area_changes")
def list_area_changes(as_json: AsJson = False) -> None:
    answer(area_change_views.list_area_changes(SYSTEM), as_json)


@command(app, "apply-area-changes", "apply_area_changes")
def apply_area_changes(as_json: AsJson = False) -> None:
    report = planned_changes.apply_due(SYSTEM)
    answer(report, as_json)
    raise typer.Exit(1 if report.refused else 0)


@command(app, "locate", "locate", ignore_unknown_options=True)  # a longitude may begin with a minus
def locate(
    lon: Annotated[float, typer.Argument(help=help_of("lon_value"))],
    lat: Annotated[float, typer.Argument(help=help_of("lat_value"))],
    datum: Datum = "wgs84",
    as_json: AsJson = False,
) -> None:
    answer(locating.locate(SYSTEM, lon, lat, datum), as_json)


@command(app, "locate-file", "locate_file")
def locate_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_of("table"))],
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


@command(user_app, "list", "users_list")
def list_users(as_json: AsJson = False) -> None:
    answer(users.list_accounts(SYSTEM), as_json)


@command(user_app, "add", "users_add")
def add_user(
    username: str,
    role: Annotated[str, typer.Argument(help=help_of("role"))],
    name: Annotated[str | None, typer.Option(help=help_of("person"))] = None,
    area: Annotated[str | None, typer.Option(help=help_of("user_area"))] = None,
    as_json: AsJson = False,
) -> None:
    _refuse_demo()
    answer(users.add_user(SYSTEM, users.UserForm(username, name or username, role, _password(), area)), as_json)


@command(user_app, "passwd", "users_passwd")
def change_password(username: str) -> None:
    users.set_password(SYSTEM, username, _password())


@command(user_app, "disable", "users_disable")
def disable_user(username: str, as_json: AsJson = False) -> None:
    answer(users.set_active(SYSTEM, username, False), as_json)


@command(user_app, "enable", "users_enable")
def enable_user(username: str, as_json: AsJson = False) -> None:
    answer(users.set_active(SYSTEM, username, True), as_json)


def _password() -> str:
    """From the keyboard twice, unseen; or one line of standard input, so that no password stands in a command."""
    if sys.stdin.isatty():
        return typer.prompt(said("cli.password"), hide_input=True, confirmation_prompt=True, err=True)
    return sys.stdin.readline().rstrip("\r\n")


@command(app, "backup", "backup")
def backup(path: Annotated[Path, typer.Argument(help=help_of("backup_file"))], as_json: AsJson = False) -> None:
    with progress("backup"):
        report = maintenance.back_up(SYSTEM, path)
    answer(report, as_json)


@command(app, "restore", "restore", needs_database=False)
def restore(
    path: Annotated[Path, typer.Argument(help=help_of("backup_file"))],
    force: Annotated[bool, typer.Option("--force", help=help_of("force"))] = False,
    as_json: AsJson = False,
) -> None:
    with progress("restore"):
        report = maintenance.restore(SYSTEM, path, force)
    answer(report, as_json)


@command(app, "purge", "purge")
def purge(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    with progress("purge") as step:
        report = retention.purge_contacts(SYSTEM, dry_run, on_step=lambda done: step(f"{done:,}"))
    answer(report, as_json)


@command(points_app, "expire", "points_expire")
def expire_points(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    with progress("points"):
        report = points_expiry.expire_points(SYSTEM, dry_run)
        told = 0 if dry_run else shop_waits.tell_all(SYSTEM)
        if not dry_run:
            shop_codes.forget_codes(SYSTEM)
    answer(plain(report) | {"told": told}, as_json)


@command(points_app, "close-month", "points_close_month")
def close_month(
    month: Annotated[datetime | None, typer.Argument(formats=["%Y-%m"], help=help_of("month"))] = None,
    as_json: AsJson = False,
) -> None:
    with progress("points"):
        closed = points_months.close_month(SYSTEM, month.date() if month else None)
    answer(closed, as_json)


@command(points_app, "settle", "points_settle")
def settle_points(as_json: AsJson = False) -> None:
    with progress("points") as step:
        settled = points_earning.settle_all(SYSTEM, on_step=lambda done: step(f"{done:,}"))
        settled += pledges_earning.settle_pledges(SYSTEM, on_step=lambda done: step(f"{done:,}"))
    answer({"settled": settled}, as_json)


@command(app, "verify", "verify", needs_database=False)
def verify(as_json: AsJson = False) -> None:
    with progress("verify") as step:
        report = maintenance.verify(SYSTEM, step)
    answer(report, as_json)
    raise typer.Exit(0 if report.ok else 1)


@command(app, "import-dictionary", "dictionary_import")
def import_dictionary(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=help_of("table"))],
    note: Annotated[str, typer.Option(help=help_of("dictionary_note"))] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    _refuse_demo()
    with progress("dictionary"):
        plan = dictionary_import.plan_dictionary_import(SYSTEM, file.name, file.read_bytes())
    for bad in plan.bad[:20]:
        words = said(f"dictionary.bad.{bad.reason}", detail=bad.detail)
        errors.print(said("dictionary.row", row=bad.row, words=words), markup=False)
    made = None if dry_run else dictionary_import.apply_dictionary_import(SYSTEM, plan, note)
    answer(plan.as_dict() | {"dry_run": dry_run, "version": made.number if made else plan.base}, as_json)


@command(app, "indicators", "indicators")
def print_indicators(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help=help_of("indicators_from"))],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help=help_of("indicators_to"))],
    by: Annotated[str, typer.Option(help=help_of("indicators_by"))] = "community",
    as_json: AsJson = False,
) -> None:
    table = indicator_tables.as_plain(indicators.measure(SYSTEM, Period(first.date(), last.date()), by), LANGUAGES[0])
    answer(table if as_json else indicator_tables.as_lines(table, LANGUAGES[0]), as_json)


@command(app, "assets", "assets", needs_database=False)
def assets() -> None:
    browser_assets.build_assets(lambda line: errors.print(line, markup=False))


@command(app, "demo", "demo", needs_database=False)
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


if __name__ == "__main__":
    app()
