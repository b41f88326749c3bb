"""应建必建率: formula, numerator and denominator by level, what is missing as list and as map."""

from datetime import datetime
from typing import Any

import streamlit as st

from domain.permissions import Actor
from services.organisations.names import organisation_name
from services.organisations.on_map import MapArea, outline_coverage
from services.organisations.tree import LevelCoverage, OrganisationTree, organisation_coverage, parents_for
from services.system.installations import current_profile
from ui.components.assignments import share_text
from ui.components.charts import Spec, shared_config
from ui.components.figures import Figure, show_figures
from ui.components.lists import show_empty
from ui.components.organisation_forms import show_add_form
from ui.components.organisations import level_name, tier_name
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import panel, theme
from ui.tokens import THEMES, Theme

MOST_ROWS = 60


def show_organisation_coverage(actor: Actor, tree: OrganisationTree, now: datetime, *, edits: bool) -> None:
    """The whole view."""
    levels = organisation_coverage(actor, now)
    if not levels:
        with panel("coverage-none"):
            show_empty(t("org_coverage.none"), t("org_coverage.none.next"))
        return
    with panel("coverage-figures"):
        show_figures([_figure(level, tree.day.isoformat()) for level in levels], theme())
        st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(t("org_coverage.formula"))}</div>')
    worst = next((level for level in reversed(levels) if level.missing), levels[-1])
    keys = {level.level: level for level in levels}
    with st.container(horizontal=True, key="lg-split-coverage"):
        with panel("coverage-map"):
            chosen = st.segmented_control(
                t("org_coverage.level"), list(keys), default=worst.level, required=True, key="org_level",
                format_func=level_name, label_visibility="collapsed",
            )  # fmt: skip
            _show_map(actor, keys[chosen])
        with panel("coverage-missing"):
            _show_missing(actor, tree, keys[chosen], now, edits=edits)


def _figure(level: LevelCoverage, day: str) -> Figure:
    name, share = level_name(level.level), share_text(level.covered, level.total)
    compare = t("org_coverage.fraction", covered=level.covered, total=level.total)
    return Figure(t("org_coverage.rate", level=name), share, "%", day, compare=compare)


def _show_missing(actor: Actor, tree: OrganisationTree, level: LevelCoverage, now: datetime, *, edits: bool) -> None:
    heading = level_name(level.level)
    tiers = t("look.list_comma").join(tier_name(tier) for tier in level.tiers)
    count = t("org_coverage.fraction", covered=level.covered, total=level.total)
    st.html(
        f'<div class="lg-title"><b>{safe(t("org_coverage.missing", level=heading, n=len(level.missing)))}</b>'
        f'<small>{safe(count)}</small></div><p class="lg-quiet">{safe(t("org_coverage.wanted", tiers=tiers))}</p>'
    )
    if not level.missing:
        show_empty(t("org_coverage.complete", level=heading), t("org_coverage.complete.next"))
        return
    parents = parents_for(actor, level, now) if edits else {}
    for area in level.missing[:MOST_ROWS]:
        with st.container(horizontal=True, key=f"lg-touch-who-missing-{area.id}", vertical_alignment="center"):
            kind = f"<small>{safe(t(f'map.kind.{area.kind}'))}</small>" if area.kind == "dedicated" else ""
            place = f"<span>{safe(area.parent)} · {safe(area.code)}</span>"
            st.html(f'<div class="lg-who"><b>{safe(area.name)}</b>{kind}{place}</div>')
            parent = tree.find(parents.get(area.id))
            if edits and parent is not None:
                with st.popover(t("org_coverage.do.add")):
                    st.caption(t("org_coverage.add_note", area=plain(area.name), parent=plain(parent.name)))
                    name = organisation_name(current_profile(), level.tiers[-1], area.name, level.level)
                    show_add_form(actor, now, parent=parent, area=area.code, name=name, tiers=level.tiers)
    if len(level.missing) > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("assignments.more", n=len(level.missing) - MOST_ROWS))}</div>')


def _show_map(actor: Actor, level: LevelCoverage) -> None:
    areas = outline_coverage(actor, level)
    if not areas:
        show_empty(t("org_coverage.no_map"), t("org_coverage.no_map.next"))
        return
    words = {True: t("org_coverage.has"), False: t("org_coverage.has_not")}
    alt = t("org_coverage.alt", level=level_name(level.level), n=len(level.missing), total=level.total)
    st.vega_lite_chart(missing_chart(areas, words, theme()), theme=None, width="stretch", alt=alt)


def missing_chart(areas: list[MapArea], words: dict[bool, str], drawn: Theme) -> Spec:
    """The areas as shapes, those without an organisation hatched out in amber and named; `words` say which is which."""
    c = THEMES[drawn]
    shapes: list[dict[str, Any]] = [
        {
            "type": "Feature", "geometry": area.geometry,
            "properties": {"name": area.name, "state": words[area.has_organisation]},
        }
        for area in areas
    ]  # fmt: skip
    names = [{"name": area.name, "lon": area.lon, "lat": area.lat} for area in areas if not area.has_organisation]
    scale = {"domain": [words[True], words[False]], "range": [c["chart-quiet"], c["due_soon"]]}
    fill = {
        "field": "properties.state", "type": "nominal", "scale": scale, "legend": {"title": None, "orient": "top"},
    }  # fmt: skip
    tip = [
        {"field": "properties.name", "title": t("org_coverage.area")},
        {"field": "properties.state", "title": t("org_coverage.state")},
    ]
    outline = {"type": "geoshape", "stroke": c["panel"], "strokeWidth": 1}
    label = {"type": "text", "fontSize": 13, "fontWeight": 700, "color": THEMES["light"]["text"]}  # on amber
    return {
        "height": 470,
        "config": shared_config(drawn),
        "projection": {"type": "mercator"},
        "layer": [
            {"data": {"values": shapes}, "mark": outline, "encoding": {"color": fill, "tooltip": tip}},
            {
                "data": {"values": names}, "mark": label,
                "encoding": {
                    "longitude": {"field": "lon", "type": "quantitative"},
                    "latitude": {"field": "lat", "type": "quantitative"},
                    "text": {"field": "name"},
                },
            },
        ],
    }  # fmt: skip
