"""A case reported from where the tablet stands: the browser's position is the place (feature C1)."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.texts import text
from tests.browser.serving import running_server
from tests.browser.small_town import SmallTown
from tests.browser.visit import Visit
from tests.incident_town import IN_A

pytestmark = pytest.mark.browser


def test_the_tablets_position_sets_the_place_and_its_grid(chromium: Browser, tmp_path: Path) -> None:
    town = SmallTown(tmp_path / "town.db", "licun")
    with (
        running_server(str(town.database.url), tmp_path / "log.txt") as server,
        Visit.of(chromium, server, "tablet") as visit,
    ):
        context = visit.page.context
        context.grant_permissions(["geolocation"], origin=server)
        context.set_geolocation({"longitude": IN_A[0], "latitude": IN_A[1], "accuracy": 12})
        town.sign_in(visit, "leader_a")
        visit.go("/report")
        expect(visit.page.get_by_text(text("zh_CN", "report.where.none"))).to_be_visible()
        frame = visit.page.frame_locator('iframe[title*="streamlit_folium"]')
        frame.get_by_text(text("zh_CN", "map.locate"), exact=True).click()
        visit.page.wait_for_url("**at=*")
        visit.settle()
        expect(visit.page.get_by_text("书院格").first).to_be_visible()
        assert "at=112.405000,34.605000" in visit.page.url.replace("%2C", ",")
        assert visit.outside == []
        assert visit.console == []
    town.close()
