"""Make a pledge, or change one: whose, in which post, for which grid, how much of what until when."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from domain.clock import local_date
from domain.errors import StaleRecord
from domain.permissions import Actor
from domain.pledges import PledgeUnit
from services.people.assignments import get_coverage
from services.people.register import PeopleFilter, find_people
from services.pledges.register import (
    PledgeForm,
    PledgeView,
    add_pledge,
    edit_pledge,
    get_pledge_card,
    list_posts_held,
)
from ui import state
from ui.components.assignments import grid_word, post_name
from ui.components.lists import show_empty
from ui.components.pledge_words import due_text, progress_text
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe

_FIELDS = ("post", "grid", "text", "amount", "unit", "from", "due", "public")


def show_pledge_form(actor: Actor, view: PledgeView | None, now: datetime) -> None:
    """The inputs of a new pledge, or of one that exists. What is typed stays when the service refuses."""
    name = f"pledge-{view.id if view else 'new'}"
    st.html(f'<h3 class="lg-h3">{safe(t("pledges.form.edit" if view else "pledges.form.new"))}</h3>')
    person = (view.person_id, view.person) if view else _choose_person(actor, name, now)
    if person is None:
        return
    posts = list_posts_held(actor, person[0], view.starts_on if view else local_date(now))
    if not posts:
        show_empty(t("pledges.form.no_post", name=person[1]), t("pledges.form.no_post.next"))
        return
    _show_for_what(actor, name, view, posts)
    _show_measure(name, view, local_date(now))
    st.toggle(t("pledges.form.public"), view.is_public if view else False, key=f"{name}-public")
    with st.container(horizontal=True, key=f"lg-touch-form-{name}"):
        st.button(
            t("pledges.do.save"), key=f"{name}-save", type="primary", on_click=_save,
            args=(actor, name, view, person[0]),
        )  # fmt: skip
        st.button(t("activities.form.back"), key=f"{name}-back", on_click=state.set_query, kwargs={"form": None})


def _show_for_what(actor: Actor, name: str, view: PledgeView | None, posts: Sequence[str]) -> None:
    """As what, for which grid, and the pledge in words."""
    grids = {grid.id: f"{grid.name} · {grid.parent}" for grid in get_coverage(actor).grids}
    st.selectbox(
        t("pledges.form.post"), posts, index=posts.index(view.post) if view and view.post in posts else 0,
        key=f"{name}-post", format_func=lambda key: plain(post_name(key)),
    )  # fmt: skip
    st.selectbox(
        t("pledges.form.grid", grid=grid_word()), list(grids), key=f"{name}-grid",
        index=list(grids).index(view.area_id) if view and view.area_id in grids else 0,
        format_func=lambda key: plain(grids[key]),
    )  # fmt: skip
    st.text_input(t("fields.pledge_text"), view.text if view else "", key=f"{name}-text", max_chars=200)


def _show_measure(name: str, view: PledgeView | None, today: date) -> None:
    """How much, in which unit, from when until when."""
    amount, unit = st.columns(2)
    amount.number_input(
        t("pledges.form.amount"), min_value=0.0, value=view.amount if view else None, step=1.0, format="%g",
        key=f"{name}-amount",
    )  # fmt: skip
    units = list(PledgeUnit)
    unit.selectbox(
        t("pledges.form.unit"), units, index=units.index(PledgeUnit(view.unit)) if view else 0, key=f"{name}-unit",
        format_func=lambda one: t(f"pledges.unit_name.{one}"),
    )  # fmt: skip
    first, last = st.columns(2)
    first.date_input(t("pledges.form.from"), view.starts_on if view else today, key=f"{name}-from", format="YYYY-MM-DD")
    last.date_input(
        t("pledges.form.due"), view.due_on if view else today + timedelta(days=90), key=f"{name}-due",
        format="YYYY-MM-DD",
    )  # fmt: skip


def _choose_person(actor: Actor, name: str, now: datetime) -> tuple[int, str] | None:
    text = st.text_input(
        t("pledges.form.person_search"), key=f"{name}-search", placeholder=t("pledges.form.person_hint"), max_chars=60
    )
    found = {
        one.id: one.name for one in find_people(actor, PeopleFilter(search=text, holders=True), now=now).people[:12]
    }
    if not found:
        show_empty(t("pledges.form.nobody"), t("pledges.form.nobody.next"))
        return None
    person = st.selectbox(
        t("pledges.form.person"), list(found), key=f"{name}-person-{text}", format_func=lambda key: plain(found[key])
    )
    return person, found[person]


@covered
def _save(actor: Actor, name: str, view: PledgeView | None, person: int) -> None:
    given = {field: st.session_state[f"{name}-{field}"] for field in _FIELDS}
    form = PledgeForm(
        person, given["grid"], given["post"], given["text"], given["amount"], given["unit"], given["from"],
        given["due"], given["public"], "" if view else state.form_key("pledge"),
    )  # fmt: skip
    saved = 0
    with action("pledges.done.saved") as outcome:
        if view:
            edit_pledge(actor, view.id, st.session_state.get(f"{name}-version", view.version), form)
            saved = view.id
        else:
            saved = add_pledge(actor, form)
    if outcome.ok:
        state.new_form_key("pledge")
        for field in (*_FIELDS, "version"):
            st.session_state.pop(f"{name}-{field}", None)
        state.set_query(id=saved, form=None)
    elif view and isinstance(outcome.error, StaleRecord):
        newer = get_pledge_card(actor, view.id).pledge
        st.session_state[f"{name}-version"] = newer.version
        words = f"{newer.text} · {progress_text(newer)} · {due_text(newer)}"
        state.flash("info", t("assignments.newer", words=plain(words)))
