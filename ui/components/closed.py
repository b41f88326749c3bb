"""What stands in place of a page that the role may not open: who may, and the way back to where the role begins."""

import streamlit as st

from domain.permissions import Actor, roles_with
from ui.i18n import t
from ui.registry import Screen
from ui.safe import safe
from ui.style import panel


def show_closed(actor: Actor, screen: Screen, start: st.Page) -> None:
    """Which roles open the screen, and a button to ``start``, the first page of the actor's own role."""
    roles = t("look.list_comma").join(t(f"roles.{role}") for role in roles_with(screen.permission))
    words = t("closed.who", screen=t(f"screens.{screen.path}"), role=t(f"roles.{actor.role}"), roles=roles)
    with panel("closed"):
        st.html(f'<div class="lg-title"><b>{safe(t("closed.title"))}</b></div><p class="lg-words">{safe(words)}</p>')
        if st.button(t("closed.back", screen=start.title), type="primary", key="closed-back"):
            st.switch_page(start)
