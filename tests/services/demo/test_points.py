"""The points of a demo town: the ledger is sound, follows from the seed, and has something of everything."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from db.models import Attendance, PointsAccount, PointsEntry, PointsMonth, Redemption, ShopGood, ShopWait
from db.session import Database
from domain.permissions import EVERYWHERE, SYSTEM
from domain.points import EntryKind
from services.demo import build_demo
from services.system.maintenance import verify
from tests.built_towns import in_use

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Database:
    target = Database(f"sqlite:///{tmp_path_factory.mktemp('points') / 'town.db'}")
    build_demo("linfeng", now=NOW, target=target)
    return target


def test_the_ledger_of_a_town_is_sound(town: Database) -> None:
    with in_use(town):
        report = verify(SYSTEM)
    assert [check for check in report.checks if check.faults] == []


def test_a_year_earned_redeemed_and_closed_its_months(town: Database) -> None:
    with town.reading(EVERYWHERE) as session:
        kinds = dict(session.execute(select(PointsEntry.kind, func.count()).group_by(PointsEntry.kind)).all())
        assert session.scalar(select(func.max(PointsMonth.ends_on))) == date(2026, 9, 30)
        assert session.scalar(select(func.min(PointsAccount.balance))) >= 0
        assert session.scalar(select(func.count(ShopWait.id))) == 3
        names = set(session.scalars(select(ShopGood.name)))
    assert kinds[EntryKind.EARN.value] > 5000
    assert kinds[EntryKind.REDEEM.value] > 300
    assert kinds[EntryKind.REVERSE.value] > 5
    assert "理发一次" in names


def test_nobody_is_at_two_places(town: Database) -> None:
    one, other = aliased(Attendance), aliased(Attendance)
    same = (one.volunteer_id == other.volunteer_id) & (one.id < other.id)
    statement = select(func.count(one.id)).join(other, same).where(
        one.checked_in_at < other.checked_out_at, other.checked_in_at < one.checked_out_at
    )  # fmt: skip
    with town.reading(EVERYWHERE) as session:
        assert session.scalar(statement) == 0


def test_most_is_handed_out_at_the_shop_and_some_at_other_stations(town: Database) -> None:
    with town.reading(EVERYWHERE) as session:
        counts = Counter(session.scalars(select(Redemption.station_id)))
        shop = session.scalar(select(ShopGood.station_id))
    assert None not in counts
    assert counts.most_common(1)[0][0] == shop
    assert len(counts) > 2


def test_the_same_seed_and_hour_give_the_same_ledger(town: Database, tmp_path: Path) -> None:
    again = Database(f"sqlite:///{tmp_path / 'again.db'}")
    build_demo("linfeng", now=NOW, target=again)

    def read(source: Database) -> tuple[list[str], list[int]]:
        with source.reading(EVERYWHERE) as session:
            hashes = list(session.scalars(select(PointsEntry.hash).order_by(PointsEntry.id)))
            return hashes, list(session.scalars(select(Redemption.good_id).order_by(Redemption.id)))

    assert read(town) == read(again)
