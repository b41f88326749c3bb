"""Parts of the page 指标: the choice of period and grouping, the table of all indicators, one of them by group."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast, get_args
from urllib.parse import quote

import streamlit as st

from config.profiles import Profile
from domain.indicators import BY_KEY, INDICATORS, Behind, Figure, Indicator
from domain.periods import InvalidPeriod, Period, PeriodKind, period_around
from services.indicators.groups import Group, list_dimensions
from services.indicators.lists import name_behind
from services.indicators.measuring import Change, IndicatorRow, IndicatorTable
from services.indicators.tables import days_of
from services.system.installations import current_profile
from ui import state
from ui.components.figures import NONE
from ui.components.tables import Html, link, marked, table_html, titles
from ui.i18n import language, named, t
from ui.safe import safe

FIRST = "closed_in_time_rate"  # shown by group until another is chosen


@dataclass(frozen=True)
class View:
    """What the page shows, as the address bar says it."""

    kind: PeriodKind
    period: Period
    by: str
    indicator: Indicator


# Outside them nobody keeps records; the ends of the calendar have no month before or after.
FIRST_YEAR, LAST_YEAR = 1990, 2100


def chosen_view(profile: Profile, today: date) -> View:
    """Period, grouping and indicator from the address bar; what it does not say or says wrongly is the usual."""
    kind = cast(PeriodKind, state.query("period") if state.query("period") in get_args(PeriodKind) else "month")
    first, last = _day("from"), _day("to")
    try:
        period = Period(first, last) if kind == "custom" and first and last else None
    except InvalidPeriod:
        period = None
    if period is None:
        unit: PeriodKind = "month" if kind == "custom" else kind
        period = period_around(unit, first or today)
    dimensions = list_dimensions(profile)
    usual = dimensions[max(0, dimensions.index(profile.grid_level.value) - 1)]
    by = state.query("by")
    return View(
        kind, period, by if by in dimensions else usual, BY_KEY.get(state.query("indicator") or "", BY_KEY[FIRST])
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(state.query(name) or "")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def choose(profile: Profile, view: View, today: date) -> None:
    """Widgets for period, grouping and indicator; every choice goes into the address bar."""
    with st.container(horizontal=True, vertical_alignment="center", key="lg-indicator-choice"):
        st.segmented_control(
            t("indicators.period"), list(get_args(PeriodKind)), default=view.kind, required=True,
            key="indicators_period", label_visibility="collapsed", on_change=_set_period, args=(view, today),
            format_func=lambda kind: t(f"indicators.period.{kind}"),
        )  # fmt: skip
        if view.kind == "custom":
            st.date_input(
                t("indicators.days"), (view.period.first, view.period.last), key="indicators_days",
                label_visibility="collapsed", on_change=_set_days,
            )  # fmt: skip
        else:
            _turn(view.kind, view.period.first - timedelta(days=1), "previous", False)
            st.html(f"<b>{safe(period_text(view.period))}</b>", width="content")
            following = view.period.last + timedelta(days=1)
            _turn(view.kind, following, "following", following > today)
        names = {by: dimension_name(profile, by) for by in list_dimensions(profile)}
        st.selectbox(
            t("indicators.by"), list(names), index=list(names).index(view.by), key="indicators_by",
            format_func=lambda by: names.get(by, by), on_change=_set, args=("by", "indicators_by"),
            label_visibility="collapsed",
        )  # fmt: skip


def _turn(kind: PeriodKind, day: date, way: str, disabled: bool) -> None:
    first = period_around(kind, day).first.isoformat()
    st.button(
        t(f"indicators.{way}"), key=f"indicators_{way}", disabled=disabled, on_click=state.set_query,
        kwargs={"from": first, "to": None},
    )  # fmt: skip


def _set(name: str, key: str) -> None:
    state.set_query(**{name: st.session_state[key]})


def _set_period(view: View, today: date) -> None:
    kind = st.session_state["indicators_period"]
    day = min(view.period.last, today)
    period = view.period if kind == "custom" else period_around(kind, day)
    _set("period", "indicators_period")
    state.set_query(**{"from": period.first.isoformat(), "to": period.last.isoformat()})


def _set_days() -> None:
    days = st.session_state["indicators_days"]
    if len(days) == 2:
        state.set_query(**{"from": days[0].isoformat(), "to": days[1].isoformat()})


def dimension_name(profile: Profile, by: str) -> str:
    """What a grouping is called: 按社区, 按类别."""
    levels = {level.key: level.name for level in profile.levels}
    return t("indicators.by.level", level=named(levels[by])) if by in levels else t(f"indicators.by.{by}")


def period_text(period: Period) -> str:
    """`2026-03-01 至 2026-03-31`."""
    return t("indicators.days.text", first=period.first.isoformat(), last=period.last.isoformat())


def show_head(table: IndicatorTable) -> None:
    """Of which days the figures are, and with which they are compared."""
    earlier = " · ".join(
        t(f"indicators.compared.{name}", days=period_text(period))
        for name, period in (("before", table.before), ("year", table.year_ago))
        if period is not None
    )
    st.html(
        f'<div class="lg-title"><b>{safe(t("indicators.title"))}</b><small>{safe(period_text(table.period))}</small>'
        f'</div><p class="lg-foot">{safe(earlier)}</p>'
    )


def show_indicators(table: IndicatorTable) -> None:
    """All indicators over all groups. A figure opens the list of its incidents, a name shows it by group."""
    lines = (
        (
            _name_link(indicator), *_cells(indicator, table, table.total),
            _change(indicator, table.total.figures[indicator.key].on_year),
        )
        for indicator in INDICATORS
    )  # fmt: skip
    heads = titles("indicators.head", "name", "value", "of", "before", "year")
    st.html(table_html(heads, lines, "lg-indicators", named=True))


def show_groups(profile: Profile, table: IndicatorTable, indicator: Indicator) -> None:
    """One indicator by group, the best first; places and posts, never persons."""
    keys = [one.key for one in INDICATORS]
    st.selectbox(
        t("indicators.indicator"), keys, index=keys.index(indicator.key), key="indicators_indicator",
        format_func=lambda key: t(f"indicators.name.{key}"), on_change=_set, args=("indicator", "indicators_indicator"),
        label_visibility="collapsed",
    )  # fmt: skip
    st.html(f'<p class="lg-foot">{safe(_says(indicator))}</p>')
    ranked = sorted(table.rows, key=lambda row: _rank(indicator, row.figures[indicator.key].now))
    most = max((row.figures[indicator.key].now.value or 0 for row in ranked), default=0) or 1
    lines = (
        (
            group_text(row.group), *_cells(indicator, table, row),
            _bar_of(row.figures[indicator.key].now.value, most),
        )
        for row in ranked
    )  # fmt: skip
    heads = (dimension_name(profile, table.by), *titles("indicators.head", "value", "of", "before", "bar"))
    st.html(table_html(heads, lines, "lg-indicators lg-indicators-bars", named=True))


def _says(indicator: Indicator) -> str:
    """What an indicator counts, with the profile's limit of filing where it is about that."""
    filed = current_profile().thresholds.filed_within
    mark = t("indicators.example") if filed.is_example else ""
    limit = t(f"clocks.limit.{filed.clock}", amount=f"{filed.amount:g}") + mark
    return t(f"indicators.says.{indicator.key}", limit=limit)


def _bar_of(value: float | None, most: float) -> Html:
    """A value's bar; where there is none, no bar: it is not the same as none of something."""
    return Html("") if value is None else _bar(value / most)


def _bar(share: float) -> Html:
    return Html(f'<i style="width:{100 * share:.1f}%"></i>')


def _rank(indicator: Indicator, figure: Figure) -> tuple[bool, float]:
    value = figure.value or 0
    return figure.value is None, value if indicator.direction == "down" else -value


def _name_link(indicator: Indicator) -> str:
    query = {"period": state.query("period"), "from": state.query("from"), "to": state.query("to")}
    query |= {"by": state.query("by"), "indicator": indicator.key}
    address = "&".join(f"{name}={quote(value)}" for name, value in query.items() if value)
    return link(f"/indicators?{address}", name_of(indicator), _says(indicator))


def name_of(indicator: Indicator) -> str:
    """What an indicator is called."""
    return t(f"indicators.name.{indicator.key}")


def group_text(group: Group) -> str:
    """What a group is called."""
    if group.text is not None:
        return t(group.text)
    if isinstance(group.name, str):
        return group.name + days_of(group, language())
    return named(group.name) if group.name else t("indicators.all")


def _cells(indicator: Indicator, table: IndicatorTable, row: IndicatorRow) -> tuple[Html, Html, Html]:
    change: Change = row.figures[indicator.key]
    by = table.by if row.group.key else ""
    text = safe(value_text(indicator, change.now))
    above, below = (
        _link(Behind(indicator.key, line, table.period, by, row.group.key), number, what == "cases")
        for line, number, what in (
            (False, change.now.numerator, indicator.measured),
            (True, change.now.denominator or 0, indicator.over if indicator.denominator else "households"),
        )
    )
    if change.now.denominator is None:
        unit = text.replace(f"{change.now.numerator:,.0f}", above, 1) if change.now.numerator else text
        value, behind = unit, ""
    else:
        value, behind = text, f"{above} / {below}"
    return Html(f"<b>{value}</b>"), Html(behind), _change(indicator, change.on_before)


def _link(behind: Behind, number: float, opens: bool) -> str:
    """A number that opens the list of what it counts, where it counts incidents; nothing opens nothing."""
    shown = f"{number:,.0f}"
    if not number or not opens:
        return shown
    return link(f"/incidents?behind={quote(str(behind))}", shown)


def value_text(indicator: Indicator, figure: Figure) -> str:
    """`95.1%`, `76.8 小时`, `1,284 件`, `—`, `样本不足`."""
    if figure.small:
        return t("indicators.small")
    if figure.value is None:
        return NONE
    if indicator.unit == "share":
        return f"{100 * figure.value:.1f}%"
    return t(f"indicators.unit.{indicator.unit}", n=f"{figure.value:,.{0 if indicator.unit == 'cases' else 1}f}")


def _change(indicator: Indicator, change: float | None) -> Html:
    """`▲ 1.2 点` or `▼ 12.5%`, coloured where one way is better."""
    if change is None:
        return Html(NONE)
    amount = f"{abs(100 * change):.1f}"
    text = t("indicators.points", n=amount) if indicator.unit == "share" else f"{amount}%"
    if amount == "0.0":
        return Html(f"= {safe(text)}")
    better = {"up": change > 0, "down": change < 0}.get(indicator.direction)
    kind = "" if better is None else "lg-better" if better else "lg-worse"
    return marked(f"{'▲' if change > 0 else '▼'} {text}", kind)


def show_behind(behind: Behind) -> None:
    """Which figure's incidents a list holds, and the way back to all."""
    group = name_behind(behind)
    line = t("indicators.behind.below" if behind.below else "indicators.behind.above")
    indicator = BY_KEY[behind.indicator]
    what = name_of(indicator) if not indicator.denominator else f"{name_of(indicator)} · {line}"
    words = [what, period_text(behind.period)]
    words += [group_text(group)] if group is not None else []
    with st.container(horizontal=True, vertical_alignment="center", key="lg-behind"):
        st.html(f'<span class="lg-foot">{safe(" · ".join(words))}</span>')
        st.button(t("indicators.behind.all"), key="behind_all", on_click=state.set_query, kwargs={"behind": None})
