"""工作日历: which days are off and which weekend days are worked, year by year. Deadlines are counted by it."""

import streamlit as st

from domain.calendars import FIRST_YEAR, YEARS_AHEAD
from domain.clock import local_date, utc_now
from services.clocks.calendar_edits import get_calendar_year
from services.system.installations import current_profile
from ui import state
from ui.components.work_calendar import show_calendar_warning, show_edits, show_year
from ui.i18n import t
from ui.safe import safe
from ui.style import panel

actor, profile, this_year = state.actor(), current_profile(), local_date(utc_now()).year
show_calendar_warning(actor)
asked = state.query("year") or ""
years = list(range(max(FIRST_YEAR, this_year - 2), this_year + YEARS_AHEAD))
start = int(asked) if asked.isdecimal() and FIRST_YEAR <= int(asked) <= this_year + YEARS_AHEAD else this_year
year = st.segmented_control(
    t("work_calendar.year"), sorted({*years, start}), default=start, required=True,
    key="calendar_year", label_visibility="collapsed", format_func=str,
    on_change=lambda: state.set_query(year=st.session_state["calendar_year"]),
)  # fmt: skip
view = get_calendar_year(actor, year)
state_text = t(f"work_calendar.source.{view.source or 'none'}", year=year)
with st.container(horizontal=True, key="lg-split-calendar"):
    with panel("calendar-year"):
        st.html(
            f'<div class="lg-title"><b>{safe(t("work_calendar.title", year=year))}</b>'
            f"<small>{safe(state_text)}</small></div>"
        )
        st.html(f'<p class="lg-quiet">{safe(t("work_calendar.hours", hours=profile.working_hours.value))}</p>')
        if not profile.public_holidays.value:
            st.info(t("work_calendar.no_holidays"))
        show_year(view)
    with panel("calendar-edit"):
        st.html(f'<div class="lg-title"><b>{safe(t("work_calendar.edit"))}</b></div>')
        show_edits(actor, view)
