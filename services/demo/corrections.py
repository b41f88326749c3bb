"""Some hours of the demo were corrected: asked for by a leader, confirmed by a secretary, the last ones waiting."""

from datetime import datetime, timedelta
from typing import Any

from db.models import Activity, Attendance, AttendanceCorrection, AttendanceCorrectionAnswer
from services.demo.people import Staff
from services.demo.rows import Rows

EVERY, FEW, LATEST = 60, 8, 2  # every so many attendances, so many in all, so many of them waiting
EARLIER = timedelta(minutes=30)  # how much earlier they really left
_AFTER = timedelta(days=2)  # after the activity it was noticed


def add_corrections(rows: Rows, staff: Staff, now: datetime) -> None:
    """Corrections of attendances that are over, oldest first; what is confirmed stands in the attendance."""
    ends = {one["id"]: one["ends_at"] for one in rows.of(Activity)}
    found = [row for row in rows.of(Attendance) if (row["minutes"] or 0) > EARLIER.total_seconds() / 30]
    noticed = [row for row in found if ends[row["activity_id"]] + 2 * _AFTER < now]
    chosen = noticed[::-EVERY][:FEW][::-1]
    for number, row in enumerate(chosen):
        asked_at = ends[row["activity_id"]] + _AFTER
        made = _ask(rows, staff, row, asked_at)
        if number < len(chosen) - LATEST:
            _confirm(rows, staff, row, made, asked_at + timedelta(hours=3))


def _ask(rows: Rows, staff: Staff, row: dict[str, Any], asked_at: datetime) -> dict[str, Any]:
    left, minutes = row["checked_out_at"] - EARLIER, row["minutes"] - int(EARLIER.total_seconds() // 60)
    rows.add(
        AttendanceCorrection,
        attendance_id=row["id"], came_before=row["checked_in_at"], left_before=row["checked_out_at"],
        minutes_before=row["minutes"], came_after=row["checked_in_at"], left_after=left, minutes_after=minutes,
        reason="提前离开，签退晚点了", asked_by=next(iter(staff.leaders.values()), staff.command[0]), asked_at=asked_at,
    )  # fmt: skip
    return rows.of(AttendanceCorrection)[-1]


def _confirm(rows: Rows, staff: Staff, row: dict[str, Any], made: dict[str, Any], at: datetime) -> None:
    second = next(iter(staff.secretaries.values()), (None, ""))[0]
    row["checked_out_at"], row["minutes"] = made["left_after"], made["minutes_after"]
    answer = {
        "correction_id": made["id"], "is_confirmed": True, "note": "", "answered_by": second, "answered_at": at,
    }  # fmt: skip
    rows.of(AttendanceCorrectionAnswer).append(answer)
