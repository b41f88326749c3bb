"""Parts of the page 个人信息: how many contacts are held and why, the table of the looks, that of the exports."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from services.system.privacy import ExportNote, Held, Look
from ui.i18n import t
from ui.safe import safe
from ui.times import moment_text

_COLUMNS = ("at", "by", "whose", "reason")


def show_held(held: Held, now: datetime) -> None:
    """Open cases, ended ones, those whose time is over; when they were purged last."""
    facts = ((name, t("privacy.cases", n=getattr(held, name))) for name in ("still_open", "ended", "due"))
    cells = "".join(f"<div>{safe(t(f'privacy.held.{name}'))}<b>{safe(value)}</b></div>" for name, value in facts)
    last = t("privacy.purged.never")
    if held.purged_at:
        last = t("privacy.purged", moment=moment_text(held.purged_at, now), n=held.purged)
    st.html(
        f'<p class="lg-words">{safe(t("privacy.why", days=held.days))}</p><div class="lg-facts">{cells}</div>'
        f'<p class="lg-quiet">{safe(last)}</p>'
    )


def looks_html(rows: Sequence[Look], now: datetime) -> str:
    """One line for each look: when, who, at whose contact, for which reason."""
    body = "".join(
        f"<tr><td>{safe(moment_text(row.at, now))}</td><td>{safe(row.by or t('case.program'))}</td>"
        f"<td>{_whose(row)}</td><td>{safe(row.reason)}</td></tr>"
        for row in rows
    )
    return _table([f"privacy.column.{name}" for name in _COLUMNS], body)


def _whose(row: Look) -> str:
    if row.number:
        return f'<a href="/incidents?id={row.subject_id}" target="_self">{safe(row.number)}</a>'
    return safe(t("privacy.of_person", name=row.person))


def exports_html(rows: Sequence[ExportNote], now: datetime) -> str:
    """One line for each file: when, who, which list, in which format and with how many rows."""
    body = "".join(
        f"<tr><td>{safe(moment_text(row.at, now))}</td><td>{safe(row.by or t('case.program'))}</td>"
        f"<td>{safe(t(f'exports.list.{row.subject}'))}</td><td>{safe(row.detail)}</td></tr>"
        for row in rows
    )
    return _table([f"privacy.export.{name}" for name in ("at", "by", "list", "size")], body)


def _table(columns: Sequence[str], body: str) -> str:
    head = "".join(f"<th>{safe(t(name))}</th>" for name in columns)
    return f'<table class="lg-table lg-looks"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
