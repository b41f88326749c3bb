"""上报: six inputs beside the map. A click on the map sets the place; the form's key makes a repeat harmless."""

import streamlit as st

from domain.clock import utc_now
from services.incidents.cases import find_similar_incidents, list_own_reports, log_incident, preview_report
from services.incidents.photos import MOST_PHOTOS
from services.system.installations import current_profile
from ui import state
from ui.components import report as parts
from ui.components.chosen_place import chosen_place, forget_place, set_place
from ui.components.legend import legend_html
from ui.components.map import instruct, map_spec, show_map, take_click
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import safe
from ui.style import panel, theme

actor, profile, now = state.actor(), current_profile(), utc_now()
form_key = state.form_key("report")
key = f"report_{form_key}"


def start_next() -> None:
    """Leave the receipt for an empty form."""
    st.session_state.pop("report_done", None)


def take_place() -> None:
    """Let a click on the map, or the device's position, be the place."""
    click = take_click("report")
    if click is None:
        return
    start_next()
    set_place(key, (click.lon, click.lat))
    st.session_state[f"{key}_accuracy"] = click.accuracy_m
    st.session_state[f"{key}_area"] = None


@covered
def submit() -> None:
    """One call; what was typed stays where it was refused."""
    with action() as outcome:
        st.session_state["report_done"] = log_incident(
            state.actor(), parts.as_typed(st.session_state["report_form"], key)
        )
    st.session_state["report_said"] = state.take_flashes()
    if outcome.ok:
        state.new_form_key("report")
        forget_place()


def show_form() -> None:
    """The six inputs, in the order in which people tell it."""
    place = chosen_place(key)
    with st.container(key="lg-report-inputs"):
        with st.container(horizontal=True, vertical_alignment="center", key="lg-report-head"):
            parts.ask(1, t("report.what"))
            parts.show_own_reports(*list_own_reports(actor, now=now), now)
        category = parts.ask_what(key)
        condition = st.session_state.get(f"{key}_condition") or ""
        urgency_now = st.session_state.get(f"{key}_urgency") or profile.urgencies[0].key
        point = place if isinstance(place, tuple) else (None, None)
        preview = preview_report(
            actor, category=category or None, condition=condition, urgency=urgency_now, lon=point[0], lat=point[1],
            area_id=place if isinstance(place, int) else None, now=now,
        )  # fmt: skip
        words = parts.ask_where(actor, preview, place, key, st.session_state.get(f"{key}_accuracy"))
        if category and isinstance(place, tuple):
            parts.show_similar(find_similar_incidents(actor, category, *place, now=now), profile, now)
        description = parts.ask_how(key)
        with st.container(horizontal=True, gap="medium", key="lg-report-pair"):
            with st.container(gap="xsmall"):
                parts.ask(4, t("report.photos"), t("report.photos.hint", n=MOST_PHOTOS))
                photos = parts.ask_photos(key)
            with st.container(gap="xsmall"):
                parts.ask(5, t("report.who"))
                with st.container(horizontal=True, gap="small", key="lg-report-who"):
                    source = parts.ask_who(profile, actor, key)
                    contact = parts.ask_contact(key, now)
        urgency = parts.ask_urgency(profile, preview, key)
    st.session_state["report_form"] = parts.filled_form(
        form_key, place, category=category, condition=condition, description=description, source=source,
        urgency=urgency, place=words, photos=photos, **contact,
    )  # fmt: skip
    st.session_state["report_area"] = preview.area_id
    for _, said, _ in st.session_state.pop("report_said", []):
        st.error(said)
    with st.container(horizontal=True, key="lg-report-foot", vertical_alignment="center"):
        parts.show_due(preview, now)
        st.button(t("report.submit"), type="primary", on_click=submit, key="report_submit")


take_place()
with st.container(horizontal=True, key="lg-report", gap="small"):
    with panel("report-form"):
        done = st.session_state.get("report_done")
        if done is not None:
            parts.show_receipt(actor, done, now)
            st.button(t("report.next"), type="primary", on_click=start_next, key="report_next")
        else:
            show_form()
    with panel("report-map"):
        st.html(f'<div class="lg-map-head"><b>{safe(t("report.map"))}</b>{legend_html(theme(), statuses=False)}</div>')
        place = None if done is not None else chosen_place(key)
        wish = instruct(
            actor, pin=place if isinstance(place, tuple) else None,
            area=None if done is not None else st.session_state.get("report_area"),
            fly="area" if isinstance(place, int) else None, fly_token=str(place),
        )  # fmt: skip
        show_map(map_spec(actor, face="tablet", choose="place"), "report", 640, wish)
