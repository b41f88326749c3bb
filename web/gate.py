"""The gate before everything: no session, no page, no socket, no data; and no failure that tells of its inside.

A plain ASGI middleware, so that websockets pass through it as well. Public paths: the sign-in, our scripts,
Streamlit's own scripts, the health check. The actor of a request stands in ``scope["state"]["actor"]``.
"""

import logging
import secrets
from collections.abc import Collection
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.texts import LANGUAGES, text
from domain.errors import DatabaseAway
from domain.permissions import Actor
from services.accounts.sessions import find_actor
from web.headers import with_headers
from web.origins import is_foreign, is_host_known

COOKIE = "linge_session"
PUBLIC_FILES = ("/assets/", "/static/")
PUBLIC_CARDS = "/card/"  # what a member agreed to show, to whoever has the link (web/cards.py)
PUBLIC = ("/sign-in", "/case", "/health", "/favicon.ico", "/favicon.png")
# Of Streamlit's: figures of the process, and ways in that we do not use.
CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/auth/", "/oauth2callback")
STREAMLIT = "/_stcore/"
MOST_FORM_BYTES = 64_000  # of a form; files come by Streamlit's uploads, which have a limit of their own
LONGEST_PATH = 2_000

_log = logging.getLogger("linge.web")


class _TooMuch(Exception):
    """A form that goes on and on."""


def session_token(headers: Headers) -> str | None:
    """The session token in a request's cookies, whatever cookies other programs of the host have set."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)


class Gate:
    """Refuses whoever has no session, what other sites send, and hosts that are not ours."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] = ()) -> None:
        self.app, self.allowed_hosts = app, tuple(allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        sender = _Sender(with_headers(send, Headers(scope=scope)))
        try:
            await self._pass(scope, receive, sender)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:
            if sender.started:
                raise  # too late for another answer; the server logs it and closes
            status, words = _failure(error)
            await _refuse(scope, receive, sender, status, words)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["path"], Headers(scope=scope)
        if not is_host_known(headers.get("host"), self.allowed_hosts):
            await _refuse(scope, receive, send, 421, _in_both("errors.unknown_host"))
        elif is_foreign(scope, headers):
            await _refuse(scope, receive, send, 403, "cross-site request refused")
        elif len(path) > LONGEST_PATH:
            await _refuse(scope, receive, send, 414, "too long")
        elif _is_public(path):
            await self.app(scope, _limited(receive, headers), send)
        else:
            await self._admit(await to_thread.run_sync(find_actor, session_token(headers)), scope, receive, send)

    async def _admit(self, actor: Actor | None, scope: Scope, receive: Receive, send: Send) -> None:
        if actor is None:
            await _send_to_sign_in(scope, receive, send)
        elif scope["path"].startswith(CLOSED):
            await _refuse(scope, receive, send, 404, "not found")
        else:
            scope.setdefault("state", {})["actor"] = actor
            theirs = scope["path"].startswith(STREAMLIT)
            await self.app(scope, receive if theirs else _limited(receive, Headers(scope=scope)), send)


class _Sender:
    """Remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self.send, self.started = send, False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self.send(message)


def _is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith((*PUBLIC_FILES, PUBLIC_CARDS))


def _limited(receive: Receive, headers: Headers) -> Receive:
    """``receive`` of which no more than MOST_FORM_BYTES come, whatever the request says of its length."""
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 9 or int(length) > MOST_FORM_BYTES):
        raise _TooMuch()
    left = MOST_FORM_BYTES

    async def wrapped() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _TooMuch()
        return message

    return wrapped


def _failure(error: Exception) -> tuple[int, str]:
    """Status and words for what went wrong; what nobody expected gets a number, and its trace goes to the log."""
    if isinstance(error, _TooMuch):
        return 413, "too much"
    if isinstance(error, DatabaseAway):
        return 503, _in_both("errors.database_away")
    reference = secrets.token_hex(4).upper()
    _log.error("unexpected error, reference %s", reference, exc_info=error)
    return 500, _in_both("errors.unexpected", reference=reference)


def _in_both(key: str, **values: object) -> str:
    """Whoever has no session has no language yet."""
    return " / ".join(text(language, key, **values) for language in LANGUAGES)


async def _send_to_sign_in(scope: Scope, receive: Receive, send: Send) -> None:
    wants_page = scope["type"] == "http" and scope["method"] == "GET"
    if not wants_page or "text/html" not in Headers(scope=scope).get("accept", ""):
        await _refuse(scope, receive, send, 401, "sign in first")
        return
    query = scope["query_string"].decode("latin-1")
    target = scope["path"] + (f"?{query}" if query else "")
    await RedirectResponse(f"/sign-in?next={quote(target)}", 303)(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status})
        return
    await PlainTextResponse(words, status)(scope, receive, send)
