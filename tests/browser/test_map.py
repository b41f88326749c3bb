"""The map in a real browser: what costs a run and what does not, what stays, what is asked of whom."""

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Frame

from domain.permissions import Role
from geo.datums import wgs84_to_gcj02
from tests.browser.serving import running_server
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
READY = ".leaflet-container[data-tiles=ready][data-points=ready]"
VIEW = "() => { const m = window.map; return [m.getZoom(), m.getCenter().lng, m.getCenter().lat]; }"
MARK = "() => { window.stillHere = (window.stillHere || 0) + 1; return window.stillHere; }"


class Runs:
    """Messages that the browser sent to the server: each makes a run."""

    def __init__(self, visit: Visit) -> None:
        self.sent = 0
        visit.page.on("websocket", lambda socket: socket.on("framesent", self._count))

    def _count(self, _: object) -> None:
        self.sent += 1


def frame_of(visit: Visit) -> Frame:
    """The frame of the only map of the page, once it is drawn."""
    handle = visit.page.wait_for_selector('iframe[title*="streamlit_folium"]')
    frame = handle.content_frame() if handle else None
    assert frame is not None
    frame.wait_for_selector(READY, timeout=60_000)
    visit.page.wait_for_timeout(600)
    return frame


def middle(visit: Visit) -> tuple[float, float]:
    box = visit.page.locator('iframe[title*="streamlit_folium"]').bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(visit: Visit, dx: float, dy: float) -> None:
    x, y = middle(visit)
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + dx, y + dy, steps=6)
    visit.page.mouse.up()
    visit.page.wait_for_timeout(900)


def click_an_area(visit: Visit, frame: Frame) -> None:
    """Click the place of an area where no symbol lies."""
    spot = frame.evaluate(
        """() => {
            const linge = Linge.of(window.map), size = window.map.getSize();
            for (let y = size.y * 0.3; y < size.y * 0.7; y += 7)
                for (let x = size.x * 0.3; x < size.x * 0.7; x += 7) {
                    const at = window.map.containerPointToLayerPoint([x, y]);
                    const far = linge.points.placed.every((s) => Math.hypot(s.x - at.x, s.y - at.y) > s.size);
                    if (far && linge.describe({ latlng: window.map.containerPointToLatLng([x, y]), layerPoint: at }))
                        return [x, y];
                }
        }"""
    )
    box = visit.page.locator('iframe[title*="streamlit_folium"]').bounding_box()
    assert spot is not None
    assert box is not None
    visit.page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])


def test_moving_costs_nothing_and_a_click_one_run_while_the_view_stays(visit: Visit) -> None:
    visit.sign_in(Role.COMMAND_CENTRE)
    runs = Runs(visit)
    visit.go("/map")
    frame = frame_of(visit)
    frame.evaluate(MARK)
    before, sent = frame.evaluate(VIEW), runs.sent
    drag(visit, 60, 30)
    visit.page.mouse.wheel(0, -120)
    visit.page.wait_for_timeout(1200)
    moved = frame.evaluate(VIEW)
    assert moved != before
    assert runs.sent == sent
    click_an_area(visit, frame)
    visit.page.wait_for_url("**/map?area=*")
    visit.settle()
    assert runs.sent == sent + 1
    assert frame.evaluate(VIEW) == moved
    assert frame.evaluate(MARK) == 2  # the frame was never torn down
    assert frame.locator(".leaflet-chosen-pane path").count() == 1
    assert (visit.outside, visit.console) == ([], [])


def test_address_opens_the_same_area_when_a_colleague_gets_it(visit: Visit, chromium: Browser, server: str) -> None:
    visit.sign_in(Role.COMMAND_CENTRE)
    visit.go("/map")
    click_an_area(visit, frame_of(visit))
    visit.page.wait_for_url("**/map?area=*")
    visit.settle()
    title = visit.page.locator(".lg-h1").first.inner_text()
    with Visit.of(chromium, server) as colleague:
        colleague.sign_in(Role.VISITOR)
        colleague.go(visit.page.url.removeprefix(server))
        assert colleague.page.locator(".lg-h1").first.inner_text() == title
        assert frame_of(colleague).locator(".leaflet-chosen-pane path").count() == 1


def test_layers_and_colours_change_without_a_new_frame(visit: Visit) -> None:
    visit.sign_in(Role.COMMAND_CENTRE)
    visit.go("/map")
    frame = frame_of(visit)
    frame.evaluate(MARK)
    state = "() => { const s = Linge.of(window.map).state; return [s.fill, s.layers.stations, s.layers.uncovered]; }"
    assert frame.evaluate(state) == ["open", True, False]
    for label in ("站点", "未包联"):
        visit.page.locator('[data-testid="stButtonGroup"] button', has_text=label).first.click()
    visit.page.locator('[data-testid="stButtonGroup"] button', has_text="每千户事件数").click()
    visit.settle()
    frame.wait_for_function("() => Linge.of(window.map).state.fill === 'rate'")
    assert frame.evaluate(state) == ["rate", False, True]
    assert frame.evaluate(MARK) == 2


@pytest.mark.parametrize("role", [Role.VISITOR, Role.GRID_LEADER])
def test_map_shows_as_many_incidents_as_it_says(visit: Visit, role: Role) -> None:
    visit.sign_in(role)
    visit.go("/map")
    frame = frame_of(visit)
    count = (
        "() => { const p = Linge.of(window.map).state.points.incidents; return [p.placed, p.total, p.rows.length]; }"
    )
    placed, total, rows = frame.evaluate(count)
    assert rows >= placed
    assert str(placed) in visit.text()
    assert placed <= total


def test_text_of_people_is_shown_as_text_when_it_looks_like_code(visit: Visit) -> None:
    visit.sign_in(Role.COMMAND_CENTRE)
    visit.go("/map")
    frame = frame_of(visit)
    evil = "<img src=x onerror=window.caught=1></script>${window.caught=1}`"
    shown = frame.evaluate(
        """(evil) => {
            const linge = Linge.of(window.map);
            linge.hover.describe = () => ({ lines: [evil, evil] });
            linge.hover.due = { containerPoint: { x: 40, y: 40 } };
            linge.hover.show();
            return [linge.hover.node.querySelector("b").textContent, linge.hover.node.children.length];
        }""",
        evil,
    )
    visit.page.wait_for_timeout(300)
    assert shown == [evil, 2]
    assert frame.evaluate("() => window.caught === undefined")


# Leaflet's own latLngToContainerPoint rounds to whole pixels.
PLACES = """(places) => places.map(([lon, lat]) => {
  const at = window.map.project([lat, lon]).subtract(window.map.getPixelOrigin());
  return at.add(L.DomUtil.getPosition(window.map.getPane("mapPane")));
})"""
# Where a place stands on the picture: the tile that holds it in GCJ-02, and how far into the tile it lies.
ON_TILES = """(places) => places.map(([lon, lat]) => {
  const zoom = window.map.getZoom(), world = 256 * 2 ** zoom, sin = Math.sin(lat * Math.PI / 180);
  const px = (lon + 180) / 360 * world, py = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world;
  const [x, y] = [Math.floor(px / 256), Math.floor(py / 256)];
  const tiles = [...document.querySelectorAll(".leaflet-raster-pane img")];
  const tile = tiles.find((image) => image.src.includes(`/${zoom}/${x}/${y}?`));
  if (!tile) return null;
  const box = tile.getBoundingClientRect(), map = window.map.getContainer().getBoundingClientRect();
  return { x: box.left - map.left + px - x * 256, y: box.top - map.top + py - y * 256 };
})"""


@pytest.fixture(scope="module")
def shifted_server(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over raster tiles that are declared to be GCJ-02."""
    folder = tmp_path_factory.mktemp("raster")
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), "#DDE4EC").save(picture, "PNG")
    with sqlite3.connect(folder / "town.mbtiles") as file:
        file.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        file.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        lon, lat = _middle_of(demo_file)
        for zoom in range(11, 21):
            x = int((lon + 180) / 360 * 2**zoom)
            y = int((0.5 - np.arctanh(np.sin(np.radians(lat))) / (2 * np.pi)) * 2**zoom)
            around = [(zoom, x + i, 2**zoom - 1 - y - j) for i in range(-6, 7) for j in range(-6, 7)]
            file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", [(*tile, picture.getvalue()) for tile in around])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINGE_BASE_MAP", f"gcj02:{folder / 'town.mbtiles'}")
        with running_server(f"sqlite:///{demo_file}", folder / "log.txt") as address:
            yield address


def _middle_of(demo_file: Path) -> tuple[float, float]:
    with sqlite3.connect(demo_file) as file:
        west, south, east, north = file.execute(
            "SELECT min_x, min_y, max_x, max_y FROM areas WHERE depth = 0"
        ).fetchone()
    return (west + east) / 2, (south + north) / 2


def test_tiles_in_gcj02_lie_under_our_places_to_the_pixel(
    chromium: Browser, shifted_server: str, demo_file: Path
) -> None:
    with Visit.of(chromium, shifted_server) as visit:
        visit.sign_in(Role.COMMAND_CENTRE)
        visit.go("/map")
        frame = frame_of(visit)
        visit.page.wait_for_timeout(1500)
        for move in (lambda: None, lambda: drag(visit, 90, -50), lambda: visit.page.mouse.wheel(0, -120)):
            move()
            visit.page.wait_for_timeout(1500)
            assert _error(frame) < 0.25
        assert visit.outside == []


def _error(frame: Frame) -> float:
    """Greatest distance, in pixels, between places in the middle (10 m around it) and where the tiles show them."""
    _, lon, lat = frame.evaluate(VIEW)
    near = np.array([[lon + dx, lat + dy] for dx in (-1e-4, 0, 1e-4) for dy in (-1e-4, 0, 1e-4)])
    on_tiles = np.column_stack(wgs84_to_gcj02(near[:, 0], near[:, 1]))
    places: list[Any] = frame.evaluate(PLACES, near.tolist())
    shown: list[Any] = frame.evaluate(ON_TILES, on_tiles.tolist())
    found = [(p, s) for p, s in zip(places, shown, strict=True) if s]
    assert len(found) >= 5
    return max(float(np.hypot(p["x"] - s["x"], p["y"] - s["y"])) for p, s in found)
