"""The golden table of deadlines, golden_clocks.csv: counted by hand, in words that a street officer can check."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from config.calendar import CalendarDay, build_calendar, days_of
from domain.clock import from_local, to_local
from domain.clock_requests import ExtensionTooLate, refuse_late_extension
from domain.clock_runs import Run
from domain.clocks import ClockKind, Limit, Pause
from domain.hours import parse_windows

TABLE = Path(__file__).with_name("golden_clocks.csv")
UNITS = {
    "紧急工作时": ClockKind.EMERGENCY_HOUR, "工作时": ClockKind.WORKING_HOUR, "工作日": ClockKind.WORKING_DAY,
    "自然日": ClockKind.CALENDAR_DAY,
}  # fmt: skip
# The table holds by the schedules of these years and these hours, whatever the packages learn later.
DAYS: list[CalendarDay] = [day for year in (2025, 2026) for day in days_of(year)]
CALENDAR = build_calendar(parse_windows("08:30-12:00, 14:00-17:30"), DAYS, (2025, 2026))


@dataclass(frozen=True)
class Golden:
    """One row."""

    name: str
    run: Run
    asked_at: datetime | None
    more: float
    accepted: bool
    due_at: datetime
    unknown_years: tuple[int, ...]


def moment(text: str) -> datetime:
    """``2026-03-20 17:30 周五``: the weekday is checked, since who reads the table relies on it."""
    day, clock, weekday = text.split()
    found = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M")  # noqa: DTZ007  a wall-clock text of the table
    assert weekday == f"周{'一二三四五六日'[found.weekday()]}", text
    return from_local(found.date(), found.time())


def golden(row: dict[str, str]) -> Golden:
    limit = Limit(float(row["时限"]), UNITS[row["单位"]])
    pauses = (Pause(moment(row["挂账从"]), moment(row["恢复办理"])),) if row["挂账从"] else ()
    asked = moment(row["申请延期时间"]) if row["申请延期时间"] else None
    return Golden(
        f"{row['编号']} {row['情形']}", Run(moment(row["受理时间"]), limit, (), pauses), asked,
        float(row["延长（同单位）"] or 0), row["申请结果"] == "受理", moment(row["到期时间"]),
        tuple(int(year) for year in row["没有录入的年份"].split()),
    )  # fmt: skip


with TABLE.open(encoding="utf-8-sig", newline="") as file:
    GOLDEN = [golden(row) for row in csv.DictReader(file)]
ROWS = pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row.name)


def extended(row: Golden) -> Run:
    """The run with the extension, where it was asked for in time."""
    if row.asked_at is None:
        return row.run
    try:
        refuse_late_extension(row.run.deadline(CALENDAR).due_at, row.asked_at)
    except ExtensionTooLate:
        assert not row.accepted
        return row.run
    assert row.accepted
    return Run(row.run.start, row.run.limit, (row.more,), row.run.pauses)


@ROWS
def test_deadline_is_the_one_counted_by_hand(row: Golden) -> None:
    run = extended(row)
    found = run.deadline(CALENDAR)
    assert to_local(found.due_at) == to_local(row.due_at)
    assert found.unknown_years == row.unknown_years
    assert sum((part.counted for part in found.stretches), timedelta()) == run.total.length


def test_the_table_holds_what_was_asked_of_it() -> None:
    assert len(GOLDEN) >= 25
    assert {row.run.limit.clock for row in GOLDEN} == set(ClockKind)
    assert {row.accepted for row in GOLDEN if row.asked_at} == {True, False}
    assert any(row.run.pauses for row in GOLDEN)
    assert any(to_local(row.due_at).date() == date(2026, 2, 28) for row in GOLDEN)
