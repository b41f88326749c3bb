"""The parts the town generator is made of."""

import numpy as np
import pytest

from geo.town.frames import largest_frame, row_frame
from geo.town.households import even_out
from geo.town.partition import Ground, components, divide
from geo.town.pieces import Side, chord, cut, inset, rectangle
from geo.town.plan import PlanNotPossible, suggest_counts
from geo.town.tree import reading_order, share_out
from geo.town.warp import LEAST_STRETCH, Warp, densify, random_waves
from geo.town.words import Stems, english, numeral, pinyin

SQUARE = rectangle(0, 0, 100, 60, (Side.WATER, Side.ARTERIAL, Side.LOCAL, Side.LANE))


def test_both_parts_share_the_cut_when_a_piece_is_cut():
    left, right = cut(SQUARE, (40.0, 0.0), (0.1, 1.0), Side.INNER)
    assert left.area + right.area == pytest.approx(SQUARE.area)
    assert len(set(left.points) & set(right.points)) == 2
    assert Side.LANE in left.sides
    assert Side.LANE not in right.sides
    assert Side.ARTERIAL in right.sides


def test_nothing_is_cut_off_when_the_line_misses():
    left, right = cut(SQUARE, (500.0, 0.0), (0.0, 1.0), Side.INNER)
    assert right is None
    assert left.area == pytest.approx(SQUARE.area)
    assert chord(SQUARE, (500.0, 0.0), (0.0, 1.0)) is None


def test_each_side_moves_by_its_own_width_when_inset():
    widths = {Side.WATER: 10.0, Side.ARTERIAL: 5.0, Side.LOCAL: 2.0, Side.LANE: 1.0}
    inner = inset(SQUARE, lambda side: widths[side])
    assert inner.area == pytest.approx((100 - 6) * (60 - 12))
    assert inset(SQUARE, lambda side: 40.0) is None


def cross(a, b):
    return a[0] * b[1] - a[1] * b[0]


def test_the_rectangle_stays_inside_when_fitted_into_a_site():
    site = np.array([(0.0, 0.0), (60.0, 5.0), (50.0, 40.0), (5.0, 35.0)])
    for frame in (row_frame(site, 0.1, 12.0), largest_frame(site, 0.1)):
        for corner in frame.corners(0.01):
            turns = [cross(b - a, corner - a) for a, b in zip(site, np.roll(site, -1, axis=0), strict=True)]
            assert min(turns) > 0
    assert row_frame(site, 0.1, 80.0) is None


def lattice(size: int) -> Ground:
    links = [{} for _ in range(size * size)]
    for i in range(size):
        for j in range(size):
            for ni, nj in ((i + 1, j), (i, j + 1)):
                if ni < size and nj < size:
                    a, b = i * size + j, ni * size + nj
                    links[a][b] = links[b][a] = 100.0
    middle = np.array([(j * 100.0, i * 100.0) for i in range(size) for j in range(size)])
    homes = np.full(size * size, 10.0)
    return Ground(homes, np.full(size * size, 1e4), middle, links, np.ones(size * size, dtype=bool))


@pytest.mark.parametrize("parts", [2, 3, 5, 8])
def test_parts_are_connected_and_even_when_a_lattice_is_divided(parts):
    ground = lattice(12)
    labels = divide(ground, parts)
    homes = np.bincount(labels, ground.homes)
    assert len(homes) == parts
    assert homes.min() >= 0.75 * 1440 / parts
    assert homes.max() <= 1.25 * 1440 / parts
    for part in range(parts):
        assert len(components(ground.links, np.flatnonzero(labels == part).tolist())) == 1


def test_the_border_follows_the_cheap_edge_when_a_street_crosses():
    ground = lattice(6)
    for a in range(36):
        for b in ground.links[a]:
            if {a // 6, b // 6} == {2, 3}:
                ground.links[a][b] = 10.0
    labels = divide(ground, 2)
    assert len(set(labels[:18])) == len(set(labels[18:])) == 1


def test_limits_hold_and_the_sum_stays_when_evened_out():
    assert sum(even_out([30, 95, 70, 60], (50, 80))) == 255
    evened = even_out([30, 95, 70, 60], (50, 80))
    assert min(evened) >= 50
    assert max(evened) <= 80
    assert even_out([10, 10], (50, 80)) == [10, 10]


def test_each_gets_its_share_and_at_least_one_when_shared_out():
    assert share_out(10, [600, 300, 100]) == [6, 3, 1]
    assert share_out(4, [1000, 1, 1]) == [2, 1, 1]
    with pytest.raises(PlanNotPossible):
        share_out(2, [1, 1, 1])


def test_places_are_read_like_a_page_when_ordered():
    spots = np.array([(10.0, 0.0), (0.0, 0.0), (0.0, 10.0), (10.0, 10.0)])
    assert reading_order(spots) == [2, 3, 1, 0]


def test_nothing_is_folded_when_a_wild_bend_is_calmed():
    rng = np.random.default_rng(1)
    wild = Warp(tuple(wave for _ in range(40) for wave in random_waves(rng, 900.0)))
    calm = wild.calmed((-500.0, -500.0), (500.0, 500.0))
    board = rng.uniform(-480, 480, (4000, 2))
    assert wild._least_stretch(board) < LEAST_STRETCH
    assert calm._least_stretch(board) > 0.9 * LEAST_STRETCH


def test_corners_stay_when_a_line_is_densified():
    line = densify(np.array([(0.0, 0.0), (100.0, 0.0), (100.0, 7.0)]), 15.0)
    assert np.hypot(*np.diff(line, axis=0).T).max() <= 15.0
    assert (100.0, 0.0) in [tuple(p) for p in line]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "零"), (7, "七"), (10, "十"), (12, "十二"), (20, "二十"), (105, "一百零五"), (318, "三百一十八")],
)
def test_a_number_is_written_in_chinese_when_asked(number, text):
    assert numeral(number) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("望江大道", "Wangjiang Avenue"),
        ("平安小区", "Ping'an Residential Quarter"),
        ("林峰社区", "Linfeng Community"),
        ("皮匠山", "Pijiangshan"),
        ("望帆驿站（2）", "Wangfan Rest Stop (2)"),
        ("云苑3、5号", "Yunyuan3, 5hao"),
        ("", ""),
    ],
)
def test_a_name_is_put_into_english_when_asked(name, text):
    assert english(name) == text


def test_a_syllable_is_set_off_when_it_begins_with_a_vowel():
    assert pinyin("长安") == "Chang'an"


def test_stems_never_run_out_when_many_are_taken():
    stems = Stems(np.random.default_rng(1), ("望江",))
    taken = [stems.take() for _ in range(3_000)]
    assert taken[0] == "望江"
    assert len(set(taken)) == 3_000


def test_counts_follow_the_rule_of_size_when_suggested():
    counts = suggest_counts(24_000)
    assert counts.grids == 60
    assert 300 <= 24_000 / counts.grids <= 500
    assert 50 <= 24_000 / counts.micro_grids <= 80
    assert suggest_counts(10).grids == 1
