"""到期预警: due within two working hours, due today; on the desk each leads to its list. What is late has its pill."""

import streamlit as st

from services.incidents.due_counts import DueCounts
from ui.i18n import t
from ui.safe import safe

# Which list of /incidents each count opens; late ones have their pill on the desk.
_LISTS = {"soon": "due_soon_2h", "today": "due_today"}


def show_due_counts(counts: DueCounts) -> None:
    """One line of two counts as the desk counts, each a link to the cases behind it."""
    links = "".join(
        f'<a class="lg-due-{name}" href="/incidents?status={status}" target="_self">{_words(name, counts)}</a>'
        for name, status in _LISTS.items()
    )
    st.html(f'<div class="lg-due">{links}</div>')


def due_counts_html(counts: DueCounts) -> str:
    """The two warnings for the big screen: there is nothing to click."""
    return f'<div class="lg-note">{safe(t("due.both", soon=counts.soon, today=counts.today))}</div>'


def _words(name: str, counts: DueCounts) -> str:
    return safe(t(f"due.{name}", n=getattr(counts, name)))
