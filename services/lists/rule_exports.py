"""The rules of a street as files: its dictionary of incidents and its admission list (feature N4, decision 0142)."""

from datetime import datetime

from config.texts import text
from domain.clocks import Limit
from domain.dictionaries import DictionaryEntry
from domain.permissions import Actor, Permission, require
from services.dictionaries.importing import list_dictionary
from services.dictionaries.work_items import WorkItemView, list_work_items
from services.lists.exports import export_rows
from services.lists.files import ListFormat

_ENTRY = ("family", "class", "condition", "limit", "standard", "responsible", "photo")
_ITEM = (
    "name", "work_kind", "department", "covers", "basis", "monthly_hours", "temporary", "approved_by", "valid_from",
    "valid_to", "work_state",
)  # fmt: skip


def export_dictionary(
    actor: Actor, version: int | None, format: ListFormat, language: str, now: datetime | None = None
) -> bytes:
    """The entries of a version, None = the newest. In Chinese it is a file that the import takes back."""
    require(actor, Permission.EXPORT)
    families = list_dictionary(actor, version)
    entries = [entry for family in families for kind in family.classes for entry in kind.entries]
    rows = [_entry(entry, language) for entry in entries]
    return export_rows(actor, "dictionary", _ENTRY, rows, format, language, now)


def _entry(entry: DictionaryEntry, language: str) -> tuple[str, ...]:
    condition = entry.condition_name.text(language) if entry.condition else text(language, "dictionary.general")
    return (
        entry.family_name.text(language), entry.class_name.text(language), condition, _limit(entry.limit, language),
        entry.standard.text(language), entry.department.text(language),
        text(language, "exports.yes" if entry.photo_required else "exports.no"),
    )  # fmt: skip


def _limit(limit: Limit, language: str) -> str:
    return text(language, f"clocks.limit.{limit.clock}", amount=f"{limit.amount:g}")


def export_work_items(actor: Actor, format: ListFormat, language: str, now: datetime | None = None) -> bytes:
    """Every item of the admission list, those in force first."""
    require(actor, Permission.EXPORT)
    rows = [_item(item, language) for item in list_work_items(actor, now)]
    return export_rows(actor, "work_items", _ITEM, rows, format, language, now)


def _item(item: WorkItemView, language: str) -> tuple[object, ...]:
    covers = item.covers_name.text(language) if item.covers_name else text(language, "work_items.covers.none")
    return (
        item.name, text(language, f"work_items.kind.{item.kind}"), item.department, covers, item.basis, item.hours,
        text(language, "exports.yes" if item.temporary else "exports.no"), item.approved_by, item.valid_from,
        item.valid_to, text(language, f"work_items.state.{item.state}"),
    )  # fmt: skip
