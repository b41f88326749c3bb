"""How the columns of a file become the fields of incidents: guessed from the header, said in a mapping file, remembered
for the next file of the same source (feature N1, decision 0141).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries.installation import list_installation_values, set_installation_value
from domain.errors import Refusal
from domain.orders import REQUIRED, SEVERAL, Ending, OrderField, guess_columns, plain
from geo.workbooks import Cell
from services.dictionaries.current import current_dictionary
from services.lists.cells import UnknownField

ANY = "*"
"""In ``classes``: the class of whatever is not named."""
DEFAULT_SOURCE = "hotline_12345"
_HEADER_WITHIN = 15  # rows: above it stand a title, notes, the period
_MOST_BYTES = 1_000_000


class BadMapping(Refusal):
    """The mapping file is none. Values: detail."""

    code = "bad_mapping"


class MapsNothing(Refusal):
    """Neither the mapping nor the header says which columns to take. Values: columns."""

    code = "maps_nothing"


class MissingColumn(Refusal):
    """A column without which nothing can be imported. Values: field, columns."""

    code = "missing_column"


class OrderMapping(BaseModel):
    """What a mapping file says; everything is optional and completed from the header.

    ``columns``: field → column or columns, null switches a guess off. ``classes``, ``urgencies``, ``statuses``: the
    file's word → key of the profile, or an Ending; ``classes["*"]`` takes what is not named. ``dates``: the order in
    dates with the year last. ``area_level``: the level of which ``area`` names the areas.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str | None = None
    sheet: str | None = None
    columns: dict[OrderField, tuple[str, ...] | None] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)
    urgencies: dict[str, str] = Field(default_factory=dict)
    statuses: dict[str, Ending] = Field(default_factory=dict)
    dates: Literal["ymd", "mdy", "dmy"] = "ymd"
    datum: str | None = None
    area_level: str | None = None

    @field_validator("columns", mode="before")
    @classmethod
    def _as_lists(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        listed = {name: (item,) if isinstance(item, str) else item for name, item in value.items()}
        for name, item in listed.items():
            if isinstance(item, list | tuple) and len(item) > 1 and name not in set(SEVERAL):
                raise ValueError(f"{name} comes from one column")
        return listed

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return self == OrderMapping()


def parse_mapping(name: str, raw: bytes) -> OrderMapping:
    """A mapping file, JSON or YAML by its name. Raises BadMapping, MapsNothing."""
    try:
        if len(raw) > _MOST_BYTES:
            raise ValueError("too large")
        text = raw.decode("utf-8-sig")
        content = json.loads(text) if PurePosixPath(name).suffix.lower() == ".json" else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadMapping(detail=str(error)[:200]) from error
    return mapping_of(content)


def mapping_of(content: Any) -> OrderMapping:
    """A mapping from what JSON or YAML hold. Raises BadMapping, MapsNothing."""
    if content is None or content == {}:
        raise MapsNothing(columns="")
    try:
        mapping = OrderMapping.model_validate(content)
    except ValidationError as error:
        lines = (f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise BadMapping(detail="; ".join(lines)[:300]) from error
    if mapping.is_empty or (mapping.columns and not any(mapping.columns.values())):
        raise MapsNothing(columns="")
    return mapping


def check_mapping(mapping: OrderMapping, profile: Profile) -> None:
    """Refuse keys that neither dictionary nor profile has. Raises BadMapping."""
    known = {
        "classes": current_dictionary().classes.keys(),
        "urgencies": {urgency.key for urgency in profile.urgencies},
    }
    for part, keys in known.items():
        if wrong := sorted(set(getattr(mapping, part).values()) - set(keys)):
            raise BadMapping(detail=f"{part}: {', '.join(wrong)[:200]}")
    if mapping.source and mapping.source not in {source.key for source in profile.sources}:
        raise BadMapping(detail=f"source: {mapping.source}")
    if mapping.area_level and mapping.area_level not in {level.key for level in profile.levels}:
        raise BadMapping(detail=f"area_level: {mapping.area_level}")


def find_header(rows: Sequence[Sequence[Cell]], mapping: OrderMapping) -> int:
    """The row of the header: the one that names most of the mapping's columns and of the known aliases.

    A title, notes and empty rows may stand above it. Raises MapsNothing where no row names anything.
    """
    wanted = {name for columns in mapping.columns.values() for name in columns or ()}
    scores = []
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        names = [cell for cell in row if isinstance(cell, str)]
        scores.append((len(wanted & set(names)) * 2 + len(guess_columns(names)), -at))
    score, at = max(scores, default=(0, 0))
    if score == 0:
        first = next((row for row in rows if any(row)), [])
        raise MapsNothing(columns=", ".join(str(cell) for cell in first if cell is not None)[:300])
    return -at


def columns_of(header: Sequence[str], mapping: OrderMapping) -> dict[OrderField, tuple[str, ...]]:
    """Field → columns: those of the mapping, the rest guessed. Raises UnknownField, MissingColumn."""
    shown = ", ".join(name for name in header if name)[:300]
    for columns in mapping.columns.values():
        if missing := [name for name in columns or () if name not in header]:
            raise UnknownField(field=missing[0], known=shown)
    said = {field: columns for field, columns in mapping.columns.items()}
    taken = {name for columns in said.values() for name in columns or ()}
    guessed = guess_columns([name for name in header if name not in taken])
    found = {field: columns for field, columns in (guessed | said).items() if columns}
    for field in REQUIRED:
        if field not in found:
            raise MissingColumn(field=field.value, columns=shown)
    return found


def header_names(row: Sequence[Cell]) -> list[str]:
    """The names of a header, empty and repeated ones made different: "", 备注, 备注_2."""
    seen: dict[str, int] = {}
    names = []
    for number, cell in enumerate(row, 1):
        base = str(cell).strip() if cell is not None else f"column_{number}"
        seen[base] = seen.get(base, 0) + 1
        names.append(base if seen[base] == 1 else f"{base}_{seen[base]}")
    return names


def same_word(words: Mapping[str, str]) -> dict[str, str]:
    """The words of a mapping as they are compared."""
    return {plain(word): key for word, key in words.items() if word != ANY}


def _key(source: str) -> str:
    return f"order_mapping.{source}"


def recall_mapping(session: Session, source: str) -> OrderMapping | None:
    """The mapping with which the last file of a source was imported."""
    said = list_installation_values(session).get(_key(source))
    return OrderMapping.model_validate_json(said) if said else None


def remember_mapping(session: Session, source: str, mapping: OrderMapping) -> None:
    """Keep it for the next file of the source."""
    set_installation_value(session, _key(source), mapping.model_dump_json(exclude_defaults=True))
