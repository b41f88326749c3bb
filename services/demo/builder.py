"""Build, check and reset a demo town.

A demo is built in a file of its own and then copied over the demo database in one step (SQLite's backup), so that a
running program sees either the old town or the new one. A database that holds records and is no demo is refused.
"""

import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from config.profiles import Profile, load_profile
from config.settings import demo_database_url
from db import migrating
from db.backup import copy_sqlite
from db.maintaining import analyse
from db.models import Area, Base, DictionaryRow, DictionaryVersion, Person, User
from db.queries.bulk import count_rows, follow_ids, insert_rows
from db.queries.installation import list_installation_values, set_installation_value
from db.queries.sessions import keep_sessions
from db.session import Database, database, reading
from domain.clock import day_end, local_date, utc_now
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.clocks.calendars import fill_calendar
from services.demo.activities import add_activities
from services.demo.clock_requests import add_clock_requests
from services.demo.corrections import add_corrections
from services.demo.grid_changes import plan_grid_changes
from services.demo.headline import HeadlineFigure, headline_figures
from services.demo.incidents import add_incidents, make_setting
from services.demo.past_grids import add_grid_changes
from services.demo.people import (
    Population,
    add_accounts,
    add_assignments,
    add_member_account,
    add_members,
    add_organisations,
    add_volunteers,
)
from services.demo.photos import add_photos
from services.demo.places import add_areas, add_base_map, add_stations
from services.demo.plan import town_of
from services.demo.pledges import add_pledges
from services.demo.plots import add_plots
from services.demo.points import add_points, close_months
from services.demo.present import cut_at
from services.demo.rotas import add_rotas
from services.demo.rows import Rows
from services.demo.talents import add_talents
from services.demo.visits import add_visits
from services.demo.work_items import add_work_items
from services.dictionaries.seeds import first_entries, first_version
from services.system.installations import current_installation, forget_installation

DEFAULT_SEED = 2026
Progress = Callable[[float, str], None]


class NotADemo(Refusal):
    """The database holds records that are not a demo's: nothing of a demo is written into it."""

    code = "not_a_demo"


@dataclass(frozen=True)
class DemoReport:
    """What was built."""

    profile: str
    scale: str
    seed: int
    day: date
    digest: str
    counts: dict[str, int]
    headline: list[HeadlineFigure]


def build_demo(
    profile_key: str,
    *,
    seed: int = DEFAULT_SEED,
    scale: str | None = None,
    now: datetime | None = None,
    target: Database | None = None,
    progress: Progress | None = None,
) -> DemoReport:
    """Build the town of a profile into its demo database (or ``target``), replacing the town that was there.

    ``now`` is the demo's present (default: the real one). Raises NotADemo for a database with other records.
    """
    target = target or Database(demo_database_url(profile_key))
    _refuse_real(target)
    now = now or utc_now()
    profile = load_profile(profile_key)
    rows = _gather(profile, scale, seed, day_end(local_date(now)) - timedelta(seconds=1), progress)
    digest = rows.digest()
    cut_at(rows, profile, now)
    add_points(rows, profile, seed)
    counts = {model.__tablename__: len(found) for model, found in rows.tables.items()}
    size = scale or profile.town.scale().key
    figures = headline_figures(profile, rows)
    report = DemoReport(profile_key, size, seed, local_date(now), digest, counts, figures)
    _replace(target, report, now, rows)
    forget_installation()
    return report


def _replace(target: Database, report: DemoReport, now: datetime, rows: Rows) -> None:
    if not target.is_sqlite:
        _write(target, report, now, rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        draft = Database(f"sqlite:///{Path(folder) / 'draft.db'}")
        try:
            _write(draft, report, now, rows)
            keep_sessions(target, draft)
            copy_sqlite(draft, target)
        finally:
            draft.dispose()


def _refuse_real(target: Database) -> None:
    if migrating.present_revision(target) is None:
        return
    with target.reading(EVERYWHERE) as session:
        is_demo = list_installation_values(session).get("demo") == "1"
        holds = any(count_rows(session, model) for model in (User, Area, Person))
    # On PostgreSQL a demo is not replaced in place: its append-only tables cannot be emptied.
    if holds and not (is_demo and target.is_sqlite):
        raise NotADemo(database=target.shown_url)


def _gather(profile: Profile, scale: str | None, seed: int, now: datetime, progress: Progress | None) -> Rows:
    say = progress or (lambda share, step: None)
    size = profile.town.scale(scale)
    town = town_of(profile, size, seed, lambda share, step: say(share * 0.5, step))
    rows, day = Rows(now), local_date(now)
    rng = random.Random(f"{profile.key}/{size.key}/{seed}")  # noqa: S311  invented data, not secrets
    area_ids = add_areas(rows, profile, size, town.areas, day)
    changes = plan_grid_changes(rows, profile, day)
    add_base_map(rows, town)
    rows.tables[DictionaryVersion].append(first_version(profile, now - timedelta(days=400)))
    for columns in first_entries(profile):
        rows.add(DictionaryRow, **columns)
    add_stations(rows, profile, town, area_ids, day)
    say(0.6, "people")
    population = Population(rows, profile, rng, day)
    add_organisations(population)
    members = add_members(population)
    add_assignments(population, members)
    add_accounts(population)
    add_member_account(population)
    add_volunteers(population)
    add_work_items(rows, population.staff.departments[0], now, day)
    say(0.7, "incidents")
    setting = make_setting(profile, population.staff, area_ids, rows.of(Area), now, changes)
    add_incidents(rows, setting, town.addresses, size.incidents_per_year.value, rng)
    add_clock_requests(rows, setting, rng)
    say(0.85, "activities")
    add_activities(rows, profile, population.staff, now, rng)
    add_corrections(rows, population.staff, now)
    add_pledges(rows, population.staff, now, random.Random(f"{profile.key}/{size.key}/{seed}/pledges"))  # noqa: S311
    add_visits(rows, profile, population.staff, now, random.Random(f"{profile.key}/{size.key}/{seed}/visits"))  # noqa: S311
    add_talents(rows, profile, now, random.Random(f"{profile.key}/{size.key}/{seed}/talents"))  # noqa: S311
    add_plots(rows, profile, population.staff, now, random.Random(f"{profile.key}/{size.key}/{seed}/plots"))  # noqa: S311
    add_photos(rows)
    add_rotas(rows, population.staff, now, random.Random(f"{profile.key}/{size.key}/{seed}/rotas"))  # noqa: S311
    add_grid_changes(rows, changes, population.staff.administrator[0])
    say(0.9, "write")
    return rows


def _write(target: Database, report: DemoReport, now: datetime, rows: Rows) -> None:
    migrating.upgrade(target)
    with target.transaction(EVERYWHERE) as session:
        for model in _in_order(rows):
            insert_rows(session, model, rows.of(model))
        follow_ids(session)
        fill_calendar(session, now)
        close_months(session, now)
        facts = {
            "profile": report.profile, "demo": "1", "seed": str(report.seed), "built_at": now.isoformat(),
            "digest": report.digest, "headline": json.dumps([asdict(figure) for figure in report.headline]),
        }  # fmt: skip
        for key, value in facts.items():
            set_installation_value(session, key, value)
    analyse(target)


def _in_order(rows: Rows) -> list[type[Base]]:
    order = {table.name: number for number, table in enumerate(Base.metadata.sorted_tables)}
    return sorted(rows.tables, key=lambda model: order[model.__tablename__])


@dataclass(frozen=True)
class DemoDescription:
    """The demo in use: when and from which seed it was built, and its headline figures."""

    built_at: datetime
    seed: int
    digest: str
    headline: list[HeadlineFigure]


def describe_demo(actor: Actor) -> DemoDescription | None:
    """What the demo in use holds; None in a real installation."""
    require(actor, Permission.DEMO_RESET)
    with reading(EVERYWHERE) as session:
        values = list_installation_values(session)
    if values.get("demo") != "1":
        return None
    figures = [HeadlineFigure(**figure) for figure in json.loads(values["headline"])]
    return DemoDescription(datetime.fromisoformat(values["built_at"]), int(values["seed"]), values["digest"], figures)


def ensure_demo(profile_key: str, progress: Progress | None = None, now: datetime | None = None) -> DemoReport | None:
    """Build the demo where it is missing, of an older schema, or of an earlier day; None when it is there."""
    target = Database(demo_database_url(profile_key))
    try:
        if migrating.present_revision(target) == migrating.newest_revision():
            with target.reading(EVERYWHERE) as session:
                built = list_installation_values(session).get("built_at")
            if built and utc_now() < day_end(local_date(datetime.fromisoformat(built))):
                return None
        return build_demo(profile_key, target=target, progress=progress, now=now)
    finally:
        target.dispose()


def reset_demo(actor: Actor, progress: Progress | None = None) -> DemoReport:
    """Build the demo in use anew with its own seed. Refused (NotADemo) in a real installation."""
    require(actor, Permission.DEMO_RESET)
    installation = current_installation()
    if not installation.is_demo:
        raise NotADemo(database=database().shown_url)
    return build_demo(
        installation.profile, seed=installation.seed or DEFAULT_SEED, target=database(), progress=progress
    )
