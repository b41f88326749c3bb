"""Invented reports of what was reported already: linked to the open case of the same class and place (C7)."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.incidents import FOLLOWS, OPEN, IncidentAction, IncidentStatus
from services.demo.lives import Staffing
from services.timelines.entries import TimelineEntry, detail_text

_A = IncidentAction
WITHIN = timedelta(days=7)
SHARE = 0.7  # of those that could be linked
_FOLLOWING = {_A.CLOSE: _A.CLOSE_LINKED, _A.REOPEN: _A.REOPEN_LINKED}


@dataclass
class Draft:
    """One incident before it is written: its place among all from 1, columns, life, and who works on it."""

    id: int
    columns: dict[str, Any]
    life: list[TimelineEntry]
    staff: Staffing
    files: bool
    callers: list[int] = field(default_factory=list)  # ids of what is linked to it


def link_duplicates(drafts: Sequence[Draft], now: datetime, rng: random.Random) -> None:
    """Let reports of one class at one address within a week be linked to the first one that is still open."""
    newest: dict[tuple[Any, ...], Draft] = {}
    for draft in drafts:
        key = tuple(draft.columns[name] for name in ("category", "lon", "lat"))
        main = newest.get(key)
        at = draft.columns["reported_at"] + timedelta(minutes=rng.randint(8, 45))
        if main and rng.random() < SHARE and _could_be_linked(main, draft, at, now):
            _link(draft, main, at)
        else:
            newest[key] = draft


def _could_be_linked(main: Draft, draft: Draft, at: datetime, now: datetime) -> bool:
    recent = draft.columns["reported_at"] - main.columns["reported_at"] <= WITHIN
    voided = any(entry.action is _A.VOID for entry in main.life)
    return recent and at <= now and not voided and _status_at(main, at) in OPEN


def _status_at(draft: Draft, at: datetime) -> IncidentStatus:
    return [entry for entry in draft.life if entry.at <= at][-1].to_status


def _link(draft: Draft, main: Draft, at: datetime) -> None:
    by, number = draft.staff.command, main.columns["number"]
    start, status = draft.life[0], _status_at(main, at)
    detail = {"main": number, "main_id": main.id, "metres": 0}
    link = TimelineEntry(
        at, by.user_id, by.name, _A.LINK, start.to_status, start.to_status, detail=detail_text(detail)
    )  # fmt: skip
    draft.life = [start, link, *_follow(draft, main, at)]
    told = {"linked": draft.columns["number"], "linked_id": draft.id, "metres": 0}
    place = sum(entry.at <= at for entry in main.life)
    main.life.insert(
        place, TimelineEntry(at, by.user_id, by.name, _A.LINK, status, status, detail=detail_text(told))
    )  # fmt: skip
    main.callers.append(draft.id)


def _follow(draft: Draft, main: Draft, since: datetime) -> list[TimelineEntry]:
    """What the main's closing and reopening after an instant did to the linked case."""
    entries, status = [], draft.life[0].to_status
    for place, entry in enumerate(main.life):
        if entry.at <= since or entry.action not in _FOLLOWING:
            continue
        action, detail = _FOLLOWING[entry.action], {"main": main.columns["number"]}
        if action is _A.CLOSE_LINKED:
            answer = [one.at for one in main.life[:place] if one.action is _A.FEED_BACK][-1]
            detail["answered_at"] = max(answer, draft.columns["reported_at"]).isoformat()
        else:
            said = json.loads(entry.detail)
            detail |= {name: said[name] for name in ("counted_from", "due_at", "limit") if name in said}
        to = FOLLOWS[action][1]
        entries.append(
            TimelineEntry(entry.at, entry.user_id, entry.actor_name, action, status, to, detail=detail_text(detail))
        )
        status = to
    return entries
