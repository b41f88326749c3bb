"""The steps of a change of grids above its map: what is done, what comes now and how; the buttons of a drawn line."""

from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from domain.area_changes import ChangeKind
from ui.guard import covered
from ui.i18n import t
from ui.safe import safe

LINES, MODE = "change-lines", "change-mode"
Lines = list[list[tuple[float, float]]]


class Step(StrEnum):
    """What a person does one after the other."""

    AREAS = "areas"
    BORDER = "border"
    CHECK = "check"
    SAVE = "save"


@dataclass(frozen=True)
class Progress:
    """The step that waits, what to do for it, and whether clicks draw a line now."""

    kind: ChangeKind
    at: Step
    words: str
    lines: bool = False


def steps_of(kind: ChangeKind) -> tuple[Step, ...]:
    """The steps of a kind of change in order; a merger has no border to draw."""
    return tuple(step for step in Step if kind is not ChangeKind.MERGE or step is not Step.BORDER)


def show_heading(kind: ChangeKind, step: Step) -> None:
    """Where a step begins in the form: its number and its name."""
    number = steps_of(kind).index(step) + 1
    st.html(f'<h3 class="lg-h3 lg-step-head"><i>{number}</i>{safe(t(f"area_changes.step.{step}"))}</h3>')


def show_progress(progress: Progress) -> None:
    """All steps in one line, done ones with a tick, and the one sentence that says what to do now."""
    steps = steps_of(progress.kind)
    at = steps.index(progress.at)
    items = "".join(_item(step, number, at) for number, step in enumerate(steps))
    st.html(f'<ol class="lg-steps">{items}</ol><p class="lg-steps-now" role="status">{safe(progress.words)}</p>')
    if progress.lines:
        _show_lines()


def _item(step: Step, number: int, at: int) -> str:
    state = "done" if number < at else "now" if number == at else "later"
    current = ' aria-current="step"' if number == at else ""
    sign = "✓" if number < at else str(number + 1)
    return f'<li class="lg-{state}"{current}><i>{sign}</i>{safe(t(f"area_changes.step.{step}"))}</li>'


def _show_lines() -> None:
    """What a click on the map means, and how to take corners back."""
    lines: Lines = st.session_state.get(LINES, [])
    with st.container(horizontal=True, vertical_alignment="center", key="lg-touch-lines"):
        st.segmented_control(
            t("area_changes.click"), ("choose", "draw"), default="draw", required=True, key=MODE,
            format_func=lambda mode: t(f"area_changes.click.{mode}"), label_visibility="collapsed",
        )  # fmt: skip
        empty = not any(lines)
        st.button(t("area_changes.do.undo"), key="change-undo", on_click=_undo, disabled=empty)
        ready = bool(lines) and len(lines[-1]) > 1
        st.button(t("area_changes.do.line"), key="change-line", on_click=_next_line, disabled=not ready)
        st.button(t("area_changes.do.clear"), key="change-clear", on_click=_clear, disabled=empty)


@covered
def _undo() -> None:
    lines: Lines = st.session_state.get(LINES, [])
    while lines and not lines[-1]:
        lines.pop()
    if lines:
        lines[-1].pop()


@covered
def _next_line() -> None:
    st.session_state[LINES].append([])


@covered
def _clear() -> None:
    st.session_state[LINES].clear()
