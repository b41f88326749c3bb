"""Whistles and call-backs in invented lives: entries between the steps of a case, written as the services write them.

The rows (whistles, answers, call-backs, what the incident says of the last one) are read off the entries after the
town was cut at its present, so that both always agree. All shares are invented, 合成.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from config.profiles import Profile
from db.models import CallBackRecord, Whistle, WhistleAnswer
from db.queries.handlers import done_by
from domain.call_backs import CallBack, CallBackSource, Satisfaction, call_backs_after, columns_of, counted, detail_of
from domain.clocks import Calendar, deadline
from domain.incidents import RECORDS, IncidentAction, IncidentStatus
from domain.parts import handlers_in
from domain.whistles import ANSWERING, Answer, WhistleReason, answers_after
from services.demo.lives import Hand, Staffing
from services.demo.rows import Rows
from services.timelines.entries import TimelineEntry, detail_text
from services.whistles.calls import FOLLOWING, whistle_detail

WHISTLES, WHISTLES_OPEN = 0.045, 0.25  # of the cases that somebody took in hand; of those not ended yet
NOT_YET = 0.4  # of the answers in open cases
CALLED = 0.8  # of the closed cases with a contact
_A, _S = IncidentAction, IncidentStatus
_ENDING = frozenset({_A.VERIFY, _A.CLOSE})
_CLOSING, _REOPENING = {_A.CLOSE, _A.CLOSE_LINKED}, {_A.REOPEN, _A.REOPEN_LINKED}
_SHORTEST = timedelta(minutes=40)
_REASONS = {WhistleReason.PROMINENT_PROBLEM: 45, WhistleReason.JOINT_ENFORCEMENT: 35, WhistleReason.EMERGENCY: 20}
_RESULTS = (
    "已到现场联合处置，问题消除。",
    "已下达整改通知并复查。",
    "已派人处置，后续由本部门跟进。",
    "已现场劝导并登记。",
)
_WAIVED = ("街道已自行解决，不用到场。", "不属该部门职责。", "情况已解除。")


@dataclass
class Numbers:
    """The next ids of whistles, answers and call-backs."""

    whistle: int = 0
    answer: int = 0
    call_back: int = 0


@dataclass(frozen=True)
class Town:
    """What the answers of every case depend on, and the numbers that they have used."""

    profile: Profile
    calendar: Calendar
    departments: Sequence[Hand]
    now: datetime
    numbers: Numbers = field(default_factory=Numbers)


Said = tuple[datetime, Hand, IncidentAction, str, dict[str, Any]]


def with_answers(
    town: Town, life: Sequence[TimelineEntry], staff: Staffing, contact: bool, rng: random.Random
) -> list[TimelineEntry]:
    """The life with a whistle in some, and with call-backs after the closing where there is somebody to call."""
    ended = any(entry.action in _ENDING for entry in life)
    share = WHISTLES if ended else WHISTLES_OPEN
    said = _whistle(town, life, staff, rng) if rng.random() < share else []
    if contact:
        said += _call_backs(life, staff, town.numbers, rng)
    return _merged(life, [one for one in said if one[0] <= town.now])


def _merged(life: Sequence[TimelineEntry], said: Sequence[Said]) -> list[TimelineEntry]:
    """Records stand at the status that the last step before them led to."""
    merged = list(life)
    for at, by, action, note, detail in sorted(said, key=lambda one: one[0]):
        place = next((n for n, entry in enumerate(merged) if entry.at > at), len(merged))
        status = merged[place - 1].to_status
        merged.insert(
            place, TimelineEntry(at, by.user_id, by.name, action, status, status, note, detail_text(detail))
        )  # fmt: skip
    return merged


def _whistle(town: Town, life: Sequence[TimelineEntry], staff: Staffing, rng: random.Random) -> list[Said]:
    departments, numbers = town.departments, town.numbers
    begun = next((entry.at for entry in life if entry.to_status is _S.HANDLING), None)
    if begun is None or any(entry.action is _A.VOID for entry in life):
        return []
    until = next((entry.at for entry in life if entry.action in _ENDING), None)
    if (until or town.now) - begun < _SHORTEST:
        return []
    at = _within(begun, until, 0.02, 0.2, rng) if until else _within(begun, town.now, 0.6, 0.98, rng)
    reason = rng.choices([*_REASONS], [*_REASONS.values()])[0]
    called = rng.sample(departments, min(len(departments), rng.choices((1, 2, 3), (60, 30, 10))[0]))
    limit = town.profile.whistle_reason(reason).report_in.limit
    due = deadline(at, limit, town.calendar).due_at
    numbers.whistle += 1
    ids = [numbers.answer + place for place in range(1, len(called) + 1)]
    numbers.answer += len(called)
    answers = [(answer, hand.user_id, hand.name) for answer, hand in zip(ids, called, strict=True)]
    said: list[Said] = [
        (
            at,
            staff.command,
            _A.WHISTLE,
            "请到现场联合处置。",
            whistle_detail(numbers.whistle, reason, limit, due, answers),
        )
    ]
    for answer, hand in zip(ids, called, strict=True):
        said += _answer(staff, answer, hand, (at, due, until), rng)
    return said


def _answer(
    staff: Staffing, answer: int, hand: Hand, times: tuple[datetime, datetime, datetime | None],
    rng: random.Random,
) -> list[Said]:  # fmt: skip
    """What becomes of one answer. A closed case waited for it; in an open one it may still be awaited."""
    at, due, until = times
    detail: dict[str, Any] = {"answer": answer, "department": hand.name}
    if until is None and rng.random() < NOT_YET:
        return []
    late = rng.random() < 0.3
    came = at + (due - at) * (rng.uniform(1.05, 2.2) if late else rng.betavariate(2, 4))
    if until is not None and came >= until:
        came = _within(at, until, 0.3, 0.95, rng)
    came = came.replace(microsecond=0)
    if rng.random() < 0.07:
        return [(came, staff.command, _A.WAIVE_WHISTLE, rng.choice(_WAIVED), detail)]
    said: list[Said] = [(came, hand, _A.ANSWER_WHISTLE, "", detail)]
    done = came + timedelta(hours=rng.uniform(1, 20))
    if rng.random() < 0.92:
        said.append((done, hand, _A.ANSWER_WHISTLE, rng.choice(_RESULTS), detail | {"result": True}))
        if rng.random() < 0.8:
            rating = rng.choices((5, 4, 3, 2, 1), (15, 30, 35, 14, 6) if late else (46, 36, 13, 4, 1))[0]
            rated = done + timedelta(hours=rng.uniform(1, 48))
            said.append((rated, staff.command, _A.RATE_ANSWER, "", detail | {"rating": rating}))
    return said


def _within(start: datetime, end: datetime, least: float, most: float, rng: random.Random) -> datetime:
    return (start + (end - start) * rng.uniform(least, most)).replace(microsecond=0)


def _call_backs(
    life: Sequence[TimelineEntry], staff: Staffing, numbers: Numbers, rng: random.Random
) -> list[Said]:  # fmt: skip
    """One or two attempts after each closing, by who did not handle it; before a reopening it is not solved."""
    handlers = handlers_in(done_by(entry.user_id, entry.action, entry.detail) for entry in life)
    caller = next((hand for hand in (staff.secretary, staff.command) if hand.user_id not in handlers), None)
    said: list[Said] = []
    for place, entry in enumerate(life):
        if entry.action not in _CLOSING or caller is None:
            continue
        again = life[place + 1].at if place + 1 < len(life) and life[place + 1].action in _REOPENING else None
        if again is None and rng.random() > CALLED:
            continue
        at = _within(entry.at, again or entry.at + timedelta(days=3), 0.2, 0.9, rng)
        if again is None and rng.random() < 0.22:
            said.append(_call(numbers, at, caller, None))
            at += timedelta(hours=rng.uniform(3, 30))
            if rng.random() < 0.3:
                continue
        solved = again is None and rng.random() < 0.92
        shares = (70, 24, 6) if solved else (3, 17, 80)
        content = rng.choices(list(Satisfaction), shares)[0]
        said.append(_call(numbers, at.replace(microsecond=0), caller, (rng.random() < 0.97, solved, content)))
    return said


def _call(numbers: Numbers, at: datetime, by: Hand, answers: tuple[bool, bool, Satisfaction] | None) -> Said:
    numbers.call_back += 1
    responded, solved, content = answers or (None, None, None)
    note = "" if answers is None or solved else "问题又出现或没有解决。"
    found = CallBack(
        at, by.user_id, answers is not None, responded, solved, content.value if content else None,
        CallBackSource.PHONE.value, note,
    )  # fmt: skip
    return (at.replace(microsecond=0), by, _A.CALL_BACK, note, detail_of(numbers.call_back, found))


def add_records(rows: Rows, incident: dict[str, Any], entries: Sequence[dict[str, Any]]) -> None:
    """The rows that the entries of an incident lead to, and its columns of the call-back that counts."""
    answers: dict[int, Answer] = {}
    call_backs: dict[int, CallBack] = {}
    for entry in entries:
        action = IncidentAction(entry["action"])
        if action not in RECORDS:
            continue
        detail = json.loads(entry["detail"] or "{}")
        said = (action, entry["at"], entry["user_id"], entry["note"], detail)
        if action is _A.WHISTLE:
            rows.of(Whistle).append(
                {"id": detail["whistle"]["id"], "incident_id": incident["id"], "reason": detail["whistle"]["reason"],
                 "note": entry["note"], "blown_at": entry["at"], "blown_by": entry["user_id"]}
            )  # fmt: skip
        answers = answers_after(answers, *said) if action in ANSWERING else answers
        call_backs = call_backs_after(call_backs, *said)
    for number, answer in answers.items():
        own = {name: getattr(answer, name) for name in FOLLOWING}
        rows.of(WhistleAnswer).append(
            {"id": number, "whistle_id": answer.whistle_id, "incident_id": incident["id"],
             "department_id": answer.department_id} | own
        )  # fmt: skip
    rows.of(CallBackRecord).extend(
        {"id": number, "incident_id": incident["id"]} | vars(found) for number, found in call_backs.items()
    )
    incident |= columns_of(counted(call_backs.values()))
