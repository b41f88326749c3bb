"""What happens before the first request."""

from config.settings import REAL_DATABASE, settings
from config.texts import DEFAULT_LANGUAGE, text
from db.maintaining import tend
from db.session import database
from services.clocks.calendar_edits import add_known_years
from services.clocks.calendars import calendar_warning
from services.demo import ensure_demo
from services.system.due import look
from services.system.installations import is_current, is_new, migrate


def prepare() -> None:
    """Bring the database up to date where that is safe.

    A demo is built when it is missing, and an empty SQLite file gets its schema. A real database that holds a schema
    is never upgraded behind the operator's back: ``manage.py migrate`` does that, and the sign-in page says so.
    """
    if _wants_demo():
        ensure_demo(settings().profile, _say)
    elif database().is_sqlite and is_new():
        migrate()
    if is_current():
        add_known_years()
        tend(database())
        _warn()
        look()  # what fell due while the program was down


def _warn() -> None:
    """The calendar's missing years, on the console as well: without them deadlines are counted wrongly."""
    if warning := calendar_warning():
        print(text(DEFAULT_LANGUAGE, "work_calendar.missing", years=", ".join(map(str, warning.years))), flush=True)


def _say(share: float, step: str) -> None:
    """One line a step on the console: the first start takes a while and must not look dead."""
    words = text(DEFAULT_LANGUAGE, f"demo.step.{step}")
    print(text(DEFAULT_LANGUAGE, "demo.building", share=f"{share:.0%}", step=words), flush=True)


def _wants_demo() -> bool:
    return not settings().database_url and not REAL_DATABASE.exists()
