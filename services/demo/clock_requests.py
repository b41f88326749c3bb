"""Extensions and exemptions in the demo town: granted, refused, and some that wait for somebody (features C4, C5).

They are added behind the life of a case, so that its timeline stays in order. Invented, 合成.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from db.models import AuditEntry, ClockApproval, ClockRequest, Incident, IncidentEvent
from db.queries.handlers import done_by
from domain.clock_requests import RequestKind, RequestState
from domain.clock_runs import ClockEntry, run_of
from domain.incidents import IncidentAction, IncidentStatus
from domain.parts import HANDLING, handlers_in
from services.demo.incidents import Setting
from services.demo.lives import Hand
from services.demo.rows import Rows
from services.timelines.entries import SUBJECT, TimelineEntry, chain_entry, detail_text

_K, _S = RequestKind, RequestState
EXTENSIONS = (_S.GRANTED, _S.GRANTED, _S.WAITING, _S.GRANTED, _S.REFUSED, _S.WAITING)
EXEMPTIONS = (_S.WAITING, _S.GRANTED, _S.GRANTED, _S.GRANTED, _S.REFUSED, _S.WAITING, _S.GRANTED)
_WHY_LONGER = ("等待专业公司进场。", "需要购买的材料还没有到。", "涉及两个部门，正在协调。")
_WHY_EXEMPT = (
    "停电期间系统无法反馈，已在现场办结。",
    "连续暴雨无法施工，有气象记录。",
    "权属单位当日才移交，已附函件。",
)


def add_clock_requests(rows: Rows, setting: Setting, rng: random.Random) -> None:
    """A few of each, on the newest cases that they fit."""
    lives: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for event in rows.of(IncidentEvent):
        lives[event["incident_id"]].append(event)
    newest = list(reversed(rows.of(Incident)))
    running = (case for case in newest if _runs(case, lives[case["id"]], setting.now))
    for state, case in zip(EXTENSIONS, running, strict=False):
        _extend(rows, setting, case, lives[case["id"]], state, rng)
    late = (case for case in newest if _was_late(setting, case, lives[case["id"]]))
    for state, case in zip(EXEMPTIONS, late, strict=False):
        _exempt(rows, setting, case, lives[case["id"]], state, rng)


def _runs(case: dict[str, Any], life: Sequence[dict[str, Any]], now: datetime) -> bool:
    """In hand, with time to ask and to decide before the deadline and before the present."""
    asked = life[-1]["at"] + timedelta(hours=2)
    handling = case["status"] == IncidentStatus.HANDLING.value and case["handler_id"] is not None
    return handling and case["due_at"] is not None and asked < case["due_at"] and asked < now - timedelta(hours=1)


def _was_late(setting: Setting, case: dict[str, Any], life: Sequence[dict[str, Any]]) -> bool:
    if case["status"] != IncidentStatus.CLOSED.value or not case["overdue_seconds"] or case["area_id"] is None:
        return False
    staff = setting.staff_for(case["area_id"])
    did = handlers_in(done_by(event["user_id"], event["action"], event["detail"]) for event in life)
    deciders = {staff.command.user_id, staff.secretary.user_id}
    return bool(did) and len(deciders) == 2 and not did & deciders and life[-1]["at"] < setting.now - timedelta(days=2)


def _extend(
    rows: Rows, setting: Setting, case: dict[str, Any], life: list[dict[str, Any]], state: RequestState,
    rng: random.Random,
) -> None:  # fmt: skip
    staff, asked_at = setting.staff_for(case["area_id"]), life[-1]["at"] + timedelta(hours=1)
    run = run_of(_clock_entries(life))
    if run is None:
        return
    amount, reason = float(max(1, round(run.limit.amount / 2))), rng.choice(_WHY_LONGER)
    at = asked_at + timedelta(hours=1)
    command = staff.command if staff.command.user_id != case["handler_id"] else staff.secretary
    request = _ask(rows, case, _K.EXTENSION, state, reason, asked_at, case["handler_id"], amount)
    if state is _S.WAITING:
        return
    words = "同意。" if state is _S.GRANTED else "请抓紧办理。"
    request |= {"decided_at": at, "decided_by": command.user_id, "decision": words}
    if state is _S.GRANTED:
        due = replace(run, extensions=(*run.extensions, amount)).deadline(setting.calendar).due_at
        detail = {
            "added": {"amount": amount, "clock": run.limit.clock.value}, "due_from": case["due_at"].isoformat(),
            "due_at": due.isoformat(), "request": request["id"], "asked_at": asked_at.isoformat(),
        }  # fmt: skip
        case["due_at"] = due
        _append(rows, case, life[-1], command, IncidentAction.EXTEND, at, reason, detail)


def _exempt(
    rows: Rows, setting: Setting, case: dict[str, Any], life: list[dict[str, Any]], state: RequestState,
    rng: random.Random,
) -> None:  # fmt: skip
    staff, asked_at = setting.staff_for(case["area_id"]), life[-1]["at"] + timedelta(hours=20)
    reason = rng.choice(_WHY_EXEMPT)
    asker = next(event["user_id"] for event in reversed(life) if event["action"] in HANDLING)
    request = _ask(rows, case, _K.EXEMPTION, state, reason, asked_at, asker, None)
    first, second = asked_at + timedelta(hours=2), asked_at + timedelta(hours=5)
    if state is _S.REFUSED:
        request |= {"decided_at": second, "decided_by": staff.command.user_id, "decision": "材料不足以说明理由。"}
        return
    _approve(rows, request, staff.secretary, first)
    if state is _S.WAITING:
        return
    _approve(rows, request, staff.command, second)
    request |= {"decided_at": second, "decided_by": staff.command.user_id, "decision": "情况属实。"}
    detail = {
        "request": request["id"], "approvals": [staff.secretary.name, staff.command.name],
        "overdue_seconds": case["overdue_seconds"],
    }  # fmt: skip
    case["exempted_at"] = second
    _append(rows, case, life[-1], staff.command, IncidentAction.EXEMPT, second, reason, detail)


def _ask(
    rows: Rows, case: dict[str, Any], kind: RequestKind, state: RequestState, reason: str, at: datetime, asker: int,
    amount: float | None,
) -> dict[str, Any]:  # fmt: skip
    rows.add(
        ClockRequest, incident_id=case["id"], kind=kind.value, state=state.value, reason=reason, amount=amount,
        asked_at=at, asked_by=asker, decided_at=None, decided_by=None, decision="",
    )  # fmt: skip
    return rows.of(ClockRequest)[-1]


def _approve(rows: Rows, request: dict[str, Any], hand: Hand, at: datetime) -> None:
    rows.add(
        ClockApproval, request_id=request["id"], incident_id=request["incident_id"], user_id=hand.user_id, at=at
    )  # fmt: skip


def _clock_entries(life: Sequence[dict[str, Any]]) -> Iterator[ClockEntry]:
    for event in life:
        yield ClockEntry(IncidentAction(event["action"]), event["at"], json.loads(event["detail"] or "{}"))


def _append(
    rows: Rows, case: dict[str, Any], last: dict[str, Any], by: Hand, action: IncidentAction, at: datetime, note: str,
    detail: dict[str, Any],
) -> None:  # fmt: skip
    """One more entry behind the life of a case, with its audit record."""
    status = IncidentStatus(case["status"])
    entry = TimelineEntry(at, by.user_id, by.name, action, status, status, note, detail_text(detail))
    columns = chain_entry(case["id"], last["sequence"] + 1, entry, last["hash"])
    rows.add(IncidentEvent, **columns)
    rows.add(
        AuditEntry, at=at, user_id=by.user_id, action=f"{SUBJECT}.{action}", subject=SUBJECT, subject_id=case["id"],
        detail=columns["hash"],
    )  # fmt: skip
    case["event_count"], case["last_hash"] = columns["sequence"], columns["hash"]


def cut_requests(rows: Rows, now: datetime) -> None:
    """Take away what was asked, approved and decided after ``now``."""
    rows.tables[ClockRequest] = [row for row in rows.of(ClockRequest) if row["asked_at"] <= now]
    rows.tables[ClockApproval] = [row for row in rows.of(ClockApproval) if row["at"] <= now]
    for row in rows.of(ClockRequest):
        if row["decided_at"] is not None and row["decided_at"] > now:
            row |= {"state": _S.WAITING.value, "decided_at": None, "decided_by": None, "decision": ""}
