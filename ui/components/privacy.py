"""Parts of the page 个人信息: how many contacts are held and why, the panels of looks, consents and exports."""

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from domain.permissions import Actor
from services.lists.files import ListFormat
from services.system.privacy import ExportNote, ExportPage, Held, Look, LookPage, Word, WordPage
from ui.components.export import show_export
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.components.tables import link, table_html, titles
from ui.i18n import t
from ui.safe import safe
from ui.times import moment_text

_LOOKS = "lg-table lg-looks"


def show_held(held: Held, now: datetime) -> None:
    """Open cases, ended ones, those whose time is over; when they were purged last."""
    facts = ((name, t("privacy.cases", n=number_text(getattr(held, name)))) for name in ("still_open", "ended", "due"))
    cells = "".join(f"<div>{safe(t(f'privacy.held.{name}'))}<b>{safe(value)}</b></div>" for name, value in facts)
    last = t("privacy.purged.never")
    if held.purged_at:
        last = t("privacy.purged", moment=moment_text(held.purged_at, now), n=held.purged)
    st.html(
        f'<p class="lg-words">{safe(t("privacy.why", days=held.days))}</p>'
        f'<div class="lg-facts lg-facts-apart">{cells}</div>'
        f'<p class="lg-quiet">{safe(last)}</p>'
    )


def show_title(key: str) -> None:
    """The title of a panel, the text ``key``, and its note."""
    st.html(f'<div class="lg-title"><b>{safe(t(key))}</b><small>{safe(t(f"{key}.note"))}</small></div>')


def show_records(
    actor: Actor, page: LookPage | WordPage | ExportPage, table: str, subject: str,
    make: Callable[[ListFormat, str], bytes], now: datetime, *, empty: str, key: str,
) -> None:  # fmt: skip
    """A page of records as a table, the file of them all, and the way to the other pages (``key``: the choice's).

    ``subject`` and ``make`` as ``show_export`` has them; ``empty``: the text where there are no records.
    """
    if page.rows:
        st.html(table)
        show_export(actor, subject, make, now, page.total, several=True)
    else:
        show_empty(t(empty), t(f"{empty}.next"))
    if page.pages > 1:
        st.pagination(page.pages, key=key)


def looks_html(rows: Sequence[Look], now: datetime) -> str:
    """One line for each look: when, who, at whose contact, for which reason."""
    lines = ((moment_text(row.at, now), row.by or t("case.program"), _whose(row), row.reason) for row in rows)
    return table_html(titles("privacy.column", "at", "by", "whose", "reason"), lines, _LOOKS)


def _whose(row: Look) -> str:
    if row.number:
        return link(f"/incidents?id={row.subject_id}", row.number)
    return t("privacy.of_person", name=row.person)


def exports_html(rows: Sequence[ExportNote], now: datetime) -> str:
    """One line for each file: when, who, which list, in which format and with how many rows."""
    lines = (
        (moment_text(row.at, now), row.by or t("case.program"), t(f"exports.list.{row.subject}"), row.detail)
        for row in rows
    )
    return table_html(titles("privacy.export", "at", "by", "list", "size"), lines, _LOOKS)


def words_html(rows: Sequence[Word], now: datetime) -> str:
    """One line for each word: when, whose, on what, given or withdrawn, on which way, entered by whom."""
    return table_html(
        titles("privacy.word", "at", "whose", "purpose", "said", "how", "by"), (_word(row, now) for row in rows), _LOOKS
    )


def _word(row: Word, now: datetime) -> tuple[str, ...]:
    said = t("consents.given" if row.given else "consents.withdrawn")
    how = " · ".join(part for part in (t(f"consents.channel.{row.channel}"), row.note) if part)
    by = row.by or t("case.program")
    return moment_text(row.at, now), row.person, t(f"consents.purpose.{row.purpose}"), said, how, by
