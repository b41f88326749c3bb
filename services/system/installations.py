"""What this database is: which profile it serves, demo or real."""

from dataclasses import dataclass

from config.profiles import Profile, load_profile
from config.settings import settings
from db import migrating
from db.queries.areas import find_top_area
from db.queries.installation import list_installation_values, set_installation_value
from db.queries.layers import list_layer_versions
from db.session import Database, database, reading
from domain.clock import utc_now
from domain.permissions import EVERYWHERE
from services.dictionaries.seeds import seed_dictionary

_known: dict[str, "Installation"] = {}


@dataclass(frozen=True)
class Installation:
    """The facts that every screen needs."""

    profile: str
    is_demo: bool
    seed: int | None
    built_at: str | None
    street: str  # name of the top area, "" before there is one


def current_installation() -> Installation:
    """The facts of the database in use; kept until ``forget_installation``."""
    url = database().url
    if url not in _known:
        _known[url] = _read()
    return _known[url]


def forget_installation() -> None:
    """Read the facts anew at the next call (after a demo was built or areas were imported)."""
    _known.clear()


def _read() -> Installation:
    with reading(EVERYWHERE) as session:
        values = list_installation_values(session)
        top = find_top_area(session)
    return Installation(
        profile=values.get("profile", settings().profile),
        is_demo=values.get("demo") == "1",
        seed=int(values["seed"]) if "seed" in values else None,
        built_at=values.get("built_at"),
        street=top.name if top else "",
    )


def current_profile() -> Profile:
    """The profile of the database in use."""
    return load_profile(current_installation().profile)


def layer_versions() -> dict[str, int]:
    """Layer of the map → version, for ETags."""
    with reading(EVERYWHERE) as session:
        return list_layer_versions(session)


def migrate(target: Database | None = None) -> str:
    """Bring the database to the newest schema; a new one gets its profile and that profile's dictionary.

    Returns the revision.
    """
    target = target or database()
    revision = migrating.upgrade(target)
    with target.transaction(EVERYWHERE) as session:
        if "profile" not in list_installation_values(session):
            set_installation_value(session, "profile", settings().profile)
        profile = list_installation_values(session)["profile"]
        seed_dictionary(session, load_profile(profile), utc_now())
    forget_installation()
    return revision


def is_current(target: Database | None = None) -> bool:
    """Whether the database has the newest schema. Raises DatabaseAway when it does not answer."""
    return migrating.present_revision(target or database()) == migrating.newest_revision()


def is_new() -> bool:
    """Whether the database in use has no schema at all. Raises DatabaseAway when it does not answer."""
    return migrating.present_revision(database()) is None
