"""个人信息: what is held of reporters and for how long, who looked at whose contact and why, who agreed to what,
which lists went out.
"""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from services.lists.account_exports import export_exports, export_looks, export_words
from services.system.privacy import held_contacts, list_exports, list_looks, list_words
from ui import state
from ui.components.privacy import exports_html, looks_html, show_held, show_records, show_title, words_html
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import panel

actor, now = state.actor(), utc_now()
with panel("held"):
    st.html(f'<div class="lg-title"><b>{safe(t("privacy.held"))}</b></div>')
    show_held(held_contacts(actor, now), now)
with panel("looks"):
    show_title("privacy.looks")
    lookers = {looker.user_id: looker for looker in list_looks(actor).lookers}
    names = {key: t("privacy.looker", name=plain(one.name), n=one.looks) for key, one in lookers.items()}
    who = st.selectbox(
        t("privacy.who"), list(names), index=None, placeholder=t("privacy.everybody"), key="privacy_who",
        format_func=names.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    page = list_looks(actor, who, st.session_state.get("privacy_page", 1))
    show_records(
        actor, page, looks_html(page.rows, now), "looks", partial(export_looks, actor, who), now,
        empty="privacy.empty", key="privacy_page",
    )  # fmt: skip
with panel("words"):
    show_title("privacy.words")
    said = list_words(actor, st.session_state.get("privacy_words", 1))
    show_records(
        actor, said, words_html(said.rows, now), "consents", partial(export_words, actor), now,
        empty="privacy.words.empty", key="privacy_words",
    )  # fmt: skip
with panel("exports"):
    show_title("privacy.exports")
    taken = list_exports(actor, st.session_state.get("privacy_exports", 1))
    show_records(
        actor, taken, exports_html(taken.rows, now), "exports", partial(export_exports, actor), now,
        empty="privacy.exports.empty", key="privacy_exports",
    )  # fmt: skip
