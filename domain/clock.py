"""Time: stored in UTC, read in Asia/Shanghai (feature N7)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The present instant, aware, in UTC, without microseconds."""
    return datetime.now(UTC).replace(microsecond=0)


def to_local(moment: datetime) -> datetime:
    """The same instant on a Shanghai clock. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on a clock")
    return moment.astimezone(LOCAL)


def local_date(moment: datetime) -> date:
    """The Shanghai calendar day of an instant: 23:30 stays on its date."""
    return to_local(moment).date()


def day_start(day: date) -> datetime:
    """The first instant of a Shanghai day, in UTC."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The first instant after a Shanghai day, in UTC."""
    return day_start(day + timedelta(days=1))


def from_local(day: date, clock: time) -> datetime:
    """A Shanghai wall-clock time as an instant in UTC."""
    return datetime.combine(day, clock, LOCAL).astimezone(UTC)
