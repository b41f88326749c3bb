"""Redemption at stations: how many in a second, one after the other and many at once, on both databases."""

import json
import statistics
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from db import migrating
from db.models import Person, PointsAccount
from db.queries.bulk import follow_ids, insert_rows
from db.session import Database, transaction, use_database
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, SYSTEM
from domain.points import EarningKind
from services.points.earning import earn
from services.shop import goods, redemptions
from services.shop.codes import make_code
from services.shop.goods import GoodForm, StockForm
from services.shop.redemptions import RedeemForm
from services.system.installations import forget_installation
from tests import factories as make
from tests.points_town import NOW
from tests.postgres import find_server

MEMBERS = 300


def run() -> None:
    """Print a line of JSON for each database."""
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", Database(f"sqlite:///{Path(folder) / 'shop.db'}"))
    server = find_server()
    if server is not None:
        try:
            _measure("PostgreSQL", Database(server.fresh_database()))
        finally:
            server.stop()


def _measure(name: str, target: Database) -> None:
    use_database(target)
    forget_installation()
    try:
        migrating.upgrade(target)
        clerk, codes, good = _prepare()
        single = [_timed(clerk, code, good) for code in codes[: MEMBERS // 3]]
        began = time.perf_counter()
        with ThreadPoolExecutor(20) as pool:
            ended = Counter(pool.map(lambda code: _redeem(clerk, code, good), codes[MEMBERS // 3 :]))
        seconds = time.perf_counter() - began
        figures = {
            "database": name, "one_ms": round(statistics.median(single) * 1000, 1),
            "p95_ms": round(_p95(single) * 1000, 1), "a_second_from_20": round(sum(ended.values()) / seconds, 1),
            "ended": ended,
        }  # fmt: skip
        print(json.dumps(figures), flush=True)
    finally:
        use_database(None)
        forget_installation()
        target.dispose()


def _prepare() -> tuple[Any, list[str], int]:
    """Members with 40 points and a code each, and a good that half of them can have."""
    clerk = make.make_user()
    with transaction(EVERYWHERE) as session:
        insert_rows(session, Person, [_person(number) for number in range(1, MEMBERS + 1)])
        insert_rows(session, PointsAccount, [{"id": n, "person_id": n, "balance": 0} for n in range(1, MEMBERS + 1)])
        follow_ids(session)
        for person in range(1, MEMBERS + 1):
            earn(session, SYSTEM, person, EarningKind.PLEDGE, "pledge", person, 4, NOW, NOW)
    good = goods.add_good(clerk, GoodForm("雨伞", "goods", 30), NOW)
    goods.receive_stock(clerk, StockForm(good, MEMBERS // 2), NOW)
    members = [make.make_user(person=person) for person in range(1, MEMBERS + 1)]
    return clerk, [make_code(member, NOW).code for member in members], good


def _person(number: int) -> dict[str, Any]:
    return {
        "id": number, "name": f"成员{number}", "name_key": "", "is_party_member": False, "skills": "", "version": 1,
        "updated_at": NOW,
    }  # fmt: skip


def _timed(clerk: Any, code: str, good: int) -> float:
    began = time.perf_counter()
    with suppress(Refusal):
        _redeem(clerk, code, good)
    return time.perf_counter() - began


def _redeem(clerk: Any, code: str, good: int) -> str:
    try:
        redemptions.redeem(clerk, RedeemForm(good, 1, code), NOW + timedelta(minutes=1))
    except Refusal as refusal:
        return refusal.code
    return "done"


def _p95(values: list[float]) -> float:
    return sorted(values)[round(len(values) * 0.95) - 1]


if __name__ == "__main__":
    run()
