"""The page of areas in a real browser: an import is drawn before it is written; a finding is brought into view."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from domain.permissions import Role
from tests.boundaries import square, write_geojson
from tests.browser.test_map import frame_of
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser


def test_preview_is_drawn_and_nothing_is_asked_outside(visit: Visit, tmp_path: Path) -> None:
    rows = [(square(x, 0), {"名称": f"新{x}格", "编码": f"X{x}"}) for x in range(2)]
    path = write_geojson(tmp_path / "new.geojson", *rows, (None, {"名称": "空", "编码": "X9"}))
    visit.sign_in(Role.ADMINISTRATOR)
    visit.go("/areas?view=import")
    visit.page.set_input_files('input[type="file"]', path)
    visit.settle()
    visit.page.get_by_role("button", name="预览").click()
    visit.page.get_by_role("button", name="确认导入 2 个").wait_for(timeout=60_000)
    frame = frame_of(visit)
    frame.wait_for_selector('.leaflet-container[data-overlay="2"]')
    assert frame.locator(".leaflet-shapes-pane path").count() == 2
    shown = frame.evaluate("() => window.map.getBounds().contains([34.555, 112.61])")
    assert shown, "the preview is fitted into the view"
    assert "第 3 行没有图形" in visit.page.locator(".stMain").inner_text()
    assert visit.outside == []
    assert visit.console == []


def test_finding_is_brought_into_view(visit: Visit) -> None:
    visit.sign_in(Role.ADMINISTRATOR)
    visit.go("/areas?view=check")
    visit.page.get_by_role("button", name="开始检查").click()
    visit.settle()
    if visit.page.locator('[class*="st-key-finding-0"] button').count() == 0:
        assert "没有发现问题" in visit.page.locator(".stMain").inner_text()
        return
    frame = frame_of(visit)
    visit.page.locator('[class*="st-key-finding-0"] button').click(force=True)
    visit.settle()
    frame.wait_for_function("() => document.querySelector('.leaflet-shapes-pane path[stroke-width=\"4.5\"]')")
    assert visit.console == []


def bottom_of(page: Page, selector: str) -> float:
    """Where an element ends, in px of the window; its top must be in the window, below the header."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    assert box["y"] >= 56, selector
    return box["y"] + box["height"]


@pytest.mark.parametrize("size", ["desk", "tablet"])
def test_the_next_step_of_a_change_stands_beside_the_map_whatever_is_scrolled(
    chromium: Browser, server: str, size: str
) -> None:
    with Visit.of(chromium, server, size) as visit:
        visit.sign_in(Role.ADMINISTRATOR)
        visit.go("/area_changes")
        page, height = visit.page, visit.page.viewport_size["height"]  # type: ignore[index]
        assert page.locator(".lg-steps .lg-now").inner_text().split() == ["1", "选网格"]
        page.locator(".st-key-change-areas input").click()
        page.get_by_role("option").first.click()
        page.keyboard.press("Escape")  # the list lies over the page until then
        visit.settle()
        assert page.locator(".lg-steps .lg-now").inner_text().split() == ["2", "定新边界"]
        assert "在网格外面点一下" in page.locator(".lg-steps-now").inner_text()
        assert page.get_by_role("button", name="退一点").is_disabled()
        map_box = page.locator(".st-key-lg-panel-area-changes-map iframe").bounding_box()
        assert map_box is not None
        frame_of(visit)
        page.mouse.click(map_box["x"] + 12, map_box["y"] + map_box["height"] / 2)
        visit.settle()
        assert "接着点" in page.locator(".lg-steps-now").inner_text()
        page.get_by_role("button", name="退一点").click()
        visit.settle()
        assert "在网格外面点一下" in page.locator(".lg-steps-now").inner_text()
        page.mouse.click(map_box["x"] + 12, map_box["y"] + map_box["height"] / 2)
        visit.settle()
        page.mouse.click(map_box["x"] + map_box["width"] * 0.85, map_box["y"] + map_box["height"] / 2)
        visit.settle()
        confirm = page.get_by_role("button", name="确认拆分")
        confirm.wait_for()
        assert confirm.is_disabled()
        assert "请填写原因" in page.locator(".st-key-lg-touch-change").inner_text()
        heads = page.locator(".lg-step-head").all_inner_texts()
        assert [head.split()[-1] for head in heads] == ["选网格", "定新边界", "看结果", "写原因、保存"]
        for way in ("0", "1e6"):
            page.locator(".stMain").evaluate(f"one => one.scrollTo(0, {way})")
            page.wait_for_timeout(300)
            assert bottom_of(page, ".lg-steps-now") < height
            assert bottom_of(page, ".st-key-lg-touch-lines") < height
            assert bottom_of(page, ".st-key-lg-panel-area-changes-map iframe") <= height
        assert visit.console == []
