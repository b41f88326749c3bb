"""Parts of 事项目录: a version as a table, its versions, and an import that is looked at before it is confirmed."""

from collections.abc import Sequence

import streamlit as st

from domain.clock import utc_now
from domain.clocks import Limit
from domain.dictionaries import DictionaryEntry, IncidentFamily
from domain.permissions import Actor
from geo.workbooks import EXTENSIONS
from services.dictionaries.importing import (
    NOTE_LENGTH,
    DictionaryPlan,
    VersionView,
    apply_dictionary_import,
    plan_dictionary_import,
)
from ui import state
from ui.components.case import condition_name
from ui.components.lists import show_empty
from ui.components.tables import WORDS, Html, table_html, titles
from ui.guard import action, covered, failure_text
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.times import moment_text

SHOWN = 30  # lines of each kind of change; the rest is counted
_PLAN, _ROUND = "dictionary-plan", "dictionary-round"


def ask_version(versions: Sequence[VersionView]) -> int | None:
    """Which version is shown, the newest first; None where the database has none of its own yet."""
    if len(versions) < 2:
        return versions[0].number if versions else None
    names = {one.number: t("dictionary.version", version=one.number) for one in versions}
    return st.selectbox(
        t("dictionary.version.choose"), list(names), key="dictionary_version", label_visibility="collapsed",
        format_func=lambda number: names.get(number, str(number)),
    )  # fmt: skip


def show_dictionary(families: Sequence[IncidentFamily]) -> None:
    """The entries of one family as a table."""
    names = {family.key: plain(named(family.name)) for family in families}
    if not names:
        show_empty(t("dictionary.empty"), t("dictionary.empty.next"))
        return
    chosen = st.pills(
        t("dictionary.family"), list(names), default=families[0].key, key="dictionary_family",
        label_visibility="collapsed", format_func=lambda key: names.get(key, key),
    )  # fmt: skip
    family = next((one for one in families if one.key == chosen), families[0])
    heads = titles("dictionary.column", "class", "condition", "limit", "standard", "department", "photo")
    entries = [entry for kind in family.classes for entry in kind.entries]
    st.html(table_html(heads, map(_entry_cells, entries), WORDS))
    if any(entry.example for entry in entries):
        st.caption(t("dictionary.example.note"))


def _entry_cells(entry: DictionaryEntry) -> tuple[str, ...]:
    mark = f" <small>{safe(t('dictionary.example'))}</small>" if entry.example else ""
    return (
        Html(f"{safe(named(entry.class_name))}{mark}"), condition_name(entry), _limit(entry.limit),
        named(entry.standard), named(entry.department),
        t("dictionary.photo.yes" if entry.photo_required else "dictionary.photo.no"),
    )  # fmt: skip


def _limit(limit: Limit) -> str:
    return t(f"clocks.limit.{limit.clock}", amount=f"{limit.amount:g}")


def show_versions(versions: Sequence[VersionView]) -> None:
    """Who made which version when, and what it changed."""
    rows = "".join(_version_row(one) for one in versions)
    st.html(f'<div class="lg-receipts">{rows or safe(t("dictionary.versions.none"))}</div>')


def _version_row(one: VersionView) -> str:
    author = t("dictionary.author.system") if one.author == "system" else one.author
    said = t("dictionary.version.row", version=one.number, moment=moment_text(one.at, utc_now()), author=author)
    counts = t(
        "dictionary.version.counts", total=one.total, added=one.added, changed=one.changed, closed=one.closed
    )  # fmt: skip
    return f"<p><b>{safe(said)}</b><br><small>{safe(one.note)} · {safe(counts)}</small></p>"


def show_import(actor: Actor) -> None:
    """Upload a list, see what it would change, confirm."""
    file = st.file_uploader(
        t("dictionary.file"), type=[name.lstrip(".") for name in EXTENSIONS],
        key=f"dictionary_file_{st.session_state.get(_ROUND, 0)}",
    )  # fmt: skip
    if file is None:
        st.session_state.pop(_PLAN, None)
        st.caption(t("dictionary.file.note"))
        return
    plan = _plan(actor, file.file_id, file.name, file.getvalue())
    if plan is not None:
        _show_plan(actor, plan)


def _plan(actor: Actor, file_id: str, name: str, raw: bytes) -> DictionaryPlan | None:
    """The dry run of a file, made once for each upload."""
    known = st.session_state.get(_PLAN)
    if known is not None and known[0] == file_id:
        return known[1]  # type: ignore[no-any-return]
    try:
        with st.spinner(t("dictionary.reading")):
            plan = plan_dictionary_import(actor, name, raw)
    except Exception as error:
        st.error(failure_text(error))
        return None
    st.session_state[_PLAN] = (file_id, plan)
    return plan


def _show_plan(actor: Actor, plan: DictionaryPlan) -> None:
    found = plan.changes
    st.write(
        t("dictionary.plan.counts", rows=plan.rows, notes=plan.notes, families=plan.families, classes=plan.classes,
          entries=len(plan.entries), bad=len(plan.bad))
    )  # fmt: skip
    if plan.bad:
        lines = [
            t("dictionary.row", row=bad.row, words=t(f"dictionary.bad.{bad.reason}", detail=bad.detail))
            for bad in plan.bad
        ]
        st.error(t("dictionary.plan.bad"))
        _lines(lines)
        return
    if found.is_empty:
        st.info(t("dictionary.plan.same"))
        return
    changed = [change.after for change in found.changed]
    for kind, entries in (("added", found.added), ("changed", changed), ("closed", found.closed)):
        if not entries:
            st.write(t(f"dictionary.plan.{kind}", n=0))
            continue
        with st.expander(t(f"dictionary.plan.{kind}", n=len(entries)), expanded=len(entries) <= SHOWN // 3):
            _lines([_entry_line(entry) for entry in entries])
    st.caption(t("dictionary.plan.note"))
    st.text_input(t("dictionary.note"), max_chars=NOTE_LENGTH, key="dictionary_note")
    st.button(t("dictionary.confirm"), type="primary", key="dictionary_confirm", on_click=_apply, args=(actor, plan))


def _lines(lines: Sequence[str]) -> None:
    more = [t("dictionary.more", n=len(lines) - SHOWN)] if len(lines) > SHOWN else []
    st.html("".join(f"<p>{safe(line)}</p>" for line in [*lines[:SHOWN], *more]))


def _entry_line(entry: DictionaryEntry) -> str:
    names = (named(entry.family_name), named(entry.class_name), condition_name(entry), _limit(entry.limit))
    return " · ".join(names)


@covered
def _apply(actor: Actor, plan: DictionaryPlan) -> None:
    with action() as outcome:
        made = apply_dictionary_import(actor, plan, st.session_state.get("dictionary_note") or "")
        if made is not None:
            state.flash("success", t("dictionary.done", version=made.number, total=made.total))
    if outcome.ok:
        st.session_state.pop(_PLAN, None)
        st.session_state.pop("dictionary_version", None)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
