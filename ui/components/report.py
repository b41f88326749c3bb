"""Parts of the form 上报: six inputs, the place on the map, what is already open nearby, the receipt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from config.profiles import Profile
from domain.clock import from_local, to_local
from domain.clocks import Limit
from domain.dictionaries import IncidentFamily, IncidentKind
from domain.permissions import Actor, Permission, Role, may
from services.dictionaries.current import current_dictionary
from services.incidents.cases import list_area_choices
from services.incidents.photos import PHOTO_TYPES
from services.incidents.places import MOST_CHOICES
from services.incidents.reports import DESCRIPTION_LENGTH, IncidentForm, ReportPreview, SimilarIncident
from services.incidents.views import IncidentReceipt
from ui.components.case import category_name, condition_name
from ui.components.chosen_place import Place
from ui.components.links import thumbnail
from ui.components.place import qr_picture, server_address
from ui.components.symbols import symbol_mark
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.times import moment_text

# What a role reports from, where the profile has it.
_USUAL_SOURCE = {
    Role.GRID_LEADER: "grid_patrol",
    Role.PARTY_MEMBER: "party_member",
    Role.COMMAND_CENTRE: "hotline_12345",
}


def ask(number: int, title: str, hint: str = "") -> None:
    """The heading of one of the six inputs."""
    small = f"<small>{safe(hint)}</small>" if hint else ""
    st.html(f'<div class="lg-ask"><i>{number}</i><b>{safe(title)}</b>{small}</div>')


def ask_what(key: str) -> str:
    """1 什么事: a family, then one of its classes; returns the class's key, "" while none is chosen.

    Once chosen it takes one line: the form then fits on a tablet without scrolling.
    """
    dictionary = current_dictionary()
    chosen: str = st.session_state.get(f"{key}_category", "")
    if chosen in dictionary.classes:
        family, item = dictionary.classes[chosen]
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lg-what"):
            names = dict.fromkeys((named(family.name), named(item.name)))
            st.html(f'<div class="lg-place lg-place-set"><b>{safe(" · ".join(names))}</b></div>')
            _ask_condition(item, key)
            st.button(t("report.what.other"), on_click=_choose_class, args=(key, ""), key=f"{key}_other")
        return chosen
    families = {family.key: family for family in dictionary.families}
    labels = {name: plain(named(family.name)) for name, family in families.items()}
    family_key = st.pills(
        t("report.what"), list(families), key=f"{key}_family", label_visibility="collapsed", on_change=_take_single,
        args=(key, families), format_func=lambda name: labels[name],
    )  # fmt: skip
    if family_key:
        _ask_class(families[family_key], key)
    return ""


def _ask_condition(item: IncidentKind, key: str) -> None:
    """Under which condition, where the class has several; in general while nobody says."""
    names = {entry.condition: condition_name(entry) for entry in item.conditions}
    if names:
        st.selectbox(
            t("report.condition"), list(names), key=f"{key}_condition", label_visibility="collapsed",
            format_func=lambda name: names.get(name, name),
        )  # fmt: skip


def _ask_class(family: IncidentFamily, key: str) -> None:
    with st.container(horizontal=True, gap="xsmall", key="lg-classes"):
        for item in family.classes:
            st.button(
                plain(named(item.name)), key=f"{key}_class_{item.key}", on_click=_choose_class, args=(key, item.key)
            )


def _take_single(key: str, families: dict[str, IncidentFamily]) -> None:
    """A family of one class needs no second choice."""
    chosen = st.session_state[f"{key}_family"]
    if chosen and len(families[chosen].classes) == 1:
        _choose_class(key, families[chosen].classes[0].key)


def _choose_class(key: str, category: str) -> None:
    st.session_state[f"{key}_category"] = category
    st.session_state.pop(f"{key}_condition", None)


def ask_where(actor: Actor, preview: ReportPreview, place: Place, key: str, accuracy: float | None) -> str:
    """2 在哪里: the place that was clicked with its grid, words for it, or a grid from the list; returns the words."""
    ask(2, t("report.where"), t("report.where.hint"))
    st.html(_place_box(preview, place))
    if preview.outside:
        st.html(f'<p class="lg-quiet">{safe(t("report.where.outside.note"))}</p>')
    if accuracy is not None and accuracy > 50:
        st.html(f'<p class="lg-quiet">{safe(t("report.where.rough", metres=round(accuracy)))}</p>')
    with st.container(horizontal=True, gap="small"):
        words = st.text_input(
            t("report.place"), key=f"{key}_words", placeholder=t("report.place.hint"), label_visibility="collapsed",
            max_chars=200,
        )  # fmt: skip
        with st.popover(t("report.list"), width="content"):
            _ask_area(actor, key)
    return words or (preview.near.zh if preview.near else "")


def _place_box(preview: ReportPreview, place: Place) -> str:
    grid = preview.area_name or (t("report.where.outside") if preview.outside else "")
    said = t("report.where.none")
    if place is not None:
        point = named(preview.near) if preview.near else t("report.where.point")
        said = t("report.where.chosen") if isinstance(place, int) else point
    tone = " lg-place-set" if place is not None else ""
    return f'<div class="lg-place{tone}"><b>{safe(said)}</b><span>{safe(grid)}</span></div>'


def _ask_area(actor: Actor, key: str) -> None:
    choices = list_area_choices(actor, st.session_state.get(f"{key}_search", ""))
    if len(choices) >= MOST_CHOICES or st.session_state.get(f"{key}_search"):
        st.text_input(t("report.list.search"), key=f"{key}_search")
    names = {choice.id: t("report.list.choice", name=choice.name, above=choice.above) for choice in choices}
    st.selectbox(
        t("report.list.label"), list(names), index=None, key=f"{key}_area", placeholder=t("report.list.none"),
        format_func=lambda area_id: names.get(area_id, ""), on_change=_choose_area, args=(key,),
    )  # fmt: skip


def _choose_area(key: str) -> None:
    if (area_id := st.session_state[f"{key}_area"]) is not None:
        st.session_state[f"{key}_place"] = area_id


def show_similar(found: Sequence[SimilarIncident], profile: Profile, now: datetime) -> None:
    """Open ones of the class nearby, so that nobody reports twice."""
    if not found:
        return
    metres = f"{profile.thresholds.duplicate_metres.value:g}"
    rows = "".join(_similar_row(one, now) for one in found[:3])
    st.html(f'<div class="lg-similar"><b>{safe(t("report.similar", metres=metres, n=len(found)))}</b>{rows}</div>')


def _similar_row(one: SimilarIncident, now: datetime) -> str:
    if one.id is None:
        words = t("report.similar.elsewhere", category=category_name(one.category), metres=one.metres)
        return f"<p>{symbol_mark(one.symbol)} {safe(words)}</p>"
    moment = moment_text(one.reported_at, now)
    ago = t("report.similar.days", n=one.days) if one.days else t("report.similar.today")
    words = t("report.similar.row", title=one.title, metres=one.metres, moment=moment, ago=ago)
    link = f'<a href="/incidents?id={one.id}" target="_self">{safe(t("report.similar.open"))}</a>'
    return f"<p>{thumbnail(one.photo_id)}{symbol_mark(one.symbol)} {safe(words)} {link}</p>"


def ask_how(key: str) -> str:
    """3 怎么回事."""
    ask(3, t("report.how"), t("report.how.hint"))
    return st.text_area(
        t("report.how"), key=f"{key}_how", label_visibility="collapsed", height=84, max_chars=DESCRIPTION_LENGTH,
        placeholder=t("report.how.placeholder"),
    )  # fmt: skip


def ask_photos(key: str) -> tuple[bytes, ...]:
    """4 照片."""
    files = st.file_uploader(
        t("report.photos"), type=PHOTO_TYPES, accept_multiple_files=True, key=f"{key}_photos",
        label_visibility="collapsed",
    )  # fmt: skip
    return tuple(file.getvalue() for file in files or [])


def ask_who(profile: Profile, actor: Actor, key: str) -> str:
    """5 谁报的: the source; the role's usual one stands there already."""
    sources = {source.key: named(source.name) for source in profile.sources}
    usual = _USUAL_SOURCE.get(actor.role, "resident")
    names = sorted(sources, key=lambda name: name != usual)
    return st.selectbox(
        t("report.who"), names, key=f"{key}_source", label_visibility="collapsed",
        format_func=lambda name: sources[name],
    )  # fmt: skip


def ask_contact(key: str, now: datetime) -> dict[str, object]:
    """The reporter's contact and when they spoke, behind a button: nobody has to fill it."""
    local = to_local(now)
    with st.popover(t("report.contact"), width="content"):
        st.caption(t("report.contact.note"))
        name = st.text_input(t("report.contact.name"), key=f"{key}_name", max_chars=60)
        phone = st.text_input(t("report.contact.phone"), key=f"{key}_phone", max_chars=32)
        day = st.date_input(t("report.contact.day"), value=None, max_value=local.date(), key=f"{key}_day")
        clock = st.time_input(t("report.contact.clock"), value=None, key=f"{key}_clock") if day else None
    reported_at = from_local(day, clock or local.time()) if day else None
    return {"reporter_name": name, "reporter_phone": phone, "reported_at": reported_at}


def ask_urgency(profile: Profile, preview: ReportPreview, key: str) -> str:
    """6 有多急: each with the limit that would hold, so that none is promised more time than one less urgent."""
    own = {urgency.key: urgency.limit.limit if urgency.limit else None for urgency in profile.urgencies}
    limits = own | dict(preview.limits)
    names = {
        urgency.key: f"{plain(named(urgency.name))} :small[{plain(_limit_text(limits[urgency.key]))}]"
        for urgency in profile.urgencies
    }
    ask(6, t("report.urgency"))
    with st.container(key="lg-urgency"):
        return st.segmented_control(
            t("report.urgency"), list(names), key=f"{key}_urgency", default=next(iter(names)), required=True,
            label_visibility="collapsed", width="stretch",
            format_func=lambda name: names[name],
        ) or ""  # fmt: skip


def _limit_text(limit: Limit | None) -> str:
    return t(f"clocks.limit.{limit.clock}", amount=f"{limit.amount:g}") if limit else t("report.urgency.class_limit")


def show_due(preview: ReportPreview, now: datetime) -> None:
    """The deadline that the choices give."""
    if preview.due_at is None:
        st.html(f'<p class="lg-quiet">{safe(t("report.due.none"))}</p>')
        return
    said = t("report.due", moment="\0").split("\0")
    st.html(f'<p class="lg-due">{safe(said[0])}<b>{safe(moment_text(preview.due_at, now))}</b>{safe(said[1])}</p>')


def show_own_reports(own: Sequence[IncidentReceipt], still_open: int, now: datetime) -> None:
    """我的上报: what the actor logged, as receipts; the number counts those that are still open."""
    with st.popover(t("report.mine", n=still_open), width="content", key="lg-own-reports"):
        if not own:
            st.caption(t("report.mine.none"))
        rows = (
            f"<p>{symbol_mark(one.symbol)} {safe(t('report.mine.row', number=one.number, title=one.title))}"
            f'<a href="{safe(_page_of(one))}" target="_blank">{safe(t("case_page.title"))}</a>'
            f"<small>{safe(one.area_name or t('case.outside'))} · {safe(moment_text(one.reported_at, now))}</small></p>"
            for one in own
        )
        st.html(f'<div class="lg-receipts">{"".join(rows)}</div>')


def show_receipt(actor: Actor, receipt: IncidentReceipt, now: datetime) -> None:
    """What was made of the form: its number, where it went, until when, and the way to its card."""
    where = t("report.done.grid", grid=receipt.area_name) if receipt.area_name else t("report.done.outside")
    due = t("report.due", moment=moment_text(receipt.due_at, now)) if receipt.due_at else ""
    note = f'<p class="lg-quiet">{safe(t("report.done.repeated"))}</p>' if receipt.repeated else ""
    link = f'<a href="/incidents?id={receipt.id}" target="_self">{safe(t("report.done.card"))}</a>'
    readable = may(actor, Permission.INCIDENT_SEE)
    st.html(
        f'<div class="lg-receipt"><span>{safe(t("report.done"))}</span><b>{safe(receipt.number)}</b>'
        f"<p>{safe(receipt.title)}</p><p>{safe(where)}</p><p>{safe(due)}</p>{note}"
        f"{link if readable else ''}</div>"
    )
    _show_way_back(receipt)


def _page_of(receipt: IncidentReceipt) -> str:
    return f"/case?{urlencode({'number': receipt.number, 'code': receipt.code})}"


def _show_way_back(receipt: IncidentReceipt) -> None:
    """The public page of the case for whoever reported it: a QR code to show, and the same in letters (feature C9)."""
    target = _page_of(receipt)
    picture = qr_picture(server_address() + target)
    st.html(
        f'<div class="lg-card-link lg-case-link"><img width="132" height="132" alt="{safe(t("case_page.qr"))}" '
        f'src="{safe(picture)}"><div><span>{safe(t("case_page.receipt"))}</span>'
        f"<b>{safe(t('case_page.receipt.code', code=receipt.code))}</b>"
        f'<a href="{safe(target)}" target="_blank">{safe(t("case_page.receipt.open"))}</a></div></div>'
    )


def filled_form(key: str, spot: Place, **values: object) -> IncidentForm:
    """The form as it stands."""
    lon, lat = spot if isinstance(spot, tuple) else (None, None)
    area_id = spot if isinstance(spot, int) else None
    return IncidentForm(form_key=key, lon=lon, lat=lat, area_id=area_id, **values)  # type: ignore[arg-type]


# Field of the form → the widget that holds it.
_WIDGETS = {
    "category": "category", "condition": "condition", "description": "how", "source": "source", "urgency": "urgency",
    "reporter_name": "name", "reporter_phone": "phone",
}  # fmt: skip


def as_typed(form: IncidentForm, key: str) -> IncidentForm:
    """The form with what its widgets hold now.

    Words that are still being typed reach the server together with the press of the button: the form as the last run
    of the page drew it does not have them yet.
    """
    held = {field: st.session_state.get(f"{key}_{widget}") for field, widget in _WIDGETS.items()}
    held["place"] = st.session_state.get(f"{key}_words") or None
    if (files := st.session_state.get(f"{key}_photos")) is not None:
        held["photos"] = tuple(file.getvalue() for file in files)
    return replace(form, **{field: value for field, value in held.items() if value is not None})
