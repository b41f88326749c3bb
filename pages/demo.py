"""The demo town: what it holds beside what the system states, and its reset."""

import streamlit as st

from domain.clock import utc_now
from services.demo import HeadlineFigure, describe_demo, reset_demo
from services.system.installations import current_profile
from ui import state
from ui.components.lists import show_empty
from ui.components.tables import WORDS, table_html, titles
from ui.guard import action
from ui.i18n import named, t
from ui.safe import safe
from ui.style import panel
from ui.times import moment_text

actor = state.actor()
profile = current_profile()
description = describe_demo(actor)
if description is None:
    show_empty(t("demo.none.title"), t("demo.none.next"))
    st.stop()


def row(figure: HeadlineFigure) -> tuple[str, ...]:
    """One line of the table: what the figure is, stated, held, and where it comes from."""
    stated = profile.figure(figure.key)
    unit = named(stated.unit)
    more = t("demo.at_least") if stated.at_least else ""
    return (
        named(stated.name),
        f"{more}{figure.stated:,g} {unit}",
        t("demo.whole_system") if figure.held is None else f"{figure.held:,g} {unit}",
        t(f"demo.origin.{figure.origin}"),
    )


heads = titles("demo.column", "figure", "stated", "held", "origin")
moment = moment_text(description.built_at, utc_now())
with panel("demo"):
    st.html(f'<div class="lg-title"><b>{safe(t("demo.title"))}</b></div>')
    st.write(t("demo.lead", place=named(profile.name.value), moment=moment))
    st.html(table_html(heads, map(row, description.headline), WORDS))
    st.caption(t("demo.synthetic", digest=description.digest[:12], seed=description.seed))

with panel("demo-reset"):
    st.html(f'<div class="lg-title"><b>{safe(t("demo.reset.title"))}</b></div>')
    st.write(t("demo.reset.lead"))
    if st.button(t("demo.reset.button"), type="primary"):
        bar = st.progress(0.0)
        with action("demo.reset.done"):
            reset_demo(actor, lambda share, step: bar.progress(share, t(f"demo.step.{step}")))
        st.rerun()
