"""What happens before the first request."""

from pathlib import Path
from unittest.mock import patch

import pytest

from config import settings as config
from db import migrating
from db.queries.calendars import find_calendar_version
from db.session import Database, reading, use_database
from domain.permissions import EVERYWHERE
from services.clocks.calendars import CalendarWarning
from services.system import startup
from services.system.installations import forget_installation, is_current


@pytest.fixture(autouse=True)
def _clean() -> object:
    yield
    use_database(None)
    forget_installation()


def find_calendar() -> int | None:
    """The version of the filled calendar."""
    with reading(EVERYWHERE) as session:
        row = find_calendar_version(session)
        return row.version if row else None


def settings_with(**values: object) -> config.Settings:
    return config.Settings(**values)  # type: ignore[arg-type]


def test_a_demo_is_wanted_when_nothing_is_set_and_there_is_no_real_database(tmp_path: Path) -> None:
    with (
        patch.object(startup, "settings", lambda: settings_with(database_url=None, profile="wanli")),
        patch.object(startup, "REAL_DATABASE", tmp_path / "none.db"),
        patch.object(startup, "ensure_demo") as ensure,
    ):
        startup.prepare()
    assert ensure.call_args.args[0] == "wanli"


def test_an_empty_file_gets_its_schema_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'real.db'}"
    use_database(Database(url))
    with patch.object(startup, "settings", lambda: settings_with(database_url=url)):
        startup.prepare()
        assert is_current()
        with patch.object(migrating, "newest_revision", lambda: "9999"), patch.object(migrating, "upgrade") as upgrade:
            startup.prepare()
            assert not upgrade.called


def test_a_missing_year_is_said_at_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'real.db'}"
    use_database(Database(url))
    with (
        patch.object(startup, "settings", lambda: settings_with(database_url=url)),
        patch.object(startup, "calendar_warning", lambda: CalendarWarning((2031,))),
    ):
        startup.prepare()
    assert "2031" in capsys.readouterr().out
    assert find_calendar() == 1
