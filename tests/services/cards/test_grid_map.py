"""The small map on a printed card: north up, vector, the same for the same rows, nothing but outlines and names."""

import io
import re
from datetime import date
from xml.etree import ElementTree

import pytest
import shapely
from pypdf import PdfReader

from config.posts import member_posts
from config.profiles import PROFILE_KEYS
from db.models import BaseMapFeature
from db.session import Database, reading, transaction
from domain.cards import IDENTITY
from domain.permissions import EVERYWHERE
from services.cards.consents import change_consent, make_link
from services.cards.grid_map import HEIGHT, WIDTH, MapWords, draw_grids
from services.cards.printing import families, print_cards
from services.people.assignments import AssignmentForm, assign_member
from services.system.installations import current_profile
from tests.factories import make_area, make_person, use_profile
from tests.incident_town import NOW
from tests.pledge_town import make_pledge_town

WORDS = MapWords("北", "{n} 米")
NUMBER = re.compile(r"-?\d+\.\d")


def feature(layer: str, kind: str, geometry: shapely.Geometry, name: str = "", rank: int = 10) -> None:
    with transaction(EVERYWHERE) as session:
        session.add(BaseMapFeature(layer=layer, kind=kind, name=name, rank=rank, geometry=geometry))


def drawn(names: dict[int, str]) -> str | None:
    with reading(EVERYWHERE) as session:
        return draw_grids(session, names, WORDS, ("Noto Sans CJK SC",))


def outlines(svg: str) -> list[list[tuple[float, float]]]:
    """The corners of each grid, in tenths of a millimetre from the upper left."""
    paths = [path.get("d", "") for path in ElementTree.fromstring(svg).iter() if path.get("fill-opacity")]
    return [[(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)] for path in paths]


def test_grids_lie_in_the_frame_with_north_up_and_in_true_proportion(db: Database) -> None:
    south = make_area("南埠格", box=(112.400, 34.600, 112.410, 34.610))
    north = make_area("望棠格", box=(112.400, 34.610, 112.410, 34.620))
    svg = drawn({south: "南埠格", north: "望棠格"})
    assert svg is not None
    low, high = outlines(svg)
    assert max(y for _, y in high) <= min(y for _, y in low) + 0.2
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for corner in (low, high) for x, y in corner)
    wide, tall = (max(axis) - min(axis) for axis in zip(*low, strict=True))
    assert wide / tall == pytest.approx(916.6 / 1109.3, rel=0.01)  # metres of 0.01° at 34.6° north
    assert ("南埠格" in svg, "望棠格" in svg, "北" in svg) == (True, True, True)


def test_streets_and_waters_around_are_drawn_and_their_names_are_not(db: Database) -> None:
    grid = make_area("南埠格", box=(112.400, 34.600, 112.410, 34.610))
    plain = drawn({grid: "南埠格"})
    feature("road", "collector", shapely.LineString([(112.39, 34.605), (112.42, 34.605)]), "望江大道")
    feature("water", "river", shapely.box(112.39, 34.598, 112.42, 34.6005), "棠水")
    feature("building", "residential", shapely.box(112.404, 34.604, 112.405, 34.605), "3")
    feature("road", "local", shapely.LineString([(113.4, 34.6), (113.5, 34.6)]))  # far away
    svg = drawn({grid: "南埠格"})
    assert plain is not None
    assert svg is not None
    assert (svg.count("<path"), plain.count("<path")) == (5, 3)
    assert re.findall(r"望江大道|棠水", svg) == []
    numbers = [float(number) for number in NUMBER.findall(svg)]
    assert -1 <= min(numbers) <= max(numbers) <= WIDTH + 1  # what lies outside is cut off


def test_the_same_rows_give_the_same_text_and_no_address_is_in_it(db: Database) -> None:
    grid = make_area("南埠格", box=(112.400, 34.600, 112.410, 34.610))
    feature("road", "local", shapely.LineString([(112.39, 34.605), (112.42, 34.606)]))
    svg = drawn({grid: "南埠格"})
    assert svg == drawn({grid: "南埠格"})
    assert svg is not None
    assert re.findall(r"(?:href|url\()", svg) == []


def test_markup_in_a_name_is_text(db: Database) -> None:
    grid = make_area(box=(112.400, 34.600, 112.410, 34.610))
    svg = drawn({grid: '<image href="file:///etc/passwd"/>&'})
    assert svg is not None
    assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()} == {
        "svg", "rect", "path", "text",
    }  # fmt: skip


def test_many_grids_are_outlined_without_names(db: Database) -> None:
    names = {
        make_area(f"第{n}格", box=(112.4 + n / 100, 34.6, 112.41 + n / 100, 34.61)): f"第{n}格" for n in range(4)
    }  # fmt: skip
    svg = drawn(names)
    assert svg is not None
    assert len(outlines(svg)) == 4
    assert [name for name in names.values() if name in svg] == []


def test_nothing_is_drawn_where_no_grid_has_an_outline(db: Database) -> None:
    assert drawn({make_area(): "无界格"}) is None
    assert drawn({}) is None


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("profile", PROFILE_KEYS)
def test_the_map_is_on_the_paper_as_vector_and_the_page_stays_one(
    sqlite_db: Database, profile: str, language: str
) -> None:
    if not families():
        pytest.skip("no font with Chinese letters")
    use_profile(profile)
    town = make_pledge_town()
    post = member_posts(current_profile())[0].key
    form = AssignmentForm(town.person, town.street.grid_a, post, date(2026, 1, 1))
    assign_member(town.street.command, form, NOW)
    change_consent(town.member, town.person, IDENTITY, True, now=NOW)
    make_link(town.member, town.person, NOW)
    paper = print_cards(town.member, town.person, language, "http://here", NOW)
    (page,) = PdfReader(io.BytesIO(paper)).pages
    assert list(page.images) == []
    alone = make_person("无格", area=town.street.grid_a)
    assert len(paper) > len(print_cards(town.street.command, alone, language, "http://here", NOW))
