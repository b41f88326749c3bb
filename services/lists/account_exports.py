"""What an auditor asks for as files: accounts, looks at contacts, consents, lists that went out (decision 0142)."""

from datetime import datetime
from functools import partial

from config.texts import text
from domain.permissions import Actor, Permission, require
from services.accounts.users import list_accounts
from services.lists.exports import collect_pages, export_rows, without_phones
from services.lists.files import ListFormat
from services.system.privacy import list_exports, list_looks, list_words


def export_accounts(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """Every account: whose, role, area, whether it may sign in; nothing of its password."""
    require(actor, Permission.EXPORT)
    rows = [
        (one.username, one.name, one.person, text(language, f"roles.{one.role}"),
         one.area_name or text(language, "users.whole_street"), text(language, f"users.standing.{one.standing}"))
        for one in list_accounts(actor, now)
    ]  # fmt: skip
    columns = ("username", "name", "person", "role", "area", "state")
    return export_rows(actor, "accounts", columns, rows, format, language, now)


def export_looks(
    actor: Actor, user_id: int | None, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """Who looked at whose contact and why, of one account or all, newest first. Raises ListTooLong."""
    require(actor, Permission.EXPORT)
    found = collect_pages(partial(list_looks, actor, user_id), lambda page: page.rows)
    rows = [(one.at, one.by, one.number or one.person, without_phones(one.reason)) for one in found]
    return export_rows(actor, "looks", ("at", "looked_by", "whose_contact", "reason"), rows, format, language, now)


def export_exports(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """Which lists went out as files, when, by whom, with format and rows, newest first. Raises ListTooLong."""
    require(actor, Permission.EXPORT)
    found = collect_pages(partial(list_exports, actor), lambda page: page.rows)
    rows = [(one.at, one.by, text(language, f"exports.list.{one.subject}"), one.detail) for one in found]
    return export_rows(actor, "exports", ("at", "taken_by", "list", "rows"), rows, format, language, now)


def export_words(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """Who agreed to what and who withdrew, newest first; people by family name. Raises ListTooLong."""
    require(actor, Permission.EXPORT)
    found = collect_pages(partial(list_words, actor), lambda page: page.rows)
    rows = [
        (one.at, one.person, text(language, f"consents.purpose.{one.purpose}"),
         text(language, "consents.given" if one.given else "consents.withdrawn"),
         text(language, f"consents.channel.{one.channel}"), one.by, without_phones(one.note))
        for one in found
    ]  # fmt: skip
    columns = ("at", "surname", "purpose", "consent", "channel", "entered_by", "note")
    return export_rows(actor, "consents", columns, rows, format, language, now)
