"""Pledges of the demo towns: every state, services that are on record, the same for the same seed (feature D3)."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from db.queries.pledges import EVERY
from db.session import Database
from domain.clock import local_date
from domain.permissions import EVERYWHERE, Actor, Role
from domain.pledges import PledgeStatus
from services.pledges.board import read_board
from services.pledges.checks import list_pledge_faults
from services.pledges.register import list_views
from services.pledges.wall import read_wall
from tests.built_towns import TownShelf, in_use

NOW = datetime(2026, 3, 18, 6, 32, tzinfo=UTC)
CHIEF = Actor(1, "command", "顾岚", Role.COMMAND_CENTRE)


@pytest.fixture(scope="module")
def town(built_towns: TownShelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    file = tmp_path_factory.mktemp("town") / "town.db"
    built_towns.copy("linfeng", NOW, file)
    target = Database(f"sqlite:///{file}")
    with in_use(target):
        yield target
    target.dispose()


def test_every_member_has_pledges_and_every_state_is_there(town: Database) -> None:
    with town.reading(EVERYWHERE) as session:
        views = list_views(session, EVERY, local_date(NOW))
        assert list_pledge_faults(session) == []
    states = Counter(view.progress.status for view in views)
    assert states.keys() == set(PledgeStatus)
    assert min(states.values()) >= 4
    assert len({view.person_id for view in views}) == 68 + 6  # members and leaders of the six grids
    assert {view.post for view in views} >= {"policy_speaker", "mediator", "contact", "environment_watcher", "helper"}


def test_figures_of_the_board_add_up_to_their_lists(town: Database) -> None:
    board = read_board(CHIEF, now=NOW)
    assert sum(row.share.total for row in board.grids) == board.share.total == board.found
    assert sum(row.share.kept for row in board.posts) == board.share.kept
    assert board.counts["late"] + board.counts["running"] + board.counts["kept"] + board.counts["reached_late"] + (
        board.counts["broken"]
    ) == board.share.total  # fmt: skip
    assert board.counts["waiting"] > 0
    assert [view.progress.status for view in board.rows[: board.counts["late"]]] == ["late"] * board.counts["late"]


def test_the_wall_holds_no_whole_name(town: Database) -> None:
    wall = read_wall(CHIEF, NOW)
    assert wall.cards
    assert all(len(card.surname) <= 2 for card in wall.cards)
