"""Bring a database to the newest schema, and say where it stands."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db.engine import writing
from db.migrations_filter import include
from db.models import Base
from db.session import Database, refusals

SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(target: Database) -> str:
    """Run the missing migrations in one transaction; returns the revision reached."""
    with writing(target.engine).begin() as connection:
        command.upgrade(_config(connection), "head")
    return newest_revision()


def newest_revision() -> str:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def list_revisions() -> list[str]:
    """Every revision that this program knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def present_revision(target: Database) -> str | None:
    """The revision of a database; None when it is empty."""
    with refusals(), target.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def list_differences(target: Database) -> list[object]:
    """What the models have and the database has not, or the other way round; empty when they agree."""
    with target.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include})
        return list(compare_metadata(context, Base.metadata))
