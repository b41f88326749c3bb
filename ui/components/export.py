"""The button that gives a list out as a file, for those who may."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from domain.clock import to_local
from domain.permissions import Actor, Permission, may
from services.lists.files import MIME, ListFormat
from ui.i18n import language, t


def show_export(
    actor: Actor, subject: str, make: Callable[[ListFormat, str], bytes], now: datetime, total: int | None = None,
    *, several: bool = False,
) -> None:  # fmt: skip
    """A popover with a button for each kind of file; ``make`` is called when one is pressed, and records it.

    Draws nothing for those who may not export, or where the list is empty. ``several``: the page has more than one
    list, so the button names its own.
    """
    if not may(actor, Permission.EXPORT) or total == 0:
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


def _made(make: Callable[[ListFormat, str], bytes], format: ListFormat, spoken: str) -> Callable[[], bytes]:
    return lambda: make(format, spoken)
