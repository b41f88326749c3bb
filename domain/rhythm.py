"""Rhythm (feature E5): every unit one activity a month, and the ladder 兴趣 → 参与 → 共治 by unit."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.periods import months_after


class LadderStep(StrEnum):
    """The three steps. A person may stand on several; a step counts whoever meets its own definition."""

    INTEREST = "interest"
    SERVICE = "service"
    GOVERNANCE = "governance"


@dataclass(frozen=True)
class Deeds:
    """What the records say of one person in a period: hobby activities attended, minutes served, times of governing."""

    hobby_times: int = 0
    minutes: int = 0
    governing_times: int = 0


@dataclass(frozen=True)
class LadderRule:
    """What a step takes: so many hobby activities, so many hours, so many acts of governing."""

    hobby_times: int
    served_hours: float
    governing_times: int


def steps_of(deeds: Deeds, rule: LadderRule) -> frozenset[LadderStep]:
    """The steps that somebody stands on."""
    met = {
        LadderStep.INTEREST: deeds.hobby_times >= rule.hobby_times,
        LadderStep.SERVICE: deeds.minutes >= rule.served_hours * 60,
        LadderStep.GOVERNANCE: deeds.governing_times >= rule.governing_times,
    }
    return frozenset(step for step, yes in met.items() if yes)


def month_of(day: date) -> tuple[date, date]:
    """The first day of the month and of the next one."""
    return months_after(day, 0), months_after(day, 1)
