"""Opening and working hours: windows of a day on the Shanghai clock."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from domain.errors import Refusal

MIDNIGHT = 24 * 60
_WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~～至]\s*(\d{1,2}):(\d{2})")


class InvalidHours(Refusal):
    """Hours that cannot be read, end before they start, or overlap."""

    code = "invalid_hours"


@dataclass(frozen=True, order=True)
class Window:
    """A stretch of one day in minutes after midnight, ``start`` included, ``end`` (at most 1440) not."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MIDNIGHT:
            raise InvalidHours(text=f"{_clock(self.start)}-{_clock(self.end)}")

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"

    def holds(self, clock: time) -> bool:
        """Whether the window is open at a wall-clock time."""
        return self.start <= clock.hour * 60 + clock.minute < self.end


def check_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The windows in order. Raises InvalidHours where two overlap."""
    ordered = tuple(sorted(windows))
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise InvalidHours(text=f"{before}, {after}")
    return ordered


def parse_windows(text: str) -> tuple[Window, ...]:
    """Read "08:30-12:00, 14:00-17:30" (also with 、；，;). An empty text is a closed day.

    Raises InvalidHours for anything else: a window over midnight is two windows on two days.
    """
    parts = [part.strip() for part in re.split(r"[,，、;；]", text.replace("：", ":")) if part.strip()]
    return check_windows(_window(part) for part in parts)


def format_windows(windows: Iterable[Window]) -> str:
    """The text that ``parse_windows`` reads."""
    return ", ".join(str(window) for window in windows)


def _window(text: str) -> Window:
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise InvalidHours(text=text)
    from_hour, from_minute, to_hour, to_minute = (int(number) for number in match.groups())
    if from_minute > 59 or to_minute > 59:
        raise InvalidHours(text=text)
    return Window(from_hour * 60 + from_minute, to_hour * 60 + to_minute)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
