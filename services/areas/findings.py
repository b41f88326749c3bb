"""What an import's preview warns of: parents that disagree, names that stand twice, areas without a parent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from db.queries.areas import AreaRow
from services.areas.codes import CodeReader
from services.areas.parents import Answer
from services.areas.plan import ImportWarning, Row
from services.lists.cells import some_rows

_MOST = 50  # warnings of one kind


def parent_warnings(rows: Sequence[Row], answers: Sequence[Answer], is_top: bool) -> list[ImportWarning]:
    """Each disagreement of field, code and place; names the file gives and nobody knows; areas under none."""
    found = [
        ImportWarning("areas.warning.parents_disagree", {"row": row.number, "code": row.code, "ways": answer.names()})
        for row, answer in zip(rows, answers, strict=True)
        if answer.disagrees
    ]
    unknown = [row for row, answer in zip(rows, answers, strict=True) if answer.unknown]
    if unknown:
        named = sorted({row.parent for row in unknown if row.parent})
        values = {**some_rows([row.number for row in unknown]), "named": named[:_MOST]}
        found.append(ImportWarning("areas.warning.unknown_parents", values))
    alone = [row.number for row, answer in zip(rows, answers, strict=True) if answer.parent is None]
    if alone and not is_top:
        found.append(ImportWarning("areas.warning.no_parent", some_rows(alone)))
    return limited(found)


def name_warnings(
    rows: Sequence[Row], present: Sequence[AreaRow], reader: CodeReader, level: str
) -> list[ImportWarning]:
    """Names that several areas of the level will have after the import, where one of them is in the file."""
    codes_of: dict[str, dict[str, str]] = defaultdict(dict)
    incoming = {reader.key(row.code or "", level) for row in rows}
    for area in present:
        if (key := reader.key(area.code, level)) not in incoming:
            codes_of[area.name][key] = area.code
    for row in rows:
        codes_of[row.name][reader.key(row.code or "", level)] = row.code or ""
    twice = {row.name: sorted(codes_of[row.name].values()) for row in rows if len(codes_of[row.name]) > 1}
    return limited(
        ImportWarning("areas.warning.duplicate_name", {"name": name, "codes": codes[:_MOST], "count": len(codes)})
        for name, codes in sorted(twice.items())
    )


def limited(warnings: Iterable[ImportWarning]) -> list[ImportWarning]:
    """The first warnings of a kind, and one that says how many more there are."""
    every = list(warnings)
    if len(every) <= _MOST:
        return every
    more = ImportWarning("areas.warning.more", {"count": len(every) - _MOST, "kind": every[0].code})
    return [*every[:_MOST], more]
