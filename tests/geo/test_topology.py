import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from geo.errors import MissingCrs
from geo.metric import area_m2
from geo.topology import TopologyReport, check_areas

SIDE = 0.01  # degrees: 850 m to the east, 1.1 km to the north
METRE_EAST = SIDE / 853.9  # at 39.9 N
BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def frame(rows: list[tuple[str, str | None, str, shapely.Geometry | None]]) -> gpd.GeoDataFrame:
    code, parent, level, geometry = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"code": code, "parent": parent, "level": level}, geometry=list(geometry), crs="EPSG:4326")


def town(*children: list[Polygon]) -> gpd.GeoDataFrame:
    """One community per list, side by side with space between, its grids drawn in a unit square."""
    rows: list[tuple[str, str | None, str, shapely.Geometry | None]] = []
    for number, grids in enumerate(children):
        west = 116 + 2 * SIDE * number
        rows.append((f"C{number}", None, "community", box(west, 39.9, west + SIDE, 39.9 + SIDE)))
        for place, grid in enumerate(grids):
            placed = shapely.transform(grid, lambda points, west=west: points * SIDE + (west, 39.9))
            rows.append((f"C{number}-{place}", f"C{number}", "grid", placed))
    return frame(rows)


def count(report: TopologyReport) -> dict[str, int]:
    return {name: len(findings) for name, findings in report.as_dict().items()}


@pytest.fixture(scope="module")
def one_of_each() -> gpd.GeoDataFrame:
    strip = 2 * METRE_EAST / SIDE  # two metres
    return town(
        [box(0, 0, 0.52, 1), box(0.5, 0, 1, 1)],  # overlap of 0.02 x 1
        [box(0, 0, 0.5, 1), box(0.52, 0, 1, 1)],  # gap of 0.02 x 1
        [box(0, 0, 0.5, 1), box(0.5, 0, 0.5 + strip, 1), box(0.5 + strip, 0, 1, 1)],  # sliver
        [BOW_TIE, Polygon([(0, 0), (1, 0), (0.5, 0.5)]), Polygon([(0, 1), (1, 1), (0.5, 0.5)])],  # invalid
        [box(0, 0, 0.5, 1.02), box(0.5, 0, 1, 1)],  # 0.5 x 0.02 outside
    )


def test_one_of_each_gives_exactly_those(one_of_each: gpd.GeoDataFrame) -> None:
    whole = float(area_m2(box(116, 39.9, 116 + SIDE, 39.9 + SIDE)))
    found = check_areas(one_of_each).as_dict()
    fiftieth = pytest.approx(whole / 50, rel=1e-3)
    assert [(f["codes"], f["m2"]) for f in found["overlaps"]] == [(("C0-0", "C0-1"), fiftieth)]
    assert [(f["near"], f["m2"]) for f in found["gaps"]] == [(("C1-0", "C1-1"), fiftieth)]
    assert [(f["code"], f["m2"]) for f in found["slivers"]] == [("C2-1", pytest.approx(2 * 1110.4, rel=1e-2))]
    assert found["invalid"] == [{"code": "C3-0", "reason": "self_intersection"}]
    outside = [(f["code"], f["parent"], f["m2"]) for f in found["outside_parent"]]
    assert outside == [("C4-0", "C4", pytest.approx(whole / 100, rel=1e-3))]


def test_findings_carry_their_place(one_of_each: gpd.GeoDataFrame) -> None:
    report = check_areas(one_of_each)
    for finding in (*report.overlaps, *report.gaps, *report.slivers, *report.outside_parent):
        assert float(area_m2(finding.geometry)) == pytest.approx(finding.m2, rel=1e-3)
        assert finding.level == "grid"
    crossing = shapely.Point(116 + 6.5 * SIDE, 39.9 + 0.5 * SIDE)
    assert report.invalid[0].geometry.distance(crossing) < 1e-6


def test_a_clean_town_has_no_findings() -> None:
    report = check_areas(town([box(0, 0, 0.5, 1), box(0.5, 0, 1, 0.5), box(0.5, 0.5, 1, 1)]))
    assert len(report) == 0


def test_corners_on_a_neighbours_long_line_open_no_gap() -> None:
    """Over 30 km a line straight in degrees bends by 20 m in the plane; in degrees nothing is amiss."""
    city = box(116, 39.7, 116.4, 40.1)
    halves = [box(116, 39.7, 116.4, 39.9), box(116, 39.9, 116.1, 40.1), box(116.1, 39.9, 116.4, 40.1)]
    rows = [("0", None, "city", city), *[(f"1{i}", "0", "district", half) for i, half in enumerate(halves)]]
    assert len(check_areas(frame(rows))) == 0


def test_enclosed_ground_is_a_gap_when_no_parent_is_there() -> None:
    ring = box(116, 39.9, 116.03, 39.93) - box(116.01, 39.91, 116.02, 39.92)
    report = check_areas(frame([("a", None, "grid", ring), ("b", "gone", "grid", box(116.03, 39.9, 116.04, 39.93))]))
    assert [gap.near for gap in report.gaps] == [("a",)]
    assert count(report)["outside_parent"] == 0


def test_parents_without_areas_of_the_level_are_no_gap() -> None:
    areas = town([box(0, 0, 1, 1)], [])
    assert len(check_areas(areas)) == 0


def test_the_same_outline_twice_is_an_overlap() -> None:
    report = check_areas(town([box(0, 0, 1, 1), box(0, 0, 1, 1)]))
    assert [overlap.codes for overlap in report.overlaps] == [("C0-0", "C0-1")]


def test_thresholds_are_what_they_say(one_of_each: gpd.GeoDataFrame) -> None:
    large = check_areas(one_of_each, overlap_m2=1e6, gap_m2=1e6, outside_m2=1e6, sliver_width_m=1.0)
    assert count(large) == {"overlaps": 0, "gaps": 0, "slivers": 0, "invalid": 1, "outside_parent": 0}


def test_only_the_levels_asked_for_are_checked(one_of_each: gpd.GeoDataFrame) -> None:
    assert len(check_areas(one_of_each, levels=["community"])) == 0
    assert len(check_areas(one_of_each, levels=["grid"])) == 5


def test_areas_without_outline_are_named() -> None:
    line = Polygon([(116, 39.9), (116.1, 39.9), (116, 39.9)])
    shapes = {"a": None, "b": line, "c": box(116, 39, 117, 40)}
    report = check_areas(frame([(code, None, "grid", shape) for code, shape in shapes.items()]))
    assert [(finding.code, finding.reason) for finding in report.invalid] == [("a", "empty"), ("b", "too_few_points")]


def test_empty_frame_has_no_findings() -> None:
    assert len(check_areas(frame([("a", None, "grid", box(0, 0, 1, 1))]).iloc[:0])) == 0


def test_metres_are_refused() -> None:
    with pytest.raises(MissingCrs):
        check_areas(frame([("a", None, "grid", box(0, 0, 1, 1))]).to_crs(3857))


def test_beijing_has_its_known_findings(beijing: gpd.GeoDataFrame) -> None:
    """26 overlaps, the largest 26,093 m2 (in UTM; 26,114 on the ellipsoid), 0.021 km2 of gaps, one invalid district."""
    report = check_areas(beijing)
    overlaps = [finding for finding in report.overlaps if finding.level == "street"]
    assert len(overlaps) == 26
    assert overlaps[0].m2 == pytest.approx(26_093, rel=1e-3)
    assert overlaps[0].codes == ("110112009000", "110112105000")
    assert sum(gap.m2 for gap in report.gaps if gap.level == "street") == pytest.approx(21_000, rel=0.025)
    assert [(finding.code, finding.level) for finding in report.invalid] == [("110106000000", "district")]
    assert report.slivers == []


def test_beijing_streets_have_the_same_gaps_when_their_districts_are_not_there(beijing: gpd.GeoDataFrame) -> None:
    report = check_areas(beijing[beijing["level"] != "district"])
    assert sum(gap.m2 for gap in report.gaps) == pytest.approx(21_000, rel=0.025)
    assert len(report.overlaps) == 26


def test_shenzhen_has_one_invalid_town(data) -> None:
    towns = gpd.read_file(data / "shenzhen-townships-grid" / "Index_Township.json")
    named = zip(towns["GBTOWN"], towns.geometry, strict=True)
    assert len(check_areas(frame([(str(code), None, "town", shape) for code, shape in named])).invalid) == 1


@pytest.mark.parametrize("seed", range(5))
def test_overlaps_are_those_of_every_pair_alone(seed: int) -> None:
    """Only areas that do not meet edge on edge are compared; nothing may be lost by that."""
    corners = np.random.default_rng(seed).integers(0, 40, (60, 2)) / 1000 + (116, 39.9)
    sides = np.random.default_rng(seed + 100).integers(1, 9, (60, 2)) / 1000
    boxes = [box(*corner, *(corner + side)) for corner, side in zip(corners, sides, strict=True)]
    report = check_areas(frame([(f"{i:02}", None, "grid", shape) for i, shape in enumerate(boxes)]))
    pairs = itertools.combinations(range(60), 2)
    wanted = {(f"{i:02}", f"{j:02}") for i, j in pairs if area_m2(boxes[i] & boxes[j]) > 100}
    assert {overlap.codes for overlap in report.overlaps} == wanted


def test_ten_thousand_cells_are_checked_against_each_other() -> None:
    """One cell in a large clean lattice is stretched over its right neighbour: only that is found."""
    step = 0.001
    lattice = ((116 + i * step, 39.9 + j * step) for i in range(100) for j in range(100))
    cells = [box(west, south, west + step, south + step) for west, south in lattice]
    cells[5050] = shapely.union(cells[5050], shapely.affinity.translate(cells[5050], step / 2))
    report = check_areas(frame([(f"{i:05}", None, "grid", cell) for i, cell in enumerate(cells)]))
    assert [finding.codes for finding in report.overlaps] == [("05050", "05150")]
    assert len(report) == 1
    assert np.isclose(report.overlaps[0].m2, float(area_m2(cells[0])) / 2, rtol=0.01)
