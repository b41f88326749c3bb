"""Which area a place lies in: one at a time, many at once, in tables."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from db.models import PostHolding
from db.session import Database, transaction
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from geo.datums import wgs84_to_gcj02
from geo.errors import UndeclaredDatum, UnknownDatum
from services.areas import locating
from services.areas.locating_files import ADDED, ColumnTaken, locate_file
from services.lists.cells import UnknownField
from services.system.installations import current_profile
from services.system.maintenance import FileExists
from tests.boundaries import SOUTH, WEST, square
from tests.factories import make_area, make_person, make_station

INSIDE = (WEST + 0.005, SOUTH + 0.005)


@pytest.fixture
def town(db: Database) -> dict[str, int]:
    """A street of 4 × 1 squares, a community of 2 × 1 in it, and two grids in that."""
    street = make_area("街道", level="street", code="S", box=(WEST, SOUTH, WEST + 0.04, SOUTH + 0.01))
    community = make_area(
        "社区", level="community", code="C", parent=street, box=(WEST, SOUTH, WEST + 0.02, SOUTH + 0.01)
    )
    grids = [make_area(f"{n}格", code=f"G{n}", parent=community, box=square(n, 0).bounds) for n in (0, 1)]
    return {"S": street, "C": community, "G0": grids[0], "G1": grids[1]}


def test_finest_area_and_those_above_are_named_when_inside(town: dict[str, int]) -> None:
    found = locating.locate(SYSTEM, *INSIDE)
    assert (found.grid, found.path, found.outside, found.nearest) == ("G0", ["S", "C", "G0"], False, None)
    point = locating.locate_point(*INSIDE)
    assert (point.area_id, point.name, point.area_path) == (
        town["G0"], "0格", f"/{town['S']}/{town['C']}/{town['G0']}/",
    )  # fmt: skip


def test_upper_area_is_named_when_no_grid_is_there(town: dict[str, int]) -> None:
    assert locating.locate(SYSTEM, WEST + 0.03, SOUTH + 0.005).path == ["S"]


def test_first_code_wins_on_a_border(town: dict[str, int]) -> None:
    on_border = (WEST + 0.01, SOUTH + 0.005)
    assert {locating.locate(SYSTEM, *on_border).grid for _ in range(3)} == {"G0"}
    assert locating.finder().locate_many([on_border[0]], [on_border[1]]).tolist() == ["G0"]


def test_nearest_area_is_named_when_outside(town: dict[str, int]) -> None:
    found = locating.locate(SYSTEM, WEST - 0.001, SOUTH + 0.005)
    assert (found.grid, found.path, found.outside) == (None, [], True)
    assert found.nearest is not None
    assert found.nearest.code == "G0"  # as near as the street and the community around it, but finer
    assert found.nearest.metres == pytest.approx(91.7, abs=0.5)
    far = locating.locate(SYSTEM, 0, 0).nearest
    assert far is not None
    assert far.metres > 1e7


def test_nothing_is_near_when_there_are_no_areas(db: Database) -> None:
    found = locating.locate(SYSTEM, *INSIDE)
    assert (found.grid, found.outside, found.nearest, found.station) == (None, True, None, None)


def test_other_datum_is_converted_when_named(town: dict[str, int]) -> None:
    lon, lat = (float(value[0]) for value in wgs84_to_gcj02(np.array([INSIDE[0]]), np.array([INSIDE[1]])))
    assert locating.locate(SYSTEM, lon, lat, "gcj02").grid == "G0"
    assert locating.locate(SYSTEM, lon, lat, "wgs84").grid != "G0"


def test_leader_and_station_are_in_the_answer(town: dict[str, int]) -> None:
    post = next(post.key for post in current_profile().grid_posts if post.leads)
    person = make_person("张安")
    with transaction(EVERYWHERE) as session:
        session.add(PostHolding(person_id=person, post=post, area_id=town["G0"], valid_from=date(2020, 1, 1)))
    far = make_station("远站", code="Z2", lon=WEST + 0.0195, lat=SOUTH + 0.005, area_id=town["C"])
    assert far
    make_station("街道站", code="Z1", lon=INSIDE[0], lat=INSIDE[1], area_id=town["S"])
    found = locating.locate(SYSTEM, *INSIDE)
    assert found.leader == locating.GridLeader("张安", post)
    assert found.station is not None
    assert found.station.code == "Z2"  # farther, but of the community itself
    visitor = Actor(1, "v", "访客", Role.VISITOR)
    assert locating.locate(visitor, *INSIDE).leader is None


@pytest.mark.parametrize("place", [(181, 0), (0, 91), (float("nan"), 0), (float("inf"), 0)])
def test_place_is_refused_when_not_on_the_globe(sqlite_db: Database, place: tuple[float, float]) -> None:
    with pytest.raises(locating.InvalidPlace):
        locating.locate_point(*place)


@pytest.mark.parametrize(("datum", "refusal"), [("auto", UndeclaredDatum), ("mars", UnknownDatum)])
def test_datum_is_refused_when_unknown(sqlite_db: Database, datum: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        locating.locate(SYSTEM, *INSIDE, datum)


def test_finder_is_made_anew_when_an_area_changes(town: dict[str, int]) -> None:
    place = ([WEST + 0.035], [SOUTH + 0.005])
    assert locating.finder().locate_many(*place).tolist() == ["S"]
    make_area("新格", code="N", parent=town["S"], box=square(3, 0).bounds)
    assert locating.finder().locate_many(*place).tolist() == ["N"]


def test_one_and_many_agree_when_asked_at_random(town: dict[str, int]) -> None:
    random = np.random.default_rng(7)
    lons, lats = WEST - 0.01 + random.random(200) * 0.06, SOUTH - 0.01 + random.random(200) * 0.03
    many = locating.finder().locate_many(lons, lats)
    single = [locating.locate_point(lon, lat).code for lon, lat in zip(lons, lats, strict=True)]
    assert many.tolist() == single
    assert {"S", "G0", "G1", None} <= set(single)


class TestFile:
    ROWS = f"name,x,y\n甲,{INSIDE[0]},{INSIDE[1]}\n乙,0,0\n丙,,\n丁,abc,1\n戊,500,500\n"

    def read(self, path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    @pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
    def test_columns_are_added_to_each_row(self, town: dict[str, int], tmp_path: Path, codec: str) -> None:
        (tmp_path / "in.csv").write_text(self.ROWS, codec)
        report = locate_file(SYSTEM, tmp_path / "in.csv", tmp_path / "out.csv", "x", "y")
        assert (report.read, report.located, report.outside, report.without_place) == (5, 1, 1, 3)
        rows = self.read(tmp_path / "out.csv")
        assert [row["name"] for row in rows] == list("甲乙丙丁戊")
        assert [tuple(row[name] for name in ADDED) for row in rows] == [
            ("G0", "0格", "no"), ("", "", "yes"), ("", "", ""), ("", "", ""), ("", "", ""),
        ]  # fmt: skip

    def test_rows_keep_their_cells_when_quoted_or_short(self, town: dict[str, int], tmp_path: Path) -> None:
        text = f'name;x;y;note\n"a;b ""c""\nd";{INSIDE[0]};{INSIDE[1]}\n\n=1+1;1;1;-\n'
        (tmp_path / "in.csv").write_text(text, "utf-8")
        locate_file(SYSTEM, tmp_path / "in.csv", tmp_path / "out.csv", "x", "y")
        with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
        assert [row[0] for row in rows[1:]] == ['a;b "c"\nd', "=1+1"]
        assert rows[1][3:] == ["", "G0", "0格", "no"]

    def test_name_is_defused_when_a_spreadsheet_would_run_it(self, town: dict[str, int], tmp_path: Path) -> None:
        make_area("=cmd()", code="@X", parent=town["S"], box=square(3, 0).bounds)
        (tmp_path / "in.csv").write_text(f"x,y\n{WEST + 0.035},{SOUTH + 0.005}\n", "utf-8")
        locate_file(SYSTEM, tmp_path / "in.csv", tmp_path / "out.csv", "x", "y")
        assert self.read(tmp_path / "out.csv")[0]["grid_name"] == "'=cmd()"

    def test_parts_are_told_when_the_file_is_long(
        self, town: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.areas.locating_files._CHUNK", 100)
        line = f"{INSIDE[0]},{INSIDE[1]}\n"
        (tmp_path / "in.csv").write_text("x,y\n" + line * 250, "utf-8")
        told: list[int] = []
        report = locate_file(
            SYSTEM, tmp_path / "in.csv", tmp_path / "out.csv", "x", "y", on_rows=lambda rows, share: told.append(rows)
        )
        assert (report.read, report.located, told) == (250, 250, [100, 200, 250])

    @pytest.mark.parametrize(
        ("text", "lon", "refusal"),
        [
            ("x,y\n1,1\n", "lon", UnknownField),
            ("x,y,outside\n1,1,\n", "x", ColumnTaken),
            ("", "x", Exception),
        ],
    )
    def test_table_is_refused_when_unusable(
        self, sqlite_db: Database, tmp_path: Path, text: str, lon: str, refusal: type[Exception]
    ) -> None:
        (tmp_path / "in.csv").write_text(text, "utf-8")
        with pytest.raises(refusal):
            locate_file(SYSTEM, tmp_path / "in.csv", tmp_path / "out.csv", lon, "y")
        assert not list(tmp_path.glob("*out*"))

    def test_table_is_not_written_over_itself(self, sqlite_db: Database, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_text(self.ROWS, "utf-8")
        with pytest.raises(FileExists):
            locate_file(SYSTEM, tmp_path / "in.csv", tmp_path / "in.csv", "x", "y")

    def test_others_are_refused_when_they_may_not_see_areas(self, sqlite_db: Database, tmp_path: Path) -> None:
        with pytest.raises(PermissionDenied):
            locate_file(Actor(1, "v", "访客", Role.VISITOR), tmp_path / "in.csv", tmp_path / "out.csv", "x", "y")
