"""The face of a place: the QR code for checking in or out, large, and how many came (feature E2)."""

from urllib.parse import urlsplit

import segno
import streamlit as st

from config.settings import settings
from domain.check_in_codes import CodePurpose
from services.activities.codes import Place
from ui.components.activities import span_text
from ui.i18n import t
from ui.safe import plain, safe

_OWN_MACHINE = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")  # noqa: S104  names, nothing is bound


def server_address() -> str:
    """The server's address for phones: LINGE_PUBLIC_URL, else as this browser reached it; without a last slash."""
    if address := settings().public_url:
        return address.rstrip("/")
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme or 'http'}://{parts.netloc or st.context.headers.get('Host', '')}"


def qr_picture(target: str, *, border: int = 2, scale: int = 4) -> str:
    """A QR code of an address as the source of a picture; the white ``border`` in modules, ``scale`` in px of one."""
    return segno.make(target, error="m").svg_data_uri(border=border, scale=scale, dark="#000", light="#fff")


def show_place(place: Place, purpose: CodePurpose) -> None:
    """The code with what it is for, the activity, the counts, and the surnames of the latest."""
    address = server_address()
    target = f"{address}/code/{place.code}"
    view = place.activity
    latest = f"<p>{safe(t('check_in.latest', names=' · '.join(place.latest)))}</p>" if place.latest else ""
    st.html(
        f'<div class="lg-door"><img class="lg-door-qr" alt="{safe(t("check_in.qr"))}" data-code="{safe(target)}" '
        f'src="{safe(qr_picture(target, border=3, scale=8))}">'
        f'<div class="lg-door-words"><b class="lg-door-do">{safe(t(f"check_in.scan.{purpose}"))}</b>'
        f"<h1>{safe(view.title)}</h1><p>{safe(span_text(view.starts_at, view.ends_at))} · {safe(view.where)}</p>"
        f'<p class="lg-door-count">{safe(t("check_in.counts", signed=view.signed_up, came=place.came))}'
        f"<br>{safe(t('check_in.inside', n=place.inside))}</p>{latest}"
        f"<small>{safe(t('check_in.renews'))}</small></div></div>"
    )
    if (urlsplit(address).netloc.rpartition(":")[0] or urlsplit(address).netloc) in _OWN_MACHINE:
        st.warning(t("check_in.own_machine", address=plain(address)))
