"""The big screen: the town at a glance and, in turn with it, the wall of pledges; dark, nothing to look for and click.

It renews itself and says how old its data is. What is not its turn lies under the scene that is: the map stays loaded.
"""

import streamlit as st

from config.settings import settings
from domain.clock import utc_now
from domain.measures import Measure
from services.indicators.overview import Overview, read_screen
from services.pledges.wall import Wall, read_wall
from services.system.installations import current_installation, current_profile
from ui import state
from ui.components import pledge_wall
from ui.components.header import show_ticker
from ui.components.legend import legend_html
from ui.components.map import instruct, map_spec, show_map
from ui.components.scenes import Turn, chosen_scenes, held_turn, show_hold, turn_at
from ui.components.screen import head_html, left_html, map_title_html, right_html
from ui.guard import covered
from ui.i18n import named, t

actor, profile, opened = state.actor(), current_profile(), utc_now()
seconds = settings().screen_refresh_seconds
scenes = chosen_scenes(state.query("scene"))
street, grid = current_installation().street, named(profile.level(profile.grid_level.value).name)
MEASURE = Measure.RATE

with st.container(key="lg-screen"):
    head = st.empty()
    if "map" in scenes:
        with st.container(horizontal=True, key="lg-walls"):
            left = st.empty()
            with st.container(key="lg-wall-map"):
                title = st.empty()
                spec = map_spec(actor, face="screen", controls=(), interactive=False, refresh=seconds, theme="dark")
                show_map(spec, "screen", height=702, instruct=instruct(actor, fill=MEASURE))
                st.html(f'<div class="lg-legend">{legend_html("dark", MEASURE)}</div>')
            right = st.empty()
    if "pledges" in scenes:
        with st.container(horizontal=True, key="lg-pledge-wall"):
            kept, cards = st.empty(), st.empty()
show_ticker()


def write_town(overview: Overview) -> None:
    """The panels around the map; the map renews itself."""
    left.html(left_html(overview))
    title.html(map_title_html(overview, t("screen.measure", measure=t(f"map.legend.{MEASURE}"))))
    right.html(right_html(overview))


def wall_of(turn: Turn) -> Wall | None:
    """The wall of pledges when it is its turn; among other scenes one without pledges takes none."""
    wall = read_wall(actor) if turn.scene == "pledges" else None
    return wall if wall and (wall.cards or len(scenes) == 1) else None


def write_wall(wall: Wall | None, page: int) -> None:
    """A page of the wall, or nothing while it is not its turn."""
    if wall:
        kept.html(pledge_wall.left_html(wall))
        cards.html(pledge_wall.cards_html(wall, page))
    else:
        kept.empty()
        cards.empty()


@st.fragment(run_every=seconds)
@covered
def renew() -> None:
    """Write every panel anew, also one whose turn it is not. While the database is away the last ones stay and age."""
    now = utc_now()
    held = held_turn(now)
    turn, note = held or turn_at(scenes, opened, now, settings().screen_scene_seconds), t("screen.held") if held else ""
    wall = wall_of(turn)
    page = turn.number % pledge_wall.pages_of(wall) if wall else 0
    if "pledges" in scenes:
        write_wall(wall, page)
    if "map" in scenes:
        write_town(overview := read_screen(actor))
    bar = pledge_wall.head_html(street, wall, now, page, note) if wall else head_html(street, grid, overview, now, note)
    head.html(bar)
    if len(scenes) > 1:
        show_hold(turn, now)


with st.container(key="lg-screen-message"):
    renew()
