"""Points and redemptions as files: one's own statement, a month of the ledger, the shop (feature N4, decision 0142)."""

from datetime import date, datetime

from config.texts import text
from domain.names import surname_of
from domain.periods import Period
from domain.permissions import Actor, Permission, require
from services.lists.exports import MOST, export_rows, without_phones
from services.lists.files import ListFormat
from services.points.views import get_own_points, list_ledger
from services.shop.redemptions import list_redemptions


def export_own_points(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """One's own entries, newest first: what is about oneself goes out without the right to export."""
    require(actor, Permission.POINTS_OWN)
    own = get_own_points(actor, MOST + 1, now)
    rows = [
        (one.id, one.day, text(language, f"points.why.{one.reason}"), one.about, one.minutes, one.points,
         without_phones(one.note))
        for one in (own.entries if own else ())
    ]  # fmt: skip
    columns = ("entry", "day", "points_reason", "about", "minutes", "points", "note")
    return export_rows(
        actor, "own_points", columns, rows, format, language, now, permission=Permission.POINTS_OWN
    )  # fmt: skip


def export_ledger(actor: Actor, month: date, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """The entries dated into a month (any day of it) of the members of one's areas, in the order of the ledger."""
    require(actor, Permission.EXPORT)
    rows = [
        (one.id, one.day, one.at, one.person, text(language, f"points.why.{one.reason}"), one.about, one.minutes,
         one.points, one.reverses_id, one.tariff, without_phones(one.note))
        for one in list_ledger(actor, month, MOST + 1)
    ]  # fmt: skip
    columns = (
        "entry", "day", "made_at", "person", "points_reason", "about", "minutes", "points", "reverses", "tariff",
        "note",
    )  # fmt: skip
    return export_rows(actor, "ledger", columns, rows, format, language, now)


def export_redemptions(
    actor: Actor, period: Period, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The redemptions entered on the days of a period, newest first; of members the surname, as at the counter."""
    require(actor, Permission.EXPORT)
    rows = [
        (one.id, one.at, one.good, one.quantity, one.points, surname_of(one.person),
         text(language, f"shop.state.{one.state}"), text(language, f"shop.confirmation.{one.confirmation}"),
         one.by_name, one.station, one.done_at, one.ended_at, without_phones(one.end_reason))
        for one in list_redemptions(actor, limit=MOST + 1, period=period)
    ]  # fmt: skip
    columns = (
        "redemption", "at", "good", "quantity", "points", "surname", "state", "confirmation", "clerk", "counter",
        "handed_over_at", "ended_at", "end_reason",
    )  # fmt: skip
    return export_rows(actor, "redemptions", columns, rows, format, language, now)
