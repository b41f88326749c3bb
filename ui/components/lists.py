"""Lists of cases: one row says what, where, how much time is left, and what is to be decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from ui.components.symbols import symbol_mark
from ui.i18n import t
from ui.safe import plain, safe


@dataclass(frozen=True)
class Row:
    """One line of a list.

    `key` names the record in callbacks; `status` is a status symbol's name; `place` the grid; `clock` the time left, in
    words, and `late` whether it is over (`soon`: less than one working hour); `decision` what the reader has to decide.
    `marked`: the status does not say that it is late or soon, so the symbol of it stands before the clock as well.
    """

    key: str
    status: str
    title: str
    place: str
    clock: str
    decision: str = ""
    late: bool = False
    soon: bool = False
    marked: bool = False


def clock_html(row: Row) -> str:
    """HTML of a row's clock in its colour, with the symbol where it is marked."""
    tone = " lg-late" if row.late else " lg-soon" if row.soon else ""
    symbol = symbol_mark("overdue" if row.late else "due_soon") if row.marked else ""
    return f'<span class="lg-left{tone}">{symbol}{safe(row.clock)}</span>'


def row_html(row: Row, chosen: bool = False) -> str:
    """HTML of one row of three lines, the third only when there is something to decide."""
    decision = f'<div class="lg-row-3">{safe(row.decision)}</div>' if row.decision else ""
    return (
        f'<div class="lg-row{" lg-on" if chosen else ""}">'
        f'<div class="lg-row-1">{symbol_mark(row.status)}<b title="{safe(row.title)}">{safe(row.title)}</b></div>'
        f'<div class="lg-row-2"><span>{safe(row.place)}</span>{clock_html(row)}</div>'
        f"{decision}</div>"
    )


def show_rows(rows: Sequence[Row], chosen: str | None, on_choose: Callable[[str], None], name: str) -> None:
    """The rows, each a target as large as itself: a click calls `on_choose(row.key)` and makes one rerun.

    `name` tells two lists of one page apart. The button that lies over a row carries the row's title for those who
    do not see the row.
    """
    with st.container(key=f"lg-rows-{name}", gap=None):
        for row in rows:
            with st.container(key=f"lg-pick-{name}-{row.key}", gap=None):
                st.html(row_html(row, row.key == chosen))
                label = f"{row.title} · {row.place} · {row.clock}"
                st.button(plain(label), key=f"{name}-{row.key}", on_click=on_choose, args=(row.key,))


def show_row_keys(
    rows: Sequence[Row], chosen: str | None, on_choose: Callable[[str], None], name: str, order: str
) -> None:
    """Two buttons, and the keys up and down, that choose the row before and after `chosen`; `order` is their order.

    Where the chosen one is not among the rows any more (it was dealt with), the key down takes the first.
    """
    keys = [row.key for row in rows]
    at = keys.index(chosen) if chosen in keys else -1
    with st.container(horizontal=True, key=f"lg-row-keys-{name}", gap="small", vertical_alignment="center"):
        for step, key, to in (("previous", "Up", at - 1), ("next", "Down", at + 1)):
            there = 0 <= to < len(keys)
            st.button(
                t(f"look.row.{step}"), key=f"{name}-{step}", shortcut=key, disabled=not there,
                on_click=on_choose, args=(keys[to] if there else "",),
            )  # fmt: skip
        st.html(f'<span class="lg-foot">{safe(order)}</span>')


def show_empty(title: str, what_next: str) -> None:
    """What stands in place of an empty list: that it is empty, and what to do next."""
    st.html(f'<div class="lg-empty"><b>{safe(title)}</b><span>{safe(what_next)}</span></div>')
