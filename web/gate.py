"""The gate before everything: no session, no page, no socket, no data; and the headers that keep a page to itself.

A plain ASGI middleware, so that websockets pass through it as well. Public paths: the sign-in, our scripts,
Streamlit's own scripts, the health check. The actor of a request stands in ``scope["state"]["actor"]``.
"""

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.settings import settings
from domain.errors import DatabaseAway
from domain.permissions import Actor
from services.sessions import find_actor

COOKIE = "linge_session"
PUBLIC = ("/sign-in", "/assets/", "/static/", "/health", "/favicon")
CLOSED = ("/_stcore/metrics",)


def session_token(headers: Headers) -> str | None:
    """The session token in a request's cookies."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


class Gate:
    """Refuses whoever has no session, and posts from other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)
        if _is_public(path):
            refusal = _foreign_post(scope, headers)
            await (refusal or self.app)(scope, receive, _with_headers(send))
            return
        try:
            actor = await to_thread.run_sync(find_actor, session_token(headers))
        except DatabaseAway:
            await _away(scope)(scope, receive, send)
            return
        await self._admit(actor, scope, receive, send)

    async def _admit(self, actor: Actor | None, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if actor is None or scope["path"].startswith(CLOSED):
            await _refuse(scope, headers, receive, send)
            return
        scope.setdefault("state", {})["actor"] = actor
        refusal = _foreign_post(scope, headers)
        await (refusal or self.app)(scope, receive, _with_headers(send))


def _is_public(path: str) -> bool:
    return any(path == prefix or (prefix.endswith("/") and path.startswith(prefix)) for prefix in PUBLIC) or (
        path.startswith("/favicon")
    )


def _foreign_post(scope: Scope, headers: Headers) -> Response | None:
    """403 for a form that another site sent (the cookie is SameSite too; this is the second lock)."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return None
    origin = headers.get("origin")
    if origin and urlsplit(origin).netloc != headers.get("host"):
        return PlainTextResponse("cross-site request refused", 403)
    return None


def _away(scope: Scope) -> ASGIApp:
    if scope["type"] == "websocket":
        return _close_socket
    return PlainTextResponse("数据库暂时没有回应，请稍后刷新 / The database does not answer; reload in a moment", 503)


async def _refuse(scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _close_socket(scope, receive, send)
        return
    wants_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
    if wants_page:
        target = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        response: Response = RedirectResponse(f"/sign-in?next={quote(target)}", 303)
    else:
        response = PlainTextResponse("sign in first", 401)
    await response(scope, receive, send)


async def _close_socket(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4403})


def content_policy() -> str:
    """The Content-Security-Policy: this host alone, and the tile host where the base map names one."""
    tiles = settings().base_map
    extra = ""
    if "://" in tiles:
        parts = urlsplit(tiles[tiles.index("http") :])
        extra = f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    # Streamlit and folium need inline scripts, eval and blob workers; nothing may be asked of another host.
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{extra}; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:{extra}; "
        "worker-src 'self' blob:; object-src 'none'; frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
    )


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> Any:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", content_policy())
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        await send(message)

    return wrapped
