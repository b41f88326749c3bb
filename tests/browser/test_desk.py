"""The command desk with a mouse: what waits is dispatched in at most three clicks."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from db.models import Incident
from domain.clock import utc_now
from domain.incidents import IncidentStatus
from domain.permissions import EVERYWHERE, Role
from tests.browser.serving import running_server
from tests.browser.small_town import SmallTown
from tests.browser.visit import Visit
from tests.incident_town import logged

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("source", ["hotline_12345", "resident"])
def test_a_case_is_dispatched_in_three_clicks(chromium: Browser, tmp_path: Path, source: str) -> None:
    town = SmallTown(tmp_path / "town.db", "licun")
    first = logged(town.street.command, "first", now=utc_now(), category="other", source=source).id
    logged(town.street.command, "second", now=utc_now(), category="other", source=source, urgency="urgent")
    clicks: list[Locator] = []

    def click(target: Locator) -> None:
        target.first.click()
        clicks.append(target)

    with (
        running_server(str(town.database.url), tmp_path / "log.txt") as server,
        Visit.of(chromium, server) as visit,
    ):
        town.sign_in(visit, "command")
        visit.go("/desk")
        page, part = visit.page, '[class*="st-key-case_"][class*="_dispatch_'
        click(page.locator(f".st-key-lg-pick-desk-{first} button"))
        visit.settle()
        click(page.locator(f'{part}open"] button'))
        click(page.locator(f'{part}confirm"] button'))
        visit.settle()
        assert visit.outside == []
        assert visit.console == []
    assert len(clicks) == 3
    with town.database.reading(EVERYWHERE) as session:
        assert session.get_one(Incident, first).status == IncidentStatus.DISPATCHED
        assert session.get_one(Incident, first).handler_id == town.street.leader_a.user_id
    town.close()


def test_keys_up_and_down_choose_a_case_and_it_stays_chosen(chromium: Browser, tmp_path: Path) -> None:
    town = SmallTown(tmp_path / "town.db", "licun")
    for form_key in ("first", "second"):
        logged(town.street.command, form_key, now=utc_now(), category="other", source="resident")
    with (
        running_server(str(town.database.url), tmp_path / "log.txt") as server,
        Visit.of(chromium, server) as visit,
    ):
        town.sign_in(visit, "command")
        visit.go("/desk")
        seen = [visit.page.url]
        for key in ("ArrowDown", "ArrowUp"):
            visit.page.keyboard.press(key)
            visit.settle()
            seen.append(visit.page.url)
        logged(town.street.command, "third", now=utc_now(), category="other", source="resident", urgency="urgent")
        visit.go("/desk" + seen[0].partition("/desk")[2])
        assert visit.page.url == seen[0]
    assert seen[0] == seen[2] != seen[1]
    assert all("incident=" in url for url in seen)
    town.close()


def test_a_tablet_held_upright_sees_the_desk_in_one_column(chromium: Browser, server: str) -> None:
    with Visit.of(chromium, server, "portrait") as visit:
        visit.sign_in(Role.COMMAND_CENTRE)
        visit.go("/desk")
        parts = ("lg-panel-decisions", "lg-panel-case", "lg-desk-middle")
        boxes = [visit.page.locator(f".st-key-{part}").first.bounding_box() for part in parts]
    found = [(round(box["x"]), round(box["width"]), box["y"], box["height"]) for box in boxes if box]
    assert len(found) == 3
    assert len({part[:2] for part in found}) == 1
    tops = sorted(found, key=lambda part: part[2])
    assert all(above[2] + above[3] <= below[2] for above, below in pairwise(tops))
