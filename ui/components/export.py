"""The buttons that give a list out as a file, for those who may."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import streamlit as st

from domain.clock import local_date, to_local
from domain.errors import Refusal
from domain.periods import Period
from domain.permissions import Actor, Permission, may
from services.lists.files import MIME, ListFormat
from ui.guard import failure_text, when_pressed
from ui.i18n import language, t

_LATELY = timedelta(days=29)


def show_export(
    actor: Actor, subject: str, make: Callable[[ListFormat, str], bytes], now: datetime, total: int | None = None,
    *, several: bool = False, permission: Permission = Permission.EXPORT,
) -> None:  # fmt: skip
    """A popover with a button for each kind of file; ``make`` is called when one is pressed, and records it.

    Draws nothing for those who may not export, or where the list is empty. ``several``: the page has more than one
    list, so the button names its own. ``permission``: what ``make`` asks for.
    """
    if not may(actor, permission) or total == 0:
        return
    spoken = language()
    label = t("exports.do.of", list=t(f"exports.list.{subject}")) if several else t("exports.do")
    with st.popover(label, key=f"export-{subject}"):
        st.caption(t("exports.why"))
        for format in ListFormat:
            name = f"{t(f'exports.list.{subject}')}-{to_local(now):%Y%m%d-%H%M}.{format}"
            st.download_button(
                t(f"exports.{format}"), _made(make, format, spoken), file_name=name, mime=MIME[format],
                key=f"export-{subject}-{format}", on_click="ignore",
            )  # fmt: skip


def show_export_of_days(
    actor: Actor, subject: str, make: Callable[[Period, ListFormat, str], bytes], now: datetime
) -> None:
    """The same for the days that one chooses, at first the last thirty."""
    if not may(actor, Permission.EXPORT):
        return
    today = local_date(now)
    with st.container(horizontal=True, key=f"lg-touch-export-{subject}", vertical_alignment="bottom"):
        days = st.date_input(
            t("exports.days"), (today - _LATELY, today), key=f"export-{subject}-days", format="YYYY-MM-DD", width=300,
        )  # fmt: skip
        if not isinstance(days, tuple) or len(days) != 2:  # the last day is not chosen yet
            return
        try:
            period = Period(*days)
        except Refusal as refusal:
            st.error(failure_text(refusal))
            return
        show_export(actor, subject, partial(make, period), now, several=True)


def _made(make: Callable[[ListFormat, str], bytes], format: ListFormat, spoken: str) -> Callable[[], bytes]:
    return when_pressed(partial(make, format, spoken))
