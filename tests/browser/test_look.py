"""The look of the running app: sizes, themes, the header at every width, the big screen through a night."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from config.settings import ROOT
from config.texts import catalog
from db.models import Person
from db.session import Database, use_database
from domain.permissions import EVERYWHERE, Role
from services.accounts.sessions import find_actor
from services.incidents.cases import IncidentForm, log_incident
from services.system.installations import current_profile, forget_installation
from tests.browser.serving import free_port
from tests.browser.visit import Visit
from ui.components.scenes import SCENES

pytestmark = pytest.mark.browser

# Font sizes of every element that shows text of its own and can be seen.
FONT_SIZES = """() => [...document.querySelectorAll('.lg-screen *, .st-key-lg-screen *')]
  .filter((el) => el.offsetParent && [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((el) => parseFloat(getComputedStyle(el).fontSize))"""
SCROLLS = """() => [document.scrollingElement, document.querySelector('.stMain')].some((el) =>
  el.scrollHeight > el.clientHeight + 1 || el.scrollWidth > el.clientWidth + 1)"""
OVERFLOWING = """() => [...document.querySelectorAll('.lg-box, .lg-col, .lg-legend, .lg-map-title, .lg-head')]
  .filter((el) => el.scrollHeight > el.clientHeight + 2 || el.scrollWidth > el.clientWidth + 2)
  .map((el) => el.className + ': ' + el.innerText.slice(0, 40))"""
BACKGROUND = "() => getComputedStyle(document.querySelector('.stApp') || document.body).backgroundColor"
LIGHT, DARK = "rgb(244, 246, 249)", "rgb(10, 21, 38)"


@contextmanager
def window(chromium: Browser, server: str, width: int, height: int, scheme: str = "light") -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        yield Visit(context.new_page(), server)
    finally:
        context.close()


def open_screen(visit: Visit, role: Role = Role.VISITOR, language: str = "zh_CN", scene: str = "map") -> Page:
    visit.sign_in(role, language)
    visit.go(f"/screen?scene={scene}")
    visit.page.wait_for_selector(".lg-head")
    return visit.page


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(("width", "height", "least"), [(1920, 1080, 24), (3840, 2160, 48)])
def test_screen_fits_the_wall_and_can_be_read(
    chromium: Browser, server: str, width: int, height: int, least: int, language: str
) -> None:
    with window(chromium, server, width, height) as visit:
        page = open_screen(visit, language=language)
        assert not page.evaluate(SCROLLS)
        assert page.evaluate(OVERFLOWING) == []
        assert min(page.evaluate(FONT_SIZES)) >= least - 0.01
        assert page.evaluate(BACKGROUND) == DARK
        assert (visit.outside, visit.console) == ([], [])


def test_scenes_take_turns_and_the_map_stays(chromium: Browser, server: str) -> None:
    with window(chromium, server, 1920, 1080) as visit:
        page = open_screen(visit, scene="")
        page.wait_for_selector(".lg-turn-map")
        page.evaluate("() => { window.frame = document.querySelector('.st-key-lg-wall-map iframe') }")
        page.wait_for_selector(".lg-turn-pledges", timeout=30_000)
        page.wait_for_selector(".lg-pledges .lg-box", timeout=10_000)
        assert page.locator(".lg-pledges").is_visible()
        assert not page.locator(".st-key-lg-wall-map").is_visible()
        assert not page.evaluate(SCROLLS)
        assert page.evaluate(OVERFLOWING) == []
        assert min(page.evaluate(FONT_SIZES)) >= 24 - 0.01
        page.mouse.click(900, 500)  # a touch, wherever it is, holds the scene
        page.get_by_text(catalog("zh_CN")["screen.held"]).wait_for(timeout=15_000)
        page.mouse.click(300, 900)
        page.get_by_text(catalog("zh_CN")["screen.held"]).wait_for(state="hidden", timeout=15_000)
        page.wait_for_selector(".lg-turn-map", timeout=30_000)
        assert page.locator(".st-key-lg-wall-map").is_visible()
        assert not page.locator(".lg-pledges").is_visible()
        assert page.evaluate("() => document.querySelector('.st-key-lg-wall-map iframe') === frame")
        assert (visit.outside, visit.console, visit.raw_keys()) == ([], [], set())


@pytest.mark.parametrize("scene", SCENES)
def test_screen_shows_no_phone_and_no_full_name(chromium: Browser, server: str, demo_file: Path, scene: str) -> None:
    database = Database(f"sqlite:///{demo_file}")
    with database.reading(EVERYWHERE) as session:
        names = {name for (name,) in session.query(Person.name)}
    database.dispose()
    with window(chromium, server, 1920, 1080) as visit:
        open_screen(visit, scene=scene)
        text = visit.text()
    assert not re.search(r"1[3-9]\d{9}", text)
    assert [name for name in names if len(name) > 2 and name in text] == []


def test_new_incident_appears_on_the_screen_and_the_map_stays(chromium: Browser, server: str, demo_file: Path) -> None:
    with window(chromium, server, 1920, 1080) as visit:
        page = open_screen(visit, Role.COMMAND_CENTRE)
        page.evaluate("""() => { window.frame = document.querySelector('.st-key-lg-wall-map iframe'); window.loads = 0;
          frame.addEventListener('load', () => loads++); }""")
        before = int(page.locator(".lg-hero .lg-n").inner_text().split("\n")[0].rstrip("件 "))
        log_one(demo_file, visit)
        page.wait_for_function(
            f"() => parseInt(document.querySelector('.lg-hero .lg-n').innerText) === {before + 1}", timeout=15_000
        )
        assert page.evaluate("() => document.querySelector('.st-key-lg-wall-map iframe') === frame && loads === 0")


def log_one(demo_file: Path, visit: Visit) -> None:
    """Log an incident from beside the server, as another desk would."""
    use_database(Database(f"sqlite:///{demo_file}"))
    forget_installation()
    try:
        profile = current_profile()
        token = next(c["value"] for c in visit.page.context.cookies() if c["name"] == "linge_session")
        actor = find_actor(token)
        assert actor is not None
        form = IncidentForm(
            form_key="look-1", category=next(iter(profile.classes)), description="路灯不亮",
            source=profile.sources[0].key, urgency=profile.urgencies[0].key,
            lon=profile.centre.lon, lat=profile.centre.lat,
        )  # fmt: skip
        log_incident(actor, form)
    finally:
        use_database(None)
        forget_installation()


def test_user_switches_the_theme_and_every_page_follows(chromium: Browser, server: str) -> None:
    with window(chromium, server, 1440, 900, scheme="dark") as visit:
        visit.sign_in(Role.COMMAND_CENTRE)
        page = visit.page
        page.wait_for_function(f"() => ({BACKGROUND})() === '{LIGHT}'")  # light, whatever the device says
        page.locator(".st-key-lg-user button").first.click()
        page.get_by_role("radio", name="深色").click()
        page.wait_for_function(f"() => ({BACKGROUND})() === '{DARK}'", timeout=20_000)
        visit.go("/incidents")
        page.wait_for_function(f"() => ({BACKGROUND})() === '{DARK}'")
        page.locator(".st-key-lg-user button").first.click()
        page.get_by_role("radio", name="浅色").click()
        page.wait_for_function(f"() => ({BACKGROUND})() === '{LIGHT}'", timeout=20_000)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1180, 820), (820, 1180), (390, 844)])
def test_header_cuts_nothing_off_and_the_menu_holds_every_page(
    chromium: Browser, server: str, width: int, height: int
) -> None:
    with window(chromium, server, width, height) as visit:
        visit.sign_in(Role.ADMINISTRATOR)
        page = visit.page
        edges = page.evaluate("""() => [...document.querySelector('.st-key-lg-header').children]
            .map((el) => el.getBoundingClientRect()).map((r) => [Math.round(r.left), Math.round(r.right), r.height])""")
        assert all(0 <= left <= right <= width for left, right, _ in edges)
        assert all(one[1] <= other[0] + 1 for one, other in pairwise(edges))
        page.locator(".st-key-lg-menu button").first.click()
        links = page.locator('[data-testid="stPopoverBody"] [data-testid="stPageLink-NavLink"]')
        links.first.wait_for()
        assert links.count() == page.locator(".st-key-lg-nav [data-testid='stPageLink-NavLink']").count() >= 8
        assert min(links.evaluate_all("all => all.map((one) => one.offsetHeight)")) >= 44
        assert not page.evaluate("() => document.querySelector('.stMain').scrollWidth > innerWidth")


def test_an_address_that_no_page_has_opens_the_first_page_without_english_words(chromium: Browser, server: str) -> None:
    with window(chromium, server, 1180, 820) as visit:
        visit.sign_in(Role.GRID_LEADER)
        visit.go("/no_such_page")
        visit.page.wait_for_timeout(2500)  # the script looks every two seconds
        assert not visit.page.get_by_text("Page not found").is_visible()
        visit.page.locator(".st-key-lg-menu button").first.click(timeout=5000)  # nothing lies over the page
        assert visit.outside == []


def test_choosing_a_row_opens_its_case_and_keeps_the_map(chromium: Browser, server: str) -> None:
    with window(chromium, server, 1440, 900) as visit:
        visit.sign_in(Role.COMMAND_CENTRE)
        visit.go("/desk")
        page = visit.page
        page.evaluate("() => { window.frame = document.querySelector('.st-key-lg-panel-map iframe') }")
        row = page.locator('[class*="st-key-lg-pick-desk"]').nth(1)
        title = row.locator("b").inner_text()
        row.locator("button").click()
        page.wait_for_function(f"() => document.querySelector('.lg-h1')?.innerText === {title!r}")
        assert "incident=" in page.url
        assert page.evaluate("() => document.querySelector('.st-key-lg-panel-map iframe') === frame")
        assert (visit.outside, visit.console, visit.raw_keys()) == ([], [], set())


def test_screen_says_that_the_server_is_away_and_comes_back_by_itself(
    chromium: Browser, demo_file: Path, tmp_path: Path
) -> None:
    port = free_port()
    process = start(port, demo_file, tmp_path)
    try:
        with window(chromium, f"http://localhost:{port}", 1920, 1080) as visit:
            page = open_screen(visit)
            assert not page.locator(".lg-lost").is_visible()
            process.terminate()
            process.wait(timeout=20)
            page.wait_for_selector(".lg-lost", state="visible", timeout=30_000)
            page.wait_for_timeout(6_000)
            assert not page.get_by_text("Connection error").is_visible()
            assert page.locator(".lg-hero").is_visible()
            page.evaluate("() => { window.same = true }")
            process = start(port, demo_file, tmp_path)
            page.wait_for_selector(".lg-lost", state="hidden", timeout=60_000)
            page.wait_for_function("() => /刚刚/.test(document.querySelector('.lg-age').innerText)", timeout=30_000)
            assert page.evaluate("() => window.same")  # nobody reloaded it
    finally:
        process.terminate()
        process.wait(timeout=20)


def start(port: int, demo_file: Path, folder: Path) -> subprocess.Popen[bytes]:
    settings = {"LINGE_DATABASE_URL": f"sqlite:///{demo_file}", "LINGE_SCREEN_REFRESH_SECONDS": "3"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless=true"]
    with (folder / "log.txt").open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdout=output, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/health", timeout=2):
                return process
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the app did not start")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1180, 820), (820, 1180)])
def test_the_form_of_a_call_is_in_sight_whichever_row_is_chosen(
    chromium: Browser, server: str, width: int, height: int
) -> None:
    with window(chromium, server, width, height) as visit:
        visit.sign_in(Role.COMMAND_CENTRE)
        visit.go("/call_backs")
        rows = visit.page.locator(".st-key-lg-rows-callbacks button")
        rows.nth(min(rows.count(), 12) - 1).click()
        visit.settle()
        box = visit.page.locator('[class*="st-key-call_back_"][class*="_unreached"]').bounding_box()
        assert box is not None
        assert box["y"] > 56
        assert box["y"] + box["height"] <= height


def test_a_notice_lies_over_the_page_and_moves_nothing(chromium: Browser, server: str) -> None:
    with window(chromium, server, 1440, 900) as visit:
        visit.sign_in(Role.COMMAND_CENTRE)
        visit.go("/incidents?status=suspended")
        visit.page.locator(".st-key-lg-rows-incidents button").first.click()
        visit.settle()
        steps = visit.page.locator(".st-key-lg-case-steps")
        before = steps.bounding_box()
        steps.locator(f'button:has-text("{catalog("zh_CN")["case.action.add_note"]}")').click()
        visit.settle()
        visit.page.locator('[class*="_add_note_confirm"] button').click()
        visit.page.wait_for_selector('[data-testid="stToast"]')
        visit.settle()
        assert catalog("zh_CN")["errors.result_required"] in visit.text()
        assert steps.bounding_box() == before
        assert visit.page.locator('[data-testid="stAlert"]').count() == 0
