"""Rotas of the demo: members of a few grids or communities, most duties done, some missed (示例)."""

import random
from datetime import datetime, time, timedelta
from typing import Any

from db.models import Area, Person, Rota, RotaConfirmation, RotaDuty, RotaMember, User
from domain.clock import from_local, local_date
from domain.permissions import Role
from domain.rotas import RotaStep, make_duties, slots_between
from services.demo.people import Staff
from services.demo.rows import Rows

MOST_ROTAS, PEOPLE = 4, 6
NAMES = ("夜间巡逻轮值", "卫生监督轮值", "门前秩序轮值", "飞线充电劝导轮值")
MISSED = 0.12  # share of the duties that have passed


def add_rotas(rows: Rows, staff: Staff, now: datetime, rng: random.Random) -> None:
    """A rota of four weeks for each of some areas; the member's account has today's duty of the first."""
    places = [row for row in rows.of(User) if row["role"] == Role.PARTY_MEMBER and row["person_id"] is not None][:1]
    places += [row for row in rows.of(User) if row["role"] == Role.GRID_LEADER][: MOST_ROTAS - len(places)]
    for number, user in enumerate(places):
        people = _people(rows, user)
        if len(people) > 1:
            _add_rota(rows, NAMES[number], user["area_id"], people, staff.command[0], now, rng)


def _people(rows: Rows, user: dict[str, Any]) -> list[int]:
    """Members who live in the area or in the one above it, the account's own person first."""
    area = rows.of(Area)[user["area_id"] - 1]
    near = [row["id"] for row in rows.of(Person) if row["is_party_member"] and row["area_id"] == area["id"]]
    near += [row["id"] for row in rows.of(Person) if row["is_party_member"] and row["area_id"] == area["parent_id"]]
    own = [user["person_id"]] if user["role"] == Role.PARTY_MEMBER else []
    return list(dict.fromkeys([*own, *near]))[:PEOPLE]


def _add_rota(rows: Rows, name: str, area: int, people: list[int], by: int, now: datetime, rng: random.Random) -> None:
    today = local_date(now)
    first = today - timedelta(days=len(people) * (14 // len(people)))  # so that the first person has today's duty
    slots = slots_between(first, first + timedelta(days=27), RotaStep.DAY)
    made = from_local(first - timedelta(days=3), time(16, 0))
    rota = rows.add(
        Rota, area_id=area, name=name, step=RotaStep.DAY.value, seats=1, starts_on=first, ends_on=slots[-1].last,
        created_by=by, created_at=made, version=1, updated_at=made,
    )  # fmt: skip
    for person in people:
        rows.add(RotaMember, rota_id=rota, person_id=person, left=False)
    for slot, [person] in zip(slots, make_duties(people, slots, 1, {}), strict=True):
        duty = rows.add(
            RotaDuty, rota_id=rota, starts_on=slot.first, ends_on=slot.last, seat=0, person_id=person, version=1,
            updated_at=made,
        )  # fmt: skip
        missed = slot.last == today - timedelta(days=3) or rng.random() < MISSED
        if slot.last < today and not missed:
            rows.add(
                RotaConfirmation, rota_id=rota, duty_id=duty, person_id=person, lon=None, lat=None, user_id=by,
                at=from_local(slot.first, time(20, rng.randint(0, 59))),
            )  # fmt: skip
