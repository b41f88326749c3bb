"""The talent pool: search, rows without given names, one person with the way to the contact, words on paper."""

from datetime import datetime
from functools import partial

import streamlit as st

from domain.errors import NotFound
from domain.permissions import Actor, Permission, may
from services.areas.work_areas import list_work_areas
from services.lists.exports import export_talents
from services.people.register import PeopleFilter, find_people
from services.talents.consents import record_consent
from services.talents.pool import TalentPage, TalentSearch, TalentView, find_talents, get_talent, uncover_talent
from ui import state
from ui.components.assign_form import all_skills, skill_names
from ui.components.charts import bars_chart, show_chart
from ui.components.export import show_export
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe
from ui.style import theme

_MOST_NAMESAKES = 12


def show_pool(actor: Actor, now: datetime, chosen: int) -> TalentPage:
    """Search fields, and the rows of one page, each a target."""
    which = _search(actor)
    page = find_talents(actor, which, st.session_state.get("talents-page", 1))
    with st.container(horizontal=True, key="lg-touch-talents-found", vertical_alignment="center"):
        st.caption(t("talents.found", n=f"{page.total:,}"))
        show_export(actor, "talents", partial(export_talents, actor, which), now, page.total)
    if not page.talents:
        kind = "search" if which != TalentSearch() else "none"
        show_empty(t(f"talents.empty.{kind}"), t(f"talents.empty_next.{kind}"))
        return page
    with st.container(key="lg-rows-talents", gap=None):
        for row in page.talents:
            with st.container(key=f"lg-pick-talent-{row.person_id}", gap=None):
                st.html(_row_html(row, row.person_id == chosen))
                label = f"{row.surname} · {skill_names(row.skills)} · {row.area}"
                st.button(
                    plain(label), key=f"talent-{row.person_id}", on_click=state.set_query,
                    kwargs={"id": row.person_id},
                )  # fmt: skip
    if page.pages > 1:
        with st.container(key="lg-touch-talents-pages"):
            st.pagination(page.pages, key="talents-page")
    return page


def _search(actor: Actor) -> TalentSearch:
    skills = {"": t("talents.all_skills")} | all_skills()
    areas = {"": t("talents.all_areas")} | {area.path: area.label for area in list_work_areas(actor)}
    words = st.text_input(t("talents.search"), key="talents-words", placeholder=t("talents.search_hint"), max_chars=60)
    with st.container(horizontal=True, key="lg-touch-talents-search"):
        skill = st.selectbox(t("talents.skill"), list(skills), key="talents-skill", format_func=skills.__getitem__)
        area = st.selectbox(t("talents.area"), list(areas), key="talents-area", format_func=areas.__getitem__)
    return TalentSearch(skill or None, words.strip(), area or None)


def times_text(view: TalentView) -> str:
    """`平日晚上、周末`."""
    return t("look.list_comma").join(t(f"talents.time.{key}") for key in view.times)


def _row_html(row: TalentView, chosen: bool) -> str:
    said = " · ".join(part for part in (row.area, row.sentence) if part)
    return (
        f'<div class="lg-row lg-person{" lg-on" if chosen else ""}"><div>'
        f"<b>{safe(called(row))} · {safe(skill_names(row.skills))}</b>"
        f"<span>{safe(said)}</span></div><div><span>{safe(times_text(row))}</span></div></div>"
    )


def called(view: TalentView) -> str:
    """`张某`: nobody of the pool is named further."""
    return t("talents.called", surname=view.surname)


def show_by_skill(page: TalentPage) -> None:
    """How many of those found have each skill, most first; who has several counts in each."""
    names = all_skills()
    counts = sorted(((names[key], n) for key, n in page.by_skill.items() if n), key=lambda one: -one[1])
    title, note = t("talents.by_skill"), t("talents.by_skill.note")
    st.html(f'<div class="lg-title"><b>{safe(title)}</b><small>{safe(note)}</small></div>')
    if not counts:
        show_empty(t("talents.by_skill.none"), t("talents.empty_next.none"))
        return
    show_chart(bars_chart(dict(counts), theme()), t("talents.by_skill.alt", n=len(counts)))


def show_talent(actor: Actor, person_id: int) -> None:
    """One person of the pool; somebody who left it is not there any more."""
    try:
        view = get_talent(actor, person_id)
    except NotFound:
        show_empty(t("talents.gone"), t("talents.gone_next"))
        return
    facts = (
        (t("people.skills"), skill_names(view.skills)),
        (t("people.area"), view.area or "—"),
        (t("talents.own.times"), times_text(view) or t("talents.times.none")),
    )
    pairs = "".join(f"<dt>{safe(label)}</dt><dd>{safe(value)}</dd>" for label, value in facts)
    st.html(
        f'<h1 class="lg-h1">{safe(called(view))}</h1><dl class="lg-pairs">{pairs}</dl>'
        f'<p class="lg-pre">{safe(view.sentence)}</p>'
    )
    if may(actor, Permission.CONTACT_SEE):
        _show_contact(actor, view)
    else:
        st.caption(t("talents.contact.who"))


def _show_contact(actor: Actor, view: TalentView) -> None:
    """Whoever wants the contact says why; it stays on the screen for this run alone."""
    if not view.has_phone:
        st.caption(t("talents.contact.none"))
        return
    key = f"contact-{view.person_id}"
    with st.popover(t("talents.do.contact")):
        st.caption(t("people.uncover.note"))
        st.text_input(t("fields.reason"), key=f"{key}-reason", max_chars=200)
        st.button(t("people.do.uncover_now"), key=key, on_click=_uncover, args=(actor, view.person_id))
        if shown := st.session_state.pop(f"{key}-shown", None):
            st.info(t("people.uncovered", name=plain(shown[0]), phone=plain(shown[1])))


@covered
def _uncover(actor: Actor, person_id: int) -> None:
    key = f"contact-{person_id}"
    with action() as outcome:
        shown = uncover_talent(actor, person_id, st.session_state[f"{key}-reason"])
    if outcome.ok:
        st.session_state[f"{key}-shown"] = shown
        st.session_state[f"{key}-reason"] = ""


def show_paper_form(actor: Actor, now: datetime) -> None:
    """Enter what somebody said on paper: joins, or leaves; who enters it is kept."""
    st.caption(t("talents.paper.note"))
    text = st.text_input(
        t("talents.paper.search"), key="paper-search", placeholder=t("people.search_hint"), max_chars=60
    )
    if not text.strip():
        return
    found = {
        one.id: one for one in find_people(actor, PeopleFilter(search=text.strip()), now=now).people[:_MOST_NAMESAKES]
    }
    if not found:
        show_empty(t("talents.paper.nobody"), t("talents.paper.nobody_next"))
        return
    person = st.selectbox(
        t("fields.person_name"), list(found), key=f"paper-person-{text}",
        format_func=lambda key: " · ".join(filter(None, (found[key].name, found[key].area))),
    )  # fmt: skip
    st.text_input(t("fields.consent_note"), key="paper-note", max_chars=200, placeholder=t("talents.paper.hint"))
    with st.container(horizontal=True, key="lg-touch-paper"):
        st.button(t("talents.paper.yes"), key="paper-yes", type="primary", on_click=_record, args=(actor, person, True))
        st.button(t("talents.paper.no"), key="paper-no", on_click=_record, args=(actor, person, False))


@covered
def _record(actor: Actor, person: int, given: bool) -> None:
    with action("talents.done.paper_in" if given else "talents.done.paper_out") as outcome:
        record_consent(actor, person, given, st.session_state["paper-note"])
    if outcome.ok:
        st.session_state["paper-note"] = ""
