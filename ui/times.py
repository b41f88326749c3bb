"""Instants and lengths of time as people read them, in Asia/Shanghai and in the user's language."""

from datetime import datetime, timedelta

from domain.clock import local_date, to_local
from ui.i18n import t

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def clock_text(moment: datetime, *, seconds: bool = False) -> str:
    """`14:32`, with `seconds` 14:32:45."""
    return format(to_local(moment), "%H:%M:%S" if seconds else "%H:%M")


def day_text(moment: datetime, *, year: bool = False, weekday: bool = False) -> str:
    """`3月18日`, with `year` 2026年3月18日, with `weekday` 3月18日 星期三."""
    local = to_local(moment)
    month = t(f"look.month.{_MONTHS[local.month - 1]}")
    text = t("look.day.year" if year else "look.day", year=local.year, month=month, day=local.day)
    if not weekday:
        return text
    return t("look.day.weekday", day=text, weekday=t(f"look.weekday.{_WEEKDAYS[local.weekday()]}"))


def moment_text(moment: datetime, now: datetime) -> str:
    """`今天 16:12` on the day of `now`, else `3月17日 15:12`, with the year when it is another one."""
    if local_date(moment) == local_date(now):
        return t("look.today_at", clock=clock_text(moment))
    other_year = to_local(moment).year != to_local(now).year
    return f"{day_text(moment, year=other_year)} {clock_text(moment)}"


def length_text(length: timedelta, *, days: bool = True) -> str:
    """`46 分`, `3 小时 20 分`, `2 天 4 小时`: two units at most; under a minute counts as none, `0 分`.

    Without `days` hours run past 24, as sums of working hours must (30 小时 are not 1 天 6 小时 of work).
    """
    return " ".join(_units(length, days=days)[:2])


def short_length_text(length: timedelta) -> str:
    """The largest unit alone: `2 天`, `3 小时`, `46 分`."""
    return _units(length, days=True)[0]


def exact_length_text(length: timedelta, *, days: bool) -> str:
    """The same with every unit down to seconds, for terms that must add up: `7 小时 21 分 15 秒`."""
    return " ".join(_units(length, days=days, seconds=True))


def _units(length: timedelta, *, days: bool, seconds: bool = False) -> list[str]:
    minutes, rest = divmod(int(abs(length).total_seconds()), 60)
    whole_days = minutes // 1440 if days else 0
    counts = {"days": whole_days, "hours": minutes // 60 - 24 * whole_days, "minutes": minutes % 60}
    counts |= {"seconds": rest} if seconds else {}
    return [t(f"look.{unit}", n=n) for unit, n in counts.items() if n] or [t("look.minutes", n=0)]


def left_text(left: timedelta) -> str:
    """`剩 1 小时 40 分`, or `已超 46 分` once `left` is negative."""
    key = "look.over" if left < timedelta(0) else "look.left"
    return t(key, length=length_text(left))
