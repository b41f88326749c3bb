"""The invented life of an incident: the steps of its lane, and what comes between in some of them (C3, C8, C9).

A life is planned as steps without times; then the times are spread over what the case takes in all. What stands in an
incident's columns is read off its timeline (``course_of``), as the services write it, also after it is cut at a
present instant.
"""

import json
import random
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from config.profiles import Profile
from domain.clock import local_date
from domain.clock_runs import ClockEntry, run_of
from domain.clocks import Calendar, Limit, deadline
from domain.incidents import (
    START,
    IncidentAction,
    IncidentLevel,
    IncidentStatus,
    Lane,
)
from services.incidents.reports import deadline_detail
from services.timelines.entries import TimelineEntry, detail_text

LATE_SHARE = 0.06
_A, _S = IncidentAction, IncidentStatus
# What happens to cases besides the plain way, of a thousand each. Invented, 合成.
_TURNS = {
    "void": 25, "failed_check": 45, "reopened": 18, "suspended": 30, "escalated": 45, "supervised": 25,
    "department": 110, "returned": 25,
}  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """Somebody of the town's staff."""

    user_id: int
    name: str
    level: IncidentLevel


@dataclass(frozen=True)
class Staffing:
    """Who does what in one case."""

    leader: Hand
    secretary: Hand
    command: Hand
    department: Hand


@dataclass(frozen=True)
class Step:
    """One step of a plan: who, with which words, and what else it changed."""

    action: IncidentAction
    by: Hand
    note: str = ""
    detail: tuple[tuple[str, Any], ...] = ()


@lru_cache
def main_path(lane: Lane) -> tuple[IncidentAction, ...]:
    """The shortest way of a lane from reported to closed that passes a feedback."""
    queue: deque[tuple[IncidentStatus, tuple[IncidentAction, ...]]] = deque([(START, ())])
    seen = {START}
    while queue:
        status, actions = queue.popleft()
        if status is IncidentStatus.CLOSED:
            return actions
        for row in lane.transitions_from(status):
            if row.to not in seen and row.action is not IncidentAction.VOID:
                seen.add(row.to)
                queue.append((row.to, (*actions, row.action)))
    raise ValueError(f"lane {lane.key} never closes")


def plan_life(lane: Lane, hands: Staffing, rng: random.Random) -> list[Step]:
    """The steps after the report, from the plain way of the lane and at most one turn."""
    turn = rng.choices([*_TURNS, "plain"], [*_TURNS.values(), 1000 - sum(_TURNS.values())])[0]
    if turn == "department" and (steps := _department_steps(lane, hands)):
        return steps
    steps = _plain_steps(lane, hands)
    change = _CHANGES.get(turn)
    return change(lane, steps, hands, rng) if change else steps


def _plain_steps(lane: Lane, hands: Staffing) -> list[Step]:
    who = {
        _A.CHECK: hands.secretary, _A.FILE: hands.command, _A.DISPATCH: hands.command, _A.TAKE_OVER: hands.leader,
        _A.FEED_BACK: hands.leader, _A.VERIFY: hands.command, _A.CLOSE: hands.command,
    }  # fmt: skip
    said = {_A.FEED_BACK: "已到现场处理完毕。"}
    to = {_A.DISPATCH: _given(hands.leader), _A.TAKE_OVER: _takes(hands.leader)}
    return [Step(action, who[action], said.get(action, ""), to.get(action, ())) for action in main_path(lane)]


def _given(to: Hand) -> tuple[tuple[str, Any], ...]:
    return (("handler", to.name), ("hands", [to.user_id, to.level.value]))


def _takes(by: Hand) -> tuple[tuple[str, Any], ...]:
    return (("hands", [by.user_id, by.level.value]),)


def _department_steps(lane: Lane, hands: Staffing) -> list[Step]:
    """Called or dispatched to a department, which reports in; () where the lane has no way to one."""
    if lane.transition(_S.DISPATCHED, _A.REPORT_IN) is None:
        return []
    if lane.transition(START, _A.CALL):
        first = [Step(_A.CALL, hands.leader, "超出网格处理能力，请街道协调部门。")]
    else:
        first = [step for step in _plain_steps(lane, hands) if step.action in (_A.CHECK, _A.FILE)]
    last = [Step(action, hands.command) for action in (_A.VERIFY, _A.CLOSE) if _reaches(lane, action)]
    return [
        *first,
        Step(_A.DISPATCH, hands.command, "请到现场处置。", _given(hands.department)),
        Step(_A.REPORT_IN, hands.department, detail=_takes(hands.department)),
        Step(_A.FEED_BACK, hands.department, "部门已处置。"),
        *last,
    ]


def _reaches(lane: Lane, action: IncidentAction) -> bool:
    return action in main_path(lane)


def _at(steps: Sequence[Step], *actions: IncidentAction) -> int:
    return next(place for place, step in enumerate(steps) if step.action in actions)


def _void(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    return [Step(_A.VOID, hands.command, rng.choice(("现场查看，情况不属实。", "不属于本街道管辖。")))]


def _failed_check(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    place = _at(steps, _A.FEED_BACK) + 1
    back = Step(_A.RETURN, hands.command, "照片看不出已处理，请重新处理。")
    return [*steps[:place], back, replace(steps[place - 1], note="已再次处理，请核验。"), *steps[place:]]


def _reopened(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    if lane.transition(_S.CLOSED, _A.REOPEN) is None:
        return steps
    return [*steps, Step(_A.REOPEN, hands.command, "回访反映问题又出现。"), *steps]


def _suspended(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    if lane.transition(_S.HANDLING, _A.SUSPEND) is None:
        return steps
    place = _at(steps, _A.TAKE_OVER) + 1
    why = rng.choice(("等待专业公司排期施工。", "需列入老旧小区改造计划。", "等待权属单位答复。"))
    pause = [Step(_A.SUSPEND, hands.command, why), Step(_A.RESUME, hands.command)]
    return [*steps[:place], *pause, *steps[place:]]


def _escalated(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    if lane.transition(_S.HANDLING, _A.ESCALATE) is None or _A.CHECK in (step.action for step in steps):
        return steps
    place = _at(steps, _A.TAKE_OVER) + 1
    up = Step(_A.ESCALATE, hands.leader, "需要社区协调。", _given(hands.secretary))
    rest = [replace(step, by=hands.secretary) if step.action is _A.FEED_BACK else step for step in steps[place:]]
    return [*steps[:place], up, *rest]


def _supervised(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    place = _at(steps, _A.TAKE_OVER) + 1
    return [*steps[:place], Step(_A.SUPERVISE, hands.command, "请在时限内办结。"), *steps[place:]]


def _returned(lane: Lane, steps: list[Step], hands: Staffing, rng: random.Random) -> list[Step]:
    if lane.transition(_S.DISPATCHED, _A.RETURN) is None or lane.transition(_S.FILED, _A.DISPATCH) is None:
        return steps
    if _A.DISPATCH not in (step.action for step in steps):
        return steps
    place = _at(steps, _A.DISPATCH) + 1
    back = Step(_A.RETURN, hands.leader, "点位不在本网格，请重新派单。")
    return [*steps[:place], back, steps[place - 1], *steps[place:]]


_CHANGES = {
    "void": _void, "failed_check": _failed_check, "reopened": _reopened, "suspended": _suspended,
    "escalated": _escalated, "supervised": _supervised, "returned": _returned,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What the times of a life depend on. ``limit`` ends first of the class's and the urgency's; ``due`` is its end."""

    profile: Profile
    calendar: Calendar
    moment: datetime
    limit: Limit
    due: datetime
    now: datetime


def live(case: Case, lane: Lane, reporter: Hand, steps: Sequence[Step], rng: random.Random) -> list[TimelineEntry]:
    """The timeline up to ``case.now``: each round takes its share of its limit, a few take longer than it."""
    first = detail_text(deadline_detail(case.moment, case.limit, case.due))
    entries = [TimelineEntry(case.moment, reporter.user_id, reporter.name, _A.REPORT, None, START, detail=first)]
    status, at = START, case.moment
    for part in _rounds(steps):
        round_due = case.due
        if part[0].action is _A.REOPEN:
            at += timedelta(hours=rng.uniform(20, 240))
            round_due = deadline(at, case.limit, case.calendar).due_at
        total = _lasts(round_due - at, rng)
        ends = sorted(rng.random() for _ in part[:-1])
        begun, paused = at, timedelta()
        for share, step in zip([*ends, 1.0], part, strict=True):
            if step.action is _A.RESUME:
                paused += timedelta(days=rng.uniform(4, 40))
            at = (begun + paused + total * share).replace(microsecond=0)
            row = lane.transition(status, step.action)
            if at > case.now or row is None:
                return entries
            entries.append(_entry(case, step, at, status, row.to, entries, rng))
            status = row.to
    return entries


def _rounds(steps: Sequence[Step]) -> Iterable[list[Step]]:
    """The steps up to the first close, and those from the reopening on."""
    place = next((n for n, step in enumerate(steps) if step.action is _A.REOPEN), len(steps))
    return [list(part) for part in (steps[:place], steps[place:]) if part]


def _lasts(limit: timedelta, rng: random.Random) -> timedelta:
    return limit * (rng.uniform(1.05, 3.5) if rng.random() < LATE_SHARE else rng.betavariate(2, 3) * 0.97)


def _entry(
    case: Case, step: Step, at: datetime, before: IncidentStatus, after: IncidentStatus,
    entries: Sequence[TimelineEntry], rng: random.Random,
) -> TimelineEntry:  # fmt: skip
    detail: dict[str, Any] = dict(step.detail)
    if step.action is _A.SUSPEND:
        detail |= {"review_on": (local_date(at) + timedelta(days=rng.choice((7, 14, 30)))).isoformat(),
                   "review_by": step.by.name, "review_by_id": step.by.user_id}  # fmt: skip
    elif step.action is _A.REOPEN:
        detail |= deadline_detail(at, case.limit, deadline(at, case.limit, case.calendar).due_at)
        detail["told"] = sorted({entry.actor_name for entry in entries if entry.action in _TOLD})
    elif step.action is _A.RESUME and (due := _resumed(case, entries, at)):
        detail["due_at"] = due.isoformat()
    return TimelineEntry(at, step.by.user_id, step.by.name, step.action, before, after, step.note, detail_text(detail))


_TOLD = frozenset({_A.TAKE_OVER, _A.REPORT_IN, _A.FEED_BACK, _A.VERIFY, _A.CLOSE})


def _resumed(case: Case, entries: Sequence[TimelineEntry], at: datetime) -> datetime | None:
    """The new deadline of a case whose clock goes on; None when it was late already."""
    said = [ClockEntry(entry.action, entry.at, json.loads(entry.detail or "{}")) for entry in entries]
    run = run_of(said)
    if run is None or run.stopped_at is None:
        return None
    due = run.resumed(at).deadline(case.calendar).due_at
    return due if due > at else None
