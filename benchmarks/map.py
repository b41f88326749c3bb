"""The map in real Chromium: from navigation to interactive, from click to answer; ours against the plain way.

    python -m benchmarks.map [--ours 300 5000 100000] [--plain 300 5000] [--repeat 3]

Plain = folium.GeoJson in st_folium, the same grids, its scripts served from this machine. Interactive = every tile
(plain: every polygon) of the first view is drawn and can be clicked. Answer = the page shows the code of the area that
was clicked. Ours is the real map page behind sign-in, with header, legend, panel and 1,000 incidents. One JSON line
for each way and number, then the ratios.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from benchmarks.map_city import build_city, make_grids
from config.settings import ROOT
from db.models import User
from domain.permissions import EVERYWHERE, Role
from services.accounts.sessions import hash_password
from tests.browser.serving import find_chromium, running_server
from tests.browser.visit import CHROMIUM_ARGUMENTS

PASSWORD = "for this benchmark"
FRAME = 'iframe[title*="streamlit_folium"]'
READY = {
    "ours": "() => document.querySelector('.leaflet-container[data-tiles=ready][data-points=ready]')",
    "plain": "(n) => document.querySelectorAll('path.leaflet-interactive').length >= n",
}
QUIET_SPOT = """() => {
  const linge = Linge.of(window.map), size = window.map.getSize();
  for (let y = size.y * 0.3; y < size.y * 0.7; y += 7)
    for (let x = size.x * 0.3; x < size.x * 0.7; x += 7) {
      const at = window.map.containerPointToLayerPoint([x, y]);
      const place = { latlng: window.map.containerPointToLatLng([x, y]), layerPoint: at };
      if (linge.points.placed.every((s) => Math.hypot(s.x - at.x, s.y - at.y) > s.size) && linge.describe(place))
        return [x, y];
    }
}"""


@dataclass
class Wire:
    """Bytes over the page's socket, and when the last message came."""

    received: int = 0
    last: float = 0.0
    sent_at: float = field(default=0.0)

    def watch(self, page: Page) -> None:
        """Count from now on."""
        page.on("websocket", lambda socket: (socket.on("framereceived", self._in), socket.on("framesent", self._out)))

    def _in(self, frame: bytes | str) -> None:
        self.received += len(frame)
        self.last = time.perf_counter()

    def _out(self, _: bytes | str) -> None:
        self.sent_at = time.perf_counter()


@dataclass(frozen=True)
class Way:
    """One way of drawing: where its map lies, how its answer is read, where to click."""

    name: str
    address: str
    login: Callable[[Page], None]
    answered: str
    spot: Callable[[Frame], Any]


def measure(browser: Browser, way: Way, count: int, repeat: int) -> dict[str, float]:
    """Open with an empty cache, then again; click in each. Medians of the later rounds."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    way.login(page)
    rounds = [_round(page, way, count) for _ in range(repeat + 1)]
    context.close()
    first, later = rounds[0], rounds[1:]
    medians = {key: statistics.median(one[key] for one in later) for key in first}
    return {"open_first_s": round(first["open_s"], 2)} | {key: round(value, 3) for key, value in medians.items()}


def _round(page: Page, way: Way, count: int) -> dict[str, float]:
    page.goto("about:blank")
    wire = Wire()
    wire.watch(page)
    start = time.perf_counter()
    page.goto(way.address, wait_until="commit")
    handle = page.wait_for_selector(FRAME, timeout=300_000)
    frame = handle.content_frame() if handle else None
    assert frame is not None
    frame.wait_for_function(READY[way.name], arg=count, timeout=300_000)
    opened = time.perf_counter() - start
    page.wait_for_timeout(1500)
    received, wire.received = wire.received, 0
    box, spot = page.locator(FRAME).bounding_box(), way.spot(frame)
    assert box is not None
    before = page.evaluate(way.answered)
    page.mouse.move(box["x"] + spot[0], box["y"] + spot[1])
    page.wait_for_timeout(300)
    start = time.perf_counter()
    page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    page.wait_for_function(
        f"(before) => {{ const now = ({way.answered})(); return now && now !== before; }}", arg=before, timeout=300_000
    )
    clicked = time.perf_counter() - start
    page.wait_for_timeout(800)
    return {
        "open_s": opened, "open_bytes": received, "click_s": clicked,
        "click_server_s": max(0.0, wire.last - wire.sent_at), "click_bytes": wire.received,
    }  # fmt: skip


@contextmanager
def ours(folder: Path, count: int) -> Iterator[Way]:
    """The real map page over a city of `count` grids."""
    target = build_city(folder / f"city{count}.db", count)
    with target.transaction(EVERYWHERE) as session:
        session.add(
            User(username="bench", name="顾岚", password_hash=hash_password(PASSWORD), role=Role.COMMAND_CENTRE.value)
        )
    target.dispose()
    with running_server(target.url, folder / "ours.log") as server:

        def login(page: Page) -> None:
            page.request.post(f"{server}/sign-in", form={"username": "bench", "password": PASSWORD})

        answered = "() => document.querySelector('.lg-case-no span')?.textContent"
        yield Way("ours", f"{server}/map", login, answered, lambda frame: frame.evaluate(QUIET_SPOT))


@contextmanager
def plain(folder: Path, count: int) -> Iterator[Way]:
    """folium.GeoJson in st_folium over the same grids."""
    cells, _ = make_grids(count)
    names = {"code": [f"{n:015d}" for n in range(count)], "name": [f"第{n}网格" for n in range(count)]}
    data = names | {"open": np.random.default_rng(2).integers(0, 9, count)}
    gpd.GeoDataFrame(data, geometry=cells, crs=4326).to_file(folder / "cells.gpkg")
    os.environ |= {"LINGE_PLAIN_AREAS": str(folder / "cells.gpkg"), "PYTHONPATH": str(ROOT)}
    with running_server("sqlite://", folder / "plain.log", "benchmarks/plain/app.py") as server:
        answered = (
            "() => document.querySelector('[data-testid=stMarkdown] code, [data-testid=stMarkdown] p')?.innerText"
        )
        middle = "() => { const s = window.map.getSize(); return [s.x / 2 + 11, s.y / 2 + 7]; }"
        yield Way("plain", server, lambda page: None, answered, lambda frame: frame.evaluate(middle))


def main() -> None:
    """Measure each way and number, then print the ratios that the aims speak of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", type=int, nargs="*", default=[300, 5000, 100_000])
    parser.add_argument("--plain", type=int, nargs="*", default=[300, 5000])
    parser.add_argument("--repeat", type=int, default=3)
    wanted = parser.parse_args()
    found: dict[tuple[str, int], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        for make, counts in ((plain, wanted.plain), (ours, wanted.ours)):
            for count in counts:
                with make(Path(name), count) as way:
                    figures = found[way.name, count] = measure(browser, way, count, wanted.repeat)
                print(json.dumps({"name": f"map_{way.name}", "areas": count, **figures}), flush=True)
        browser.close()
    for line in ratios(found):
        print(json.dumps(line), flush=True)


def ratios(found: dict[tuple[str, int], dict[str, float]]) -> Iterator[dict[str, object]]:
    """Growth of ours from the least to the most areas, and how much faster than the plain way at the same number."""
    counts = sorted(count for name, count in found if name == "ours")
    if len(counts) > 1:
        least, most = found["ours", counts[0]], found["ours", counts[-1]]
        for key in ("open_s", "click_s"):
            yield {"name": f"map_growth_{key}", "areas": counts[-1], "ratio": round(most[key] / least[key], 2)}
    for name, count in found:
        if name == "plain" and ("ours", count) in found:
            for key in ("open_s", "click_s", "open_bytes"):
                ratio = found["plain", count][key] / max(found["ours", count][key], 1e-9)
                yield {"name": f"map_gain_{key}", "areas": count, "ratio": round(ratio, 1)}


if __name__ == "__main__":
    main()
