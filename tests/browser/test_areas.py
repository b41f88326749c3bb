"""The page of areas in a real browser: an import is drawn before it is written; a finding is brought into view."""

from pathlib import Path

import pytest

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
