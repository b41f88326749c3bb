"""事项目录: classes and conditions with limit, closing standard and department; versions and import."""

from functools import partial

import streamlit as st

from domain.clock import utc_now
from domain.permissions import Permission, may
from services.dictionaries.importing import list_dictionary, list_versions
from services.lists.rule_exports import export_dictionary
from ui import state
from ui.components.dictionary import ask_version, show_dictionary, show_import, show_versions
from ui.components.export import show_export
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor = state.actor()
versions = list_versions(actor)
with st.container(horizontal=True, key="lg-split-dictionary"):
    with panel("dictionary"):
        version = ask_version(versions)
        families = list_dictionary(actor, version)
        entries = sum(len(kind.entries) for family in families for kind in family.classes)
        counts = t(
            "dictionary.counts", families=len(families), classes=sum(len(family.classes) for family in families),
            entries=entries,
        )  # fmt: skip
        st.html(
            f'<div class="lg-title"><b>{safe(t("dictionary.title", version=version or 1))}</b>'
            f"<small>{safe(counts)}</small></div>"
        )
        show_dictionary(families)
        show_export(actor, "dictionary", partial(export_dictionary, actor, version), utc_now(), entries)
    with panel("dictionary-edit"):
        if may(actor, Permission.DICTIONARY_EDIT):
            st.html(f'<div class="lg-title"><b>{safe(t("dictionary.import"))}</b></div>')
            show_import(actor)
        st.html(f'<div class="lg-title"><b>{safe(t("dictionary.versions"))}</b></div>')
        show_versions(versions)
