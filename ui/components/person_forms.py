"""Record a person, change one, give a post."""

from datetime import date, datetime

import streamlit as st

from domain.clock import local_date
from domain.errors import StaleRecord
from domain.permissions import Actor
from services.areas.work_areas import list_work_areas
from services.organisations.tree import OrganisationTree
from services.people.posts import PostForm, hold_post
from services.people.register import PersonForm, PersonView, add_person, edit_person, get_person_view
from services.system.installations import current_profile
from ui import state
from ui.components.assign_form import all_skills
from ui.components.organisations import level_name
from ui.components.people import organisation_choices
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe


def show_person_form(actor: Actor, tree: OrganisationTree, person: PersonView | None) -> None:
    """The inputs of a new person, or of one that exists. What is typed stays when the service refuses."""
    name = f"person-{person.id if person else 'new'}"
    title = t("people.form.edit", name=person.name) if person else t("people.form.new")
    st.html(f'<h3 class="lg-h3">{safe(title)}</h3>')
    st.text_input(t("fields.person_name"), person.name if person else "", key=f"{name}-name", max_chars=60)
    st.text_input(
        t("fields.phone"), key=f"{name}-phone", max_chars=32,
        placeholder=t("people.form.phone_kept", phone=person.phone) if person and person.phone else "",
    )  # fmt: skip
    st.checkbox(t("people.form.agreed"), key=f"{name}-agreed")
    st.toggle(t("people.member"), person.is_party_member if person else False, key=f"{name}-member")
    organisations = organisation_choices(tree)
    areas = {area.code: f"{area.name} · {level_name(area.level)}" for area in list_work_areas(actor)}
    _choice(t("people.organisation"), f"{name}-organisation", organisations, person.organisation_id if person else None)
    _choice(t("people.area"), f"{name}-area", areas, person.area_code if person else None)
    names = all_skills()
    skills = [key for key in person.skills if key in names] if person else []
    st.pills(
        t("people.skills"), list(names), default=skills, selection_mode="multi", key=f"{name}-skills",
        format_func=names.__getitem__,
    )  # fmt: skip
    with st.container(horizontal=True, key=f"lg-touch-form-{name}"):
        st.button(t("organisations.do.save"), key=f"{name}-save", type="primary", on_click=_save,
                  args=(actor, name, person))  # fmt: skip
        st.button(t("activities.form.back"), key=f"{name}-back", on_click=state.set_query, kwargs={"form": None})


def _choice(label: str, key: str, choices: dict, present: object) -> None:
    options = [None, *choices]
    index = options.index(present) if present in choices else 0
    st.selectbox(
        label, options, index=index, key=key,
        format_func=lambda one: t("people.form.none") if one is None else plain(choices[one]),
    )  # fmt: skip


@covered
def _save(actor: Actor, name: str, person: PersonView | None) -> None:
    value = {field: st.session_state[f"{name}-{field}"] for field in
             ("name", "phone", "member", "organisation", "area", "skills", "agreed")}  # fmt: skip
    phone = value["phone"].strip() or None
    form = PersonForm(
        value["name"], phone, value["member"], value["organisation"], value["area"] or "", value["skills"],
        "" if person else state.form_key("person"), value["agreed"],
    )  # fmt: skip
    with action("people.done.saved", name=plain(value["name"])) as outcome:
        if person:
            edit_person(actor, person.id, st.session_state.get(f"{name}-version", person.version), form)
            saved = person.id
        else:
            saved = add_person(actor, form)
    if outcome.ok:
        state.new_form_key("person")
        for field in (*value, "version"):
            st.session_state.pop(f"{name}-{field}", None)
        state.set_query(person=saved, form=None)
    elif person and isinstance(outcome.error, StaleRecord):
        newer = get_person_view(actor, person.id)
        st.session_state[f"{name}-version"] = newer.version
        words = " · ".join(part for part in (newer.name, newer.organisation, newer.area) if part)
        state.flash("info", t("assignments.newer", words=plain(words)))


def show_post_form(actor: Actor, tree: OrganisationTree, person: PersonView, now: datetime) -> None:
    """Give a post: which, where, from when."""
    name = f"hold-{person.id}"
    profile = current_profile()
    posts = {post.key: named(post.name) for post in (*profile.posts, *profile.grid_posts)}
    st.selectbox(t("people.post"), list(posts), key=f"{name}-post", format_func=lambda key: plain(posts[key]))
    where = st.segmented_control(
        t("people.where"), ["organisation", "area"], default="organisation", required=True, key=f"{name}-where",
        format_func=lambda kind: t(f"people.where.{kind}"),
    )  # fmt: skip
    if where == "organisation":
        _choice(t("people.organisation"), f"{name}-organisation", organisation_choices(tree), person.organisation_id)
    else:
        areas = {area.code: f"{area.name} · {level_name(area.level)}" for area in list_work_areas(actor)}
        _choice(t("people.where.area"), f"{name}-area", areas, person.area_code)
    st.date_input(t("organisations.since"), local_date(now), key=f"{name}-day", format="YYYY-MM-DD")
    st.button(t("people.do.hold_now"), key=name, type="primary", on_click=_hold, args=(actor, name, person, where))


@covered
def _hold(actor: Actor, name: str, person: PersonView, where: str) -> None:
    day: date = st.session_state[f"{name}-day"]
    organisation = st.session_state[f"{name}-organisation"] if where == "organisation" else None
    area = st.session_state[f"{name}-area"] or "" if where == "area" else ""
    post = st.session_state[f"{name}-post"]
    with action("organisations.done.saved") as outcome:
        hold_post(actor, PostForm(person.id, post, day, organisation, area, state.form_key("post")))
    if outcome.ok:
        state.new_form_key("post")
