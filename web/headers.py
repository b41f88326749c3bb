"""The headers that keep a page, and what it tells, to this host; on every answer, refusals and failures included."""

import re
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Send

from config.settings import settings

_PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


def content_policy(host: str = "") -> str:
    """The Content-Security-Policy: this host alone, and the tile host where the base map names one.

    ``host`` is the request's: "ws:" alone would let a script open a socket to any machine, and not every browser of
    2021 counts sockets of this host as 'self'.
    """
    tiles = _tile_host()
    sockets = f" ws://{host} wss://{host}" if _PLAIN_HOST.fullmatch(host) else ""
    # Streamlit and folium need inline scripts, eval and blob workers; nothing may be asked of another host.
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{tiles}; font-src 'self' data:; connect-src 'self'{sockets} data: blob:{tiles}; "
        "worker-src 'self' blob:; object-src 'none'; frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
    )


def _tile_host() -> str:
    tiles = settings().base_map
    if "://" not in tiles:
        return ""
    parts = urlsplit(tiles[tiles.index("http") :])
    return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"


def with_headers(send: Send, request: Headers) -> Send:
    """``send`` that adds the headers to the start of an answer."""

    async def wrapped(message: Message) -> Any:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", content_policy(request.get("host", "")))
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            if message["status"] >= 300:
                headers.setdefault("Cache-Control", "no-store")  # a refusal holds for this moment and this user
        await send(message)

    return wrapped
