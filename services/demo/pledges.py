"""Pledges of the demo's members and grid leaders, in every state, with services, verdicts and slips (示例)."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from config.profiles import Profile
from db.models import (
    Activity,
    Area,
    Assignment,
    Attendance,
    Incident,
    Person,
    Pledge,
    PledgeEvidence,
    PledgeMark,
    PledgeRating,
    PledgeVerdict,
    PostHolding,
    User,
    Volunteer,
)
from domain.clock import from_local, local_date
from domain.incidents import IncidentStatus
from domain.permissions import Role
from domain.pledge_services import Service
from domain.pledges import EvidenceKind, Measure, PledgeStatus, PledgeUnit, Verdict, progress_of
from services.demo.people import Staff
from services.demo.rows import Rows

MOST_PEOPLE = 160
PUBLIC = 0.8
# Which states the pledges are meant to have: the one that is over, and the one that runs.
PAST = ("kept",) * 11 + ("broken", "broken", "reached_late")
RUNNING = ("on_the_way",) * 6 + ("open", "open", "late", "late", "kept")
# What is noted by hand: kind, unit, words, amounts.
BY_HAND = (
    (EvidenceKind.TASK, PledgeUnit.HOUSEHOLDS, "走访包联网格的独居老人和困难家庭 {n} 户", (12, 18, 24, 36)),
    (EvidenceKind.MEDIATION, PledgeUnit.CASES, "就地化解邻里矛盾 {n} 件", (3, 4, 6)),
    (EvidenceKind.TASK, PledgeUnit.TIMES, "组织楼道和绿地清洁 {n} 次", (4, 6, 8, 12)),
    (EvidenceKind.TASK, PledgeUnit.PEOPLE, "上门宣讲政策，覆盖 {n} 人", (30, 40, 60)),
    (EvidenceKind.TASK, PledgeUnit.SQUARE_METRES, "带头整治卫生死角 {n} 平方米", (60, 120, 200)),
)
NOTES = {
    EvidenceKind.MEDIATION: ("楼上楼下漏水，当面说和", "晾衣占道，双方让一步", "停车位争执，签了约定"),
    EvidenceKind.TASK: ("随网格长入户", "周末组织邻居一起做", "下班后上门", "楼栋群里约好时间"),
}
SENTENCES = {
    Verdict.KEPT: ("说到做到，群众认可。", "件件有着落，请继续带头。", "按期完成，过程记录清楚。"),
    Verdict.NOT_KEPT: ("数量没有达到，请说明原因并补做。", "后期松劲，下一轮调整承诺数量。"),
}


@dataclass(frozen=True)
class Doer:
    """Somebody who makes pledges: post and grid, who confirms and who judges, and what is on record of them."""

    person: int
    post: str
    area: int
    confirms: int
    judges: int
    services: list[tuple[date, int, float]]  # (day, record, hours) of activities; (day, record, 1) of cases
    leads: bool


def add_pledges(rows: Rows, staff: Staff, now: datetime, rng: random.Random) -> None:
    """Two pledges for each member and leader, one that is over and one that runs; nothing of them is of today."""
    for doer in _doers(rows, staff, local_date(now)):
        used: set[int] = set()
        for state in (rng.choice(PAST), rng.choice(RUNNING)):
            _add_pledge(rows, doer, state, local_date(now), rng, used)
    _add_waiting(rows, staff, local_date(now), rng)


def kept_pledges(rows: Rows, profile: Profile, day: date) -> list[tuple[int, int, date]]:
    """(pledge, person, day on which it was reached) of the pledges that are kept on a day."""
    marks = {(row["evidence_id"], row["mark"]) for row in rows.of(PledgeMark)}
    services: dict[int, list[Service]] = defaultdict(list)
    for row in rows.of(PledgeEvidence):
        said = row["record_id"] is not None or (row["id"], "confirmed") in marks
        if said and (row["id"], "withdrawn") not in marks:
            services[row["pledge_id"]].append(Service(row["happened_on"], row["quantity"]))
    grace, found = profile.thresholds.pledge_grace_days.value, []
    for row in rows.of(Pledge):
        measure = Measure(row["amount"], PledgeUnit(row["unit"]), row["starts_on"], row["due_on"])
        progress = progress_of(measure, services[row["id"]], day, grace)
        if progress.status is PledgeStatus.KEPT and progress.reached_on:
            found.append((row["id"], row["person_id"], progress.reached_on))
    return found


def _doers(rows: Rows, staff: Staff, today: date) -> list[Doer]:
    posts = {row["person_id"]: row["post"] for row in reversed(rows.of(PostHolding))}
    hours, cases = _hours(rows, today), _cases(rows, today)
    leaders = {row["area_id"]: row["id"] for row in rows.of(User) if row["role"] == Role.GRID_LEADER}
    grids = _grids(rows, set(leaders))
    found = [row["id"] for row in rows.of(Person) if row["is_party_member"] and row["id"] in posts][:MOST_PEOPLE]
    doers = [
        Doer(person, posts[person], grids[person], leaders[grids[person]], _secretary(rows, staff, grids[person]),
             hours.get(person, []), False)
        for person in found if person in grids
    ]  # fmt: skip
    for row in [user for user in rows.of(User) if user["role"] == Role.GRID_LEADER][:40]:
        secretary = _secretary(rows, staff, row["area_id"])
        doers.append(
            Doer(row["person_id"], posts[row["person_id"]], row["area_id"], secretary, secretary,
                 cases.get(row["id"], []), True)
        )  # fmt: skip
    return doers


def _grids(rows: Rows, led: set[int]) -> dict[int, int]:
    """Person → the grid looked after, else one of the home community."""
    areas = {area["id"]: area for area in rows.of(Area)}
    under: dict[int, list[int]] = defaultdict(list)
    for area in areas.values():
        if area["id"] in led and area["parent_id"]:
            under[area["parent_id"]].append(area["id"])
    found = {}
    for row in rows.of(Person):
        home = row["area_id"]
        choices = [home] if home in led else under.get(home or 0, [])
        if choices:
            found[row["id"]] = choices[row["id"] % len(choices)]
    held = {row["person_id"]: row["area_id"] for row in rows.of(Assignment) if row["ends_on"] is None}
    return found | {person: area for person, area in held.items() if area in led}


def _secretary(rows: Rows, staff: Staff, grid: int) -> int:
    community = rows.of(Area)[grid - 1]["parent_id"]
    return staff.secretaries[community][0] if community in staff.secretaries else staff.command[0]


def _hours(rows: Rows, today: date) -> dict[int, list[tuple[date, int, float]]]:
    """Person → (day, attendance, hours) of activities before today."""
    person_of = {row["id"]: row["person_id"] for row in rows.of(Volunteer)}
    starts = {row["id"]: row["starts_at"] for row in rows.of(Activity)}
    found: dict[int, list[tuple[date, int, float]]] = defaultdict(list)
    for row in rows.of(Attendance):
        if row["minutes"] and local_date(starts[row["activity_id"]]) < today:
            day = local_date(row["checked_in_at"])
            found[person_of[row["volunteer_id"]]].append((day, row["id"], round(row["minutes"] / 60, 2)))
    return {person: sorted(services) for person, services in found.items()}


def _cases(rows: Rows, today: date) -> dict[int, list[tuple[date, int, float]]]:
    """User → (day, incident, 1) of cases closed before today."""
    found: dict[int, list[tuple[date, int, float]]] = defaultdict(list)
    for row in rows.of(Incident):
        if row["status"] == IncidentStatus.CLOSED and row["closed_at"] and row["handler_id"]:
            day = local_date(row["closed_at"])
            if day < today:
                found[row["handler_id"]].append((day, row["id"], 1.0))
    return {user: sorted(services) for user, services in found.items()}


def _span(state: str, today: date, rng: random.Random) -> tuple[date, date]:
    """First and last day of a pledge that is to be in a state."""
    if state in ("kept", "broken", "reached_late"):
        due = today - timedelta(days=rng.randint(3 if state == "kept" else 45, 330))
        return due - timedelta(days=rng.randint(80, 180)), due
    if state == "late":
        due = today - timedelta(days=rng.randint(2, 26))
        return due - timedelta(days=rng.randint(90, 170)), due
    start = today - timedelta(days=rng.randint(3, 15) if state == "open" else rng.randint(60, 150))
    return start, today + timedelta(days=rng.randint(12, 140))


def _add_pledge(rows: Rows, doer: Doer, state: str, today: date, rng: random.Random, used: set[int]) -> None:
    start, due = _span(state, today, rng)
    free = [
        one for one in doer.services if start <= one[0] <= min(due, today - timedelta(days=1)) and one[1] not in used
    ]
    linked = len(free) >= 2 and rng.random() < 0.7 and state != "reached_late"
    if linked:
        kind, unit, text, amount, services = _linked(doer, state, free, rng)
    else:
        kind, unit, text, amount, services = _by_hand(state, start, due, today, rng)
    pledge = rows.add(
        Pledge, person_id=doer.person, area_id=doer.area, post=doer.post, text=text.format(n=f"{amount:g}"),
        amount=float(amount), unit=unit.value, starts_on=start, due_on=due, is_public=rng.random() < PUBLIC,
        created_by=doer.judges, created_at=_evening(start),
    )  # fmt: skip
    for day, record, quantity in services:
        used |= {record} if record else set()
        _add_evidence(rows, doer, pledge, kind, (day, record, quantity), rng)
    _add_reviews(rows, doer, pledge, state, due, today, rng)


Services = list[tuple[date, int | None, float]]


def _linked(
    doer: Doer, state: str, free: list[tuple[date, int, float]], rng: random.Random
) -> tuple[EvidenceKind, PledgeUnit, str, float, Services]:
    kind = EvidenceKind.INCIDENT if doer.leads else EvidenceKind.ACTIVITY
    unit = PledgeUnit.CASES if doer.leads else PledgeUnit.HOURS
    text = "亲自办结网格内事件 {n} 件" if doer.leads else "参加志愿服务满 {n} 小时"
    chosen = [] if state == "open" else free[: rng.randint(2, 12)]
    total = sum(quantity for _, _, quantity in chosen)
    if state == "kept":
        return kind, unit, text, max(1, math.floor(total)), list(chosen)
    return kind, unit, text, math.ceil(total * rng.uniform(1.3, 2.2)) + 1, list(chosen)


def _by_hand(
    state: str, start: date, due: date, today: date, rng: random.Random
) -> tuple[EvidenceKind, PledgeUnit, str, float, Services]:
    kind, unit, text, amounts = rng.choice(BY_HAND)
    amount = rng.choice(amounts)
    share = {"kept": 1.0, "reached_late": 1.0, "open": 0.0}.get(state, rng.uniform(0.25, 0.85))
    parts = min(rng.randint(2, 6), amount)
    whole = round(amount * share)
    sizes = [whole // parts + (1 if number < whole % parts else 0) for number in range(parts)]
    last = min(due, today - timedelta(days=1))
    days = sorted(start + timedelta(days=rng.randint(1, max(1, (last - start).days))) for _ in sizes)
    if state == "reached_late":
        days[-1] = due + timedelta(days=rng.randint(3, 20))
    return kind, unit, text, amount, [(day, None, float(size)) for day, size in zip(days, sizes, strict=True) if size]


def _add_evidence(
    rows: Rows, doer: Doer, pledge: int, kind: EvidenceKind, service: tuple[date, int | None, float], rng: random.Random
) -> None:
    day, record, quantity = service
    note = "" if record else rng.choice(NOTES[kind])
    evidence = rows.add(
        PledgeEvidence, pledge_id=pledge, person_id=doer.person, kind=kind.value, record_id=record, turn=0,
        happened_on=day, quantity=quantity, note=note, created_by=doer.judges, created_at=_evening(day),
    )  # fmt: skip
    if record is None:
        _mark(rows, pledge, evidence, "confirmed", "", doer.confirms, day)
    elif rng.random() < 0.02:  # put to the wrong pledge, and taken back on the same evening
        _mark(rows, pledge, evidence, "withdrawn", "登记错了承诺", doer.judges, day)


def _mark(rows: Rows, pledge: int, evidence: int, mark: str, reason: str, user: int, day: date) -> None:
    rows.add(
        PledgeMark, pledge_id=pledge, evidence_id=evidence, mark=mark, reason=reason, user_id=user,
        at=_evening(day) + timedelta(hours=1),
    )  # fmt: skip


def _add_reviews(rows: Rows, doer: Doer, pledge: int, state: str, due: date, today: date, rng: random.Random) -> None:
    if due >= today - timedelta(days=31):
        return
    at = _evening(due + timedelta(days=rng.randint(2, 12)))
    if rng.random() < 0.7:
        verdict = Verdict.KEPT if state in ("kept", "reached_late") else Verdict.NOT_KEPT
        words = rng.choice(SENTENCES[verdict])
        rows.add(PledgeVerdict, pledge_id=pledge, verdict=verdict.value, words=words, user_id=doer.judges, at=at)
    stars = (5, 5, 5, 4, 4, 3) if state == "kept" else (4, 3, 3, 2)
    for _ in range(rng.randint(0, 12)):
        rows.add(PledgeRating, pledge_id=pledge, stars=rng.choice(stars), user_id=doer.confirms, at=at)


def _evening(day: date) -> datetime:
    return from_local(day, time(19, 30))


def _add_waiting(rows: Rows, staff: Staff, today: date, rng: random.Random) -> None:
    """Services of yesterday, noted by grid leaders, that wait for a second person: first the first secretary's."""
    yesterday = today - timedelta(days=1)
    running: list[dict[str, Any]] = [
        row for row in rows.of(Pledge)
        if row["due_on"] > yesterday > row["starts_on"] and row["unit"] != PledgeUnit.CASES
    ]  # fmt: skip
    office = next(iter(staff.secretaries), 0)
    near = {row["id"] for row in rows.of(Area) if f"/{office}/" in row["path"]}
    rng.shuffle(running)
    for row in sorted(running, key=lambda row: row["area_id"] not in near)[:5]:
        rows.add(
            PledgeEvidence, pledge_id=row["id"], person_id=row["person_id"], kind=EvidenceKind.TASK.value,
            record_id=None, turn=0, happened_on=yesterday, quantity=1.0, note=rng.choice(NOTES[EvidenceKind.TASK]),
            created_by=staff.leaders.get(row["area_id"], row["created_by"]), created_at=_evening(yesterday),
        )  # fmt: skip
