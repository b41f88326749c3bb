"""Areas: the tree, its lists, one area's name and households, and what the staffing rule says (features A2, A6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db.queries import areas as rows
from db.queries.areas import AreaFilter, AreaRow
from db.queries.audit import add_audit_entry
from db.session import reading, transaction
from domain.areas import AreaKind, StaffingFinding, StaffingVerdict, staffing_finding
from domain.clock import utc_now
from domain.errors import Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.staffing import StaffingRules
from domain.texts import clean_line
from services.areas.staffing_rules import rules_in
from services.lists.search_keys import search_key
from services.system.installations import current_profile, forget_installation

MOST_CHOICES = 3000
MOST_HOUSEHOLDS = 1_000_000


class UnknownLevel(Refusal):
    """A level that the profile does not have. Values: level, known."""

    code = "unknown_level"


class InvalidHouseholds(Refusal):
    """A number of households that cannot be one. Values: households, most."""

    code = "invalid_households"


class InvalidAreaKind(Refusal):
    """A kind that areas of this level do not have. Values: kind."""

    code = "invalid_area_kind"


@dataclass(frozen=True)
class AreaView:
    """An area for lists and cards. Label point in degrees, EPSG:4326; ``parent`` is the code of the area above."""

    id: int
    code: str
    name: str
    level: str
    depth: int
    kind: AreaKind
    parent_id: int | None
    parent: str | None
    parent_name: str | None
    path: str
    households: int | None
    area_m2: float | None
    parts: int
    label_lon: float | None
    label_lat: float | None
    source_datum: str
    valid_from: date
    version: int
    staffing: StaffingFinding


@dataclass(frozen=True)
class AreaPage:
    """Some of the areas that were asked for, and how many there are."""

    areas: list[AreaView]
    total: int


@dataclass(frozen=True)
class AreaForm:
    """What may be changed by hand; outlines and codes come from imports."""

    name: str
    households: int | None
    kind: str


def refuse_unknown_level(level: str | None) -> None:
    """Refuse (UnknownLevel) a level that the profile does not have; None stands for all."""
    known = [found.key for found in current_profile().levels]
    if level is not None and level not in known:
        raise UnknownLevel(level=level, known=", ".join(known))


def list_areas(actor: Actor, level: str | None = None, day: date | None = None) -> list[AreaView]:
    """Every area, of one level or all, from the top down; as of today, or of a Shanghai day. Raises UnknownLevel."""
    require(actor, Permission.AREA_SEE)
    refuse_unknown_level(level)
    with reading(EVERYWHERE) as session:
        return _views(session, rows.list_areas(session, AreaFilter(level=level, day=day)))


def find_areas(
    actor: Actor,
    *,
    level: str | None = None,
    search: str = "",
    parent_id: int | None = None,
    page: int = 1,
    page_size: int = 100,
) -> AreaPage:
    """A page of areas. ``search`` is part of a name, its pinyin, its initials, or the code."""
    require(actor, Permission.AREA_SEE)
    which = AreaFilter(level=level, search=search, parent_id=parent_id)
    with reading(EVERYWHERE) as session:
        found = rows.list_areas(session, which, page_size, (max(page, 1) - 1) * page_size)
        return AreaPage(_views(session, found), rows.count_areas(session, which))


def get_area(actor: Actor, area_id: int) -> AreaView:
    """One area. Raises NotFound."""
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        return _views(session, [rows.get_area_row(session, area_id)])[0]


def get_own_area(actor: Actor) -> str | None:
    """The name of the area that the account works for; None for one without."""
    require(actor, Permission.AREA_SEE)
    if actor.area_id is None:
        return None
    with reading(EVERYWHERE) as session:
        return rows.get_area_row(session, actor.area_id).name


def count_areas_by_level(actor: Actor) -> dict[str, int]:
    """Level → number of areas, for every level of the profile from the top."""
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        counts = rows.map_area_counts_by_level(session)
    return {level.key: counts.get(level.key, 0) for level in current_profile().levels}


def list_area_choices(actor: Actor) -> dict[str, str]:
    """Code → name with the areas above it, for a choice from a list; of the levels down to the grid."""
    require(actor, Permission.AREA_SEE)
    profile = current_profile()
    wanted = profile.level_keys[: profile.grid_depth + 1]
    with reading(EVERYWHERE) as session:
        found = [row for row in rows.list_areas(session) if row.level in wanted]
    names = {row.path: row.name for row in found}
    shown = sorted(found, key=lambda row: (row.depth, row.code))[:MOST_CHOICES]
    return {row.code: " · ".join(_line(row.path, names)) for row in shown}


def _line(path: str, names: dict[str, str]) -> list[str]:
    steps = path.strip("/").split("/")
    above = ("/" + "/".join(steps[: place + 1]) + "/" for place in range(len(steps)))
    return [names[step] for step in above if step in names][-2:]


def list_area_names(actor: Actor, codes: Iterable[str]) -> dict[str, str]:
    """Code → name of the present areas with these codes."""
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        return rows.map_names_by_code(session, codes)


def list_staffing_findings(
    actor: Actor, level: str | None = None, rules: StaffingRules | None = None
) -> list[AreaView]:
    """Areas with fewer or more households than the rule of their level allows, the most households first (A6).

    ``rules``: others than those in force, for a look at what they would flag.
    """
    require(actor, Permission.AREA_SEE)
    found: list[AreaView] = []
    with reading(EVERYWHERE) as session:
        rules = rules or rules_in(session)
        for key, rule in rules.by_level.items():
            if level in (None, key):
                which = AreaFilter(level=key, households=(rule.least, rule.most))
                found += _views(session, rows.list_areas(session, which), rules)
    against = [area for area in found if area.staffing.verdict in (StaffingVerdict.TOO_FEW, StaffingVerdict.TOO_MANY)]
    return sorted(against, key=lambda area: -(area.households or 0))


def edit_area(actor: Actor, area_id: int, form: AreaForm, version: int, now: datetime | None = None) -> AreaView:
    """Correct an area's name, households and kind.

    ``version`` is the one that the form showed. Raises NotFound, StaleRecord, InvalidText, InvalidHouseholds,
    InvalidAreaKind.
    """
    require(actor, Permission.AREA_IMPORT)
    name = clean_line(form.name, "name", 120)
    if form.households is not None and not 0 <= form.households <= MOST_HOUSEHOLDS:
        raise InvalidHouseholds(households=form.households, most=MOST_HOUSEHOLDS)
    with transaction(EVERYWHERE) as session:
        area = rows.get_area(session, area_id)
        if area.version != version:
            raise StaleRecord()
        if form.kind not in current_profile().level(area.level).area_kinds:
            raise InvalidAreaKind(kind=form.kind)
        detail = f"{area.code}: {area.name} → {name}, {area.households} → {form.households}"
        area.name, area.name_key = name, search_key(name, area.code)
        area.households, area.kind = form.households, form.kind
        session.flush()
        add_audit_entry(session, actor.user_id, "areas.edit", "area", now or utc_now(), area.id, detail)
        view = _views(session, [rows.get_area_row(session, area_id)])[0]
    forget_installation()
    return view


def _views(session: Session, found: Sequence[AreaRow], rules: StaffingRules | None = None) -> list[AreaView]:
    rules = rules or rules_in(session)
    above = rows.list_areas_by_id(session, {row.parent_id for row in found if row.parent_id is not None})
    return [_view(rules, row, above.get(row.parent_id or 0)) for row in found]


def _view(rules: StaffingRules, row: AreaRow, parent: AreaRow | None) -> AreaView:
    return AreaView(
        id=row.id, code=row.code, name=row.name, level=row.level, depth=row.depth, kind=AreaKind(row.kind),
        parent_id=row.parent_id, parent=parent.code if parent else None, parent_name=parent.name if parent else None,
        path=row.path, households=row.households, area_m2=row.area_m2, parts=row.parts, label_lon=row.label_lon,
        label_lat=row.label_lat, source_datum=row.source_datum, valid_from=row.valid_from, version=row.version,
        staffing=staffing_finding(row.households, rules.rule_of(row.level, row.kind)),
    )  # fmt: skip
