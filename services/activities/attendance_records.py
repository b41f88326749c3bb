"""Rows of attendance as the records of domain.activities, there and back."""

from datetime import datetime, timedelta

from db.models import Attendance
from db.queries.attendances import AttendanceRow
from domain.activities import AttendanceRecord, AttendanceSource, minutes_of
from services.system.installations import current_profile


def record_of(row: Attendance | AttendanceRow) -> AttendanceRecord:
    """The record of a row."""
    return AttendanceRecord(
        row.signed_up_at, row.cancelled_at, row.checked_in_at, row.checked_out_at,
        AttendanceSource(row.source), row.entered_by, row.confirmed_by, row.queue_number, row.moved_up_at,
    )  # fmt: skip


def store_record(row: Attendance, record: AttendanceRecord, ends_at: datetime) -> None:
    """Write a record into its row, with the minutes that count: under the profile's ceiling, and up to its grace after
    the activity's planned end (``ends_at``). The times stay as they were recorded.
    """
    row.signed_up_at, row.cancelled_at = record.signed_up_at, record.cancelled_at
    row.checked_in_at, row.checked_out_at = record.checked_in_at, record.checked_out_at
    row.source, row.entered_by, row.confirmed_by = record.source.value, record.entered_by, record.confirmed_by
    row.queue_number, row.moved_up_at = record.queue_number, record.moved_up_at
    row.minutes = minutes_of(record, ceiling(), ends_at + grace_after_end())


def opens_before() -> timedelta:
    """How long before the start one may check in."""
    return timedelta(minutes=current_profile().thresholds.check_in_minutes_before.value)


def grace_after_end() -> timedelta:
    """How long after the planned end a check-out by the clock still counts in full."""
    return timedelta(minutes=current_profile().thresholds.check_out_minutes_after.value)


def ceiling() -> timedelta:
    """The most time that one attendance may count for."""
    return timedelta(hours=current_profile().thresholds.attendance_hours.value)
