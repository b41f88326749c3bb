"""党员包联: coverage, the list of grids, the card of one with who looks after it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import streamlit as st

from domain.areas import StaffingVerdict
from domain.assignments import AssignmentStatus
from domain.measures import Measure
from domain.permissions import Actor
from services.areas.locating import locate_point
from services.people.assignments import AssignmentView, Coverage, GridCard, PartCoverage
from services.system.installations import current_profile
from ui.components.figures import Figure, number_text, show_figures
from ui.components.legend import show_legend
from ui.components.lists import show_empty
from ui.components.map import MapClick, instruct, map_spec, show_map
from ui.components.tables import SUMS, table_html
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.style import theme

Choose = Callable[[str], None]
MOST_ROWS = 60
MAP_HEIGHT = 430
MAP_LAYERS = {
    "uncovered": "map.layer.uncovered",
    "coverage": "assignments.coverage",
    "stations": "map.layer.stations",
}


def grid_word() -> str:
    """What the profile calls a grid, within a sentence."""
    profile = current_profile()
    return named(profile.level(profile.grid_level.value).name).lower()


def post_name(key: str) -> str:
    """The name of a post; the key itself once the profile has it no more."""
    profile = current_profile()
    names = {post.key: post.name for post in (*profile.posts, *profile.grid_posts)}
    return named(names[key]) if key in names else key


def span_words(starts_on: date, ends_on: date | None) -> str:
    """`2026-03-01 起`, `2026-03-01 至 2026-09-30`."""
    if ends_on is None:
        return t("assignments.since", day=starts_on.isoformat())
    return t("assignments.from_to", first=starts_on.isoformat(), last=ends_on.isoformat())


def share_text(covered: int, total: int) -> str:
    """`93.2`; — of nothing."""
    return f"{100 * covered / total:.1f}" if total else "—"


def show_coverage(coverage: Coverage) -> None:
    """The figures, and below them how the share is computed."""
    grid, day = grid_word(), coverage.day.isoformat()
    share = share_text(coverage.covered, coverage.total)
    count = t("assignments.fraction", covered=coverage.covered, total=coverage.total, grid=grid)
    figures = [
        Figure(t("assignments.coverage"), share, "%" if coverage.total else "", day, compare=count),
        Figure(t("assignments.bare"), len(coverage.missing), t("assignments.unit.grids"), day),
        Figure(
            t("assignments.people"),
            coverage.people,
            t("assignments.unit.people"),
            day,
            compare=t("assignments.members_all", n=number_text(coverage.members)),
        ),
    ]
    show_figures(figures, theme())
    formula = t("assignments.formula", covered=coverage.covered, total=coverage.total, share=share, grid=grid)
    counted = t("assignments.people.how", n=number_text(coverage.people), grid=grid)
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(formula)} {safe(counted)}</div>')
    if coverage.unassigned:
        words = t(
            "assignments.unassigned", members=number_text(coverage.members), n=number_text(coverage.unassigned),
            assigned=number_text(coverage.members - coverage.unassigned), grid=grid,
        )  # fmt: skip
        address = "/organisations?view=people&amp;kind=unassigned"
        st.html(f'<p class="lg-note-line"><a href="{address}" target="_self">{safe(words)}</a></p>')


def show_parts(parts: Sequence[PartCoverage]) -> None:
    """Coverage by the area above the grids: a bar, numerator and denominator; the least covered first."""
    st.html(f'<div class="lg-title"><b>{safe(t("assignments.parts"))}</b></div>')
    ordered = sorted(parts, key=lambda part: part.covered / part.total)
    st.html(f'<div class="lg-cover">{"".join(_part_html(part) for part in ordered)}</div>')
    with st.expander(t("assignments.parts.table", n=len(parts))):
        st.html(_parts_table(ordered))


def _parts_table(parts: Sequence[PartCoverage]) -> str:
    names = ("part", "total", "covered", "bare", "share")
    heads = (t(f"assignments.column.{name}", grid=grid_word()) for name in names)
    covered, total = sum(part.covered for part in parts), sum(part.total for part in parts)
    every = [*parts, PartCoverage(None, t("assignments.parts.all"), covered, total)]
    lines = (
        (
            part.name or t("assignments.no_parent"), part.total, part.covered, part.total - part.covered,
            f"{share_text(part.covered, part.total)}%",
        )
        for part in every
    )  # fmt: skip
    return table_html(heads, lines, SUMS)


def show_kinds(parts: Sequence[PartCoverage]) -> None:
    """Coverage by kind of grid (A8), each as a part of all of its kind."""
    st.html(f'<div class="lg-title"><b>{safe(t("assignments.kinds"))}</b></div>')
    named_parts = [replace(part, name=t(f"areas.kind.{part.name}")) for part in parts]
    st.html(f'<div class="lg-cover">{"".join(_part_html(part) for part in named_parts)}</div>')


def _part_html(part: PartCoverage) -> str:
    width = 100 * part.covered / part.total
    return (
        f'<div><span title="{safe(part.name)}">{safe(part.name or t("assignments.no_parent"))}</span>'
        f'<i><b style="width:{width:.1f}%"></b></i>'
        f"<em>{part.covered} / {part.total}</em></div>"
    )


def show_grid_list(coverage: Coverage, chosen: str | None, on_choose: Choose, *, edits: bool) -> None:
    """The grids without a member, or all; by community and by name, pinyin or code."""
    grid, waiting = grid_word(), f"<em>{len(coverage.missing)}</em>" if coverage.missing else ""
    lead = f"<small>{safe(t('assignments.lead'))}</small>" if edits else ""
    st.html(f'<div class="lg-title"><b>{safe(t("assignments.bare"))}</b>{waiting}{lead}</div>')
    counts = {"missing": len(coverage.missing), "all": coverage.total}
    which = st.segmented_control(
        t("assignments.which"), list(counts), default="missing" if coverage.missing else "all", required=True,
        key="assign_which", width="stretch", label_visibility="collapsed",
        format_func=lambda name: t(f"assignments.which.{name}", n=counts[name]),
    )  # fmt: skip
    part, kind, wanted = _choose_which(coverage)
    found = [
        row for row in (coverage.missing if which == "missing" else coverage.grids)
        if part in (None, row.parent_id)
        and kind in (None, row.kind)
        and (wanted in row.search_key or wanted in row.code)
    ]  # fmt: skip
    if not found:
        why = "searched" if wanted or part or kind else "covered" if coverage.total else "none"
        show_empty(t(f"assignments.empty.{why}", grid=grid), t(f"assignments.empty.{why}.next"))
    with st.container(key="lg-rows-grids", gap=None):
        for row in found[:MOST_ROWS]:
            with st.container(key=f"lg-pick-grid-{row.id}", gap=None):
                st.html(_row_html(row.name, row.parent, row.members, row.households, row.code == chosen))
                label = f"{row.name} · {row.parent} · {_members_text(row.members)}"
                st.button(plain(label), key=f"grid-{row.code}", on_click=on_choose, args=(row.code,))
    if len(found) > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("assignments.more", n=len(found) - MOST_ROWS))}</div>')


def _choose_which(coverage: Coverage) -> tuple[int | None, str | None, str]:
    """Part and kind of the grids, None for all, and the search; what there is only one of is not asked."""
    parts = {part.area_id: part.name for part in coverage.parts}
    part = kind = None
    if len(parts) > 1:
        part = st.selectbox(
            t("assignments.part"), [None, *parts], key="assign_part", label_visibility="collapsed",
            format_func=lambda key: plain(parts[key]) if key else t("assignments.all_parts"),
        )  # fmt: skip
    kinds = [part.name for part in coverage.kinds]
    if len(kinds) > 1:
        kind = st.selectbox(
            t("assignments.kinds"), [None, *kinds], key="assign_kind", label_visibility="collapsed",
            format_func=lambda key: t(f"areas.kind.{key}") if key else t("assignments.all_kinds"),
        )  # fmt: skip
    text = st.text_input(
        t("assignments.search"), key="assign_search", placeholder=t("assignments.search_hint"), max_chars=60,
        label_visibility="collapsed",
    )  # fmt: skip
    return part, kind, text.strip().casefold()


def _members_text(members: int) -> str:
    return t("assignments.members", n=members) if members else t("assignments.nobody")


def _row_html(name: str, parent: str, members: int, households: int | None, chosen: bool) -> str:
    homes = f" · {t('assignments.households', n=households)}" if households is not None else ""
    tone = "" if members else " lg-soon"
    return (
        f'<div class="lg-row{" lg-on" if chosen else ""}"><div class="lg-row-1">'
        f'<i class="lg-swatch{"" if members else " lg-bare"}"></i><b title="{safe(name)}">{safe(name)}</b></div>'
        f'<div class="lg-row-2"><span>{safe(parent + homes)}</span>'
        f'<span class="lg-left{tone}">{safe(_members_text(members))}</span></div></div>'
    )


def grid_clicked(click: MapClick, coverage: Coverage) -> str | None:
    """The code of the grid under a click, whatever level the map shows there; None outside the actor's grids."""
    codes = {row.id: row.code for row in coverage.grids}
    if click.hit_layer == "areas" and click.hit_id in codes:
        return codes[click.hit_id]
    path = locate_point(click.lon, click.lat).area_path or ""
    ids = [int(part) for part in path.strip("/").split("/") if part]
    return next((codes[key] for key in ids if key in codes), None)


def show_grid_map(actor: Actor, area_id: int | None, *, fly: bool, key: str = "assign") -> None:
    """The map: grids without a member hatched, the share of covered ones as colour where it is asked for."""
    shown = st.pills(
        t("map.layers"), list(MAP_LAYERS), default=["uncovered", "coverage"], selection_mode="multi",
        key=f"{key}_layers", format_func=lambda name: t(MAP_LAYERS[name]), label_visibility="collapsed",
    )  # fmt: skip
    fill = Measure.COVERAGE if "coverage" in shown else None
    wish = instruct(
        actor, fill=fill, area=area_id, fly="area" if fly and area_id else None,
        layers={"uncovered": "uncovered" in shown, "stations": "stations" in shown},
    )  # fmt: skip
    spec = map_spec(actor, layers=("base", "areas", "labels", "stations", "uncovered"))
    show_map(spec, key, MAP_HEIGHT, wish)
    show_legend(
        theme(), fill, statuses=False, stations="stations" in shown, uncovered="uncovered" in shown,
        scoped=not actor.scope.everywhere,
    )  # fmt: skip


def show_grid_head(card: GridCard) -> None:
    """Name and place, leader, households with what the staffing rule says, number of members."""
    grid = card.grid
    where = " · ".join(part for part in (grid.parent, grid_word()) if part)
    st.html(
        f'<div class="lg-case-no"><span>{safe(grid.code)}</span><span>{safe(where)}</span></div>'
        f'<h1 class="lg-h1">{safe(grid.name)}</h1>'
    )
    cells = (
        (t("assignments.card.leader"), card.leader.name if card.leader else t("assignments.no_leader")),
        (t("assignments.card.households"), number_text(grid.households)),
        (t("assignments.card.members"), number_text(grid.members)),
    )
    phone = f"<small>{safe(card.leader.phone)}</small>" if card.leader and card.leader.phone else ""
    html = [f'<div>{safe(label)}<b title="{safe(value)}">{safe(value)}</b>' for label, value in cells]
    st.html(f'<div class="lg-facts">{html[0]}{phone}</div>{html[1]}</div>{html[2]}</div></div>')
    _show_staffing(card)


def _show_staffing(card: GridCard) -> None:
    rule, finding = card.rule, card.staffing
    if rule is None or finding.verdict not in (StaffingVerdict.TOO_MANY, StaffingVerdict.TOO_FEW):
        return
    words = t(
        f"assignments.staffing.{finding.verdict}", n=finding.households, least=rule.least, most=rule.most,
        parts=finding.cut_into, grid=grid_word(),
    )  # fmt: skip
    st.html(f'<p class="lg-note-line">{safe(words)}</p>')


def assignment_html(view: AssignmentView, *, area: bool = False) -> str:
    """One assignment: who (or, with ``area``, where), as what, since when; why it began and why it ended."""
    first = view.area if area else view.person
    words = [post_name(view.post), span_words(view.starts_on, view.ends_on)]
    if view.phone and not area:
        words.append(view.phone)
    reasons = [
        t(f"assignments.{kind}", reason=reason)
        for kind, reason in (("because", view.reason), ("ended_because", view.end_reason))
        if reason
    ]
    mark = (
        ""
        if view.status is AssignmentStatus.CURRENT
        else f"<small>{safe(t(f'assignments.status.{view.status}'))}</small>"
    )
    return (
        f'<div class="lg-who"><b>{safe(first)}</b>{mark}<span>{safe(" · ".join(words))}</span>'
        + "".join(f"<span>{safe(reason)}</span>" for reason in reasons)
        + "</div>"
    )


def show_history(card: GridCard) -> None:
    """Assignments that are over."""
    with st.expander(t("assignments.history", n=len(card.past)), expanded=False):
        if not card.past:
            st.caption(t("assignments.history.none"))
        st.html(f'<div class="lg-lines">{"".join(assignment_html(view) for view in card.past)}</div>')
