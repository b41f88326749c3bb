"""个人信息: what is held of reporters and for how long, who looked at whose contact and why, who agreed to what,
which lists went out.
"""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from services.lists.account_exports import export_exports, export_looks, export_words
from services.system.privacy import held_contacts, list_exports, list_looks, list_words
from ui import state
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.components.privacy import exports_html, looks_html, show_held, words_html
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import panel

actor, now = state.actor(), utc_now()
with panel("held"):
    st.html(f'<div class="lg-title"><b>{safe(t("privacy.held"))}</b></div>')
    show_held(held_contacts(actor, now), now)
with panel("looks"):
    st.html(
        f'<div class="lg-title"><b>{safe(t("privacy.looks"))}</b><small>{safe(t("privacy.looks.note"))}</small></div>'
    )
    lookers = {looker.user_id: looker for looker in list_looks(actor).lookers}
    names = {key: t("privacy.looker", name=plain(one.name), n=one.looks) for key, one in lookers.items()}
    who = st.selectbox(
        t("privacy.who"), list(names), index=None, placeholder=t("privacy.everybody"), key="privacy_who",
        format_func=names.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    page = list_looks(actor, who, st.session_state.get("privacy_page", 1))
    if page.rows:
        st.html(looks_html(page.rows, now))
        show_export(actor, "looks", partial(export_looks, actor, who), now, page.total, several=True)
    else:
        show_empty(t("privacy.empty"), t("privacy.empty.next"))
    if page.pages > 1:
        st.pagination(page.pages, key="privacy_page")
with panel("words"):
    title, note = t("privacy.words"), t("privacy.words.note")
    st.html(f'<div class="lg-title"><b>{safe(title)}</b><small>{safe(note)}</small></div>')
    said = list_words(actor, st.session_state.get("privacy_words", 1))
    if said.rows:
        st.html(words_html(said.rows, now))
        show_export(actor, "consents", partial(export_words, actor), now, said.total, several=True)
    else:
        show_empty(t("privacy.words.empty"), t("privacy.words.empty.next"))
    if said.pages > 1:
        st.pagination(said.pages, key="privacy_words")
with panel("exports"):
    title, note = t("privacy.exports"), t("privacy.exports.note")
    st.html(f'<div class="lg-title"><b>{safe(title)}</b><small>{safe(note)}</small></div>')
    taken = list_exports(actor, st.session_state.get("privacy_exports", 1))
    if taken.rows:
        st.html(exports_html(taken.rows, now))
        show_export(actor, "exports", partial(export_exports, actor), now, taken.total, several=True)
    else:
        show_empty(t("privacy.exports.empty"), t("privacy.exports.empty.next"))
    if taken.pages > 1:
        st.pagination(taken.pages, key="privacy_exports")
