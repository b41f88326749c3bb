"""The scenes of the big screen, which take turns from the map on: none is away for longer than the others stand.

A touch holds what is shown for some minutes, another one lets the scenes go on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from domain.clock import utc_now
from ui.guard import covered
from ui.i18n import t

SCENES = ("map", "pledges")  # in the order in which they are shown
HELD_FOR = timedelta(minutes=5)
_HELD = "screen_held"


@dataclass(frozen=True)
class Turn:
    """Which scene stands, and how many times it stood before: a scene of several pages shows its next one."""

    scene: str
    number: int


def chosen_scenes(wish: str | None) -> tuple[str, ...]:
    """The one scene that the address bar keeps (``?scene=pledges``); all of them where it names none."""
    return (wish,) if wish in SCENES else SCENES


def turn_at(scenes: tuple[str, ...], opened: datetime, now: datetime, seconds: int) -> Turn:
    """The turn of a moment: each scene stands for ``seconds``, the first one from when the screen was opened."""
    passed = max(0, int((now - opened).total_seconds())) // seconds
    return Turn(scenes[passed % len(scenes)], passed // len(scenes))


def held_turn(now: datetime) -> Turn | None:
    """The turn that somebody holds."""
    turn, until = st.session_state.get(_HELD) or (None, now)
    return turn if until > now else None


def show_hold(turn: Turn, now: datetime) -> None:
    """The whole screen as one button that nobody sees: it holds a turn, or lets the scenes go on."""
    label = t("screen.go_on" if held_turn(now) else "screen.hold")
    st.button(label, key="lg-touch-screen", on_click=_touch, args=(turn,))


@covered
def _touch(turn: Turn) -> None:
    now = utc_now()
    st.session_state[_HELD] = None if held_turn(now) else (turn, now + HELD_FOR)
