"""Scenes of the big screen: whose turn it is."""

from datetime import UTC, datetime, timedelta

import pytest

from ui.components.scenes import SCENES, Turn, chosen_scenes, turn_at

OPENED = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "scene", "number"),
    [(-5, "map", 0), (0, "map", 0), (29.9, "map", 0), (30, "pledges", 0), (60, "map", 1), (90, "pledges", 1),
     (3600, "map", 60)],
)  # fmt: skip
def test_scenes_take_turns_from_the_map_on(passed: float, scene: str, number: int) -> None:
    assert turn_at(SCENES, OPENED, OPENED + timedelta(seconds=passed), 30) == Turn(scene, number)


@pytest.mark.parametrize("passed", [0, 30, 60])
def test_a_kept_scene_stands_and_turns_its_pages(passed: int) -> None:
    assert turn_at(("pledges",), OPENED, OPENED + timedelta(seconds=passed), 30) == Turn("pledges", passed // 30)


@pytest.mark.parametrize("wish", [None, "", "nothing", "map,pledges"])
def test_an_address_that_names_no_scene_shows_all(wish: str | None) -> None:
    assert chosen_scenes(wish) == SCENES


def test_an_address_keeps_one_scene() -> None:
    assert [chosen_scenes(scene) for scene in SCENES] == [("map",), ("pledges",)]
