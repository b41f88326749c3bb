"""A migrated database for each test, on SQLite and, where there is a server, on PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from db import migrating
from db.session import Database, use_database
from services.system.installations import forget_installation
from tests.built_towns import TownShelf
from tests.postgres import PostgresServer, find_server

# A busy machine is no fault of a property: no test is timed.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")

# Most of the time of a small commit is the wait for the disk, which no test is about: temporary files lie in memory
# where there is room for them (the variable names another folder).
MEMORY, ROOM = Path("/dev/shm"), 2_000_000_000
if "PYTEST_DEBUG_TEMPROOT" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer | None]:
    """The test server, started once; None where there is none (said in one line; under CI that is a failure)."""
    server = find_server()
    yield server
    if server is not None:
        server.stop()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    template = Database(f"sqlite:///{path}")
    migrating.upgrade(template)
    template.dispose()
    return path


@pytest.fixture(scope="session")
def built_towns(tmp_path_factory: pytest.TempPathFactory) -> TownShelf:
    """Demo towns, each built once for the whole run, by whichever worker asks first."""
    base = tmp_path_factory.getbasetemp()
    return TownShelf(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path, _sqlite_template: Path) -> Iterator[Database]:
    """An empty, migrated database in use by the services, on each kind."""
    if request.param == "sqlite":
        shutil.copy(_sqlite_template, tmp_path / "test.db")
        fresh = Database(f"sqlite:///{tmp_path / 'test.db'}")
    else:
        server = request.getfixturevalue("postgres")
        if server is None:
            if os.environ.get("CI") == "true":
                pytest.fail("PostgreSQL is missing, and under CI that is a failure")
            pytest.skip("no PostgreSQL server: set LINGE_TEST_POSTGRES_URL or install postgresql and postgis")
        fresh = Database(server.fresh_database())
    use_database(fresh)
    forget_installation()
    yield fresh
    use_database(None)
    forget_installation()
    fresh.dispose()


@pytest.fixture
def sqlite_db(tmp_path: Path, _sqlite_template: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database in use by the services, for tests that need no second kind."""
    shutil.copy(_sqlite_template, tmp_path / "test.db")
    fresh = Database(f"sqlite:///{tmp_path / 'test.db'}")
    use_database(fresh)
    forget_installation()
    yield fresh
    use_database(None)
    forget_installation()
    fresh.dispose()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data by others; the test is skipped where it is not beside the project."""
    if not SHARED.exists():
        pytest.skip("../shared/data is not beside this checkout")
    return SHARED


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes runs under CI, and where it is asked for: pytest -m slow."""
    if os.environ.get("CI") != "true" and "slow" not in (config.option.markexpr or ""):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip("slow: pytest -m slow runs it"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason why tests were left out: what was not tested, and how to get it."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        terminalreporter.write_line(f"not tested, {count} tests: {reason.removeprefix('Skipped: ')}")
