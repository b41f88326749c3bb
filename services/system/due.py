"""What falls due by itself: looked for at the start, at the first moment of each Shanghai day, and every minute."""

import logging
from datetime import datetime
from threading import Event

from domain.clock import day_end, local_date, utc_now
from domain.errors import DatabaseAway
from domain.permissions import SYSTEM
from services.areas.planned_changes import apply_due
from services.system.installations import is_current

_log = logging.getLogger("linge.due")
_EVERY = 60.0


def watch(stop: Event) -> None:
    """Look until somebody says stop."""
    while not stop.wait(seconds_until_next_look(utc_now())):
        look()


def look(now: datetime | None = None) -> None:
    """Do what is due. Whatever goes wrong is logged, and the next look tries again."""
    try:
        if is_current():
            apply_due(SYSTEM, now)
    except DatabaseAway:
        _log.warning("what is due waits for the database")
    except Exception:
        _log.exception("what is due was not done")


def seconds_until_next_look(now: datetime) -> float:
    """A minute, or less where a Shanghai day ends before that."""
    return min(_EVERY, (day_end(local_date(now)) - now).total_seconds())
