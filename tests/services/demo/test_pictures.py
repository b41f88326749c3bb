"""Pictures of the demo: drawn, the same each time, small, and marked as an example."""

import io
from itertools import product

import pytest
from PIL import Image

from services.demo.pictures import HEIGHT, SCENES, VARIANTS, WIDTH, draw


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_small_and_the_same_each_time(scene: str) -> None:
    first = draw(scene, 0)
    draw.cache_clear()
    assert draw(scene, 0) == first
    assert (first.width, first.height) == (WIDTH, HEIGHT)
    assert len(first.content) < 30_000


def test_every_scene_and_variant_is_a_picture_of_its_own() -> None:
    found = {draw(scene, variant).sha256 for scene, variant in product(SCENES, range(VARIANTS))}
    assert len(found) == len(SCENES) * VARIANTS


@pytest.mark.parametrize("scene", SCENES)
def test_every_picture_says_in_a_corner_that_it_is_an_example(scene: str) -> None:
    picture = Image.open(io.BytesIO(draw(scene, 1).content)).convert("L")
    corner = picture.crop((WIDTH - 150, HEIGHT - 44, WIDTH - 12, HEIGHT - 10))
    shades = corner.histogram()
    share = [sum(part) / (corner.width * corner.height) for part in (shades[:80], shades[190:])]
    assert share[0] > 0.6  # the dark plate
    assert share[1] > 0.05  # the words on it
