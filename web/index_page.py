"""Streamlit's index page, told two things before its script starts: where its server is, and the user's language.

Without the first it looks for its server under every part of a deep link's path and logs an error for each.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SERVER = b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin,MAIN_PAGE_BASE_URL:location.origin}</script>"


class IndexPage:
    """Rewrites the HTML that Streamlit sends for a page; everything else passes through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _wants_page(scope):
            await self.app(scope, receive, send)
            return
        # The page is rewritten, so it can be neither compressed nor answered from the browser's cache below us.
        scope = dict(scope) | {"headers": [pair for pair in scope["headers"] if pair[0] not in _CONDITIONS]}
        await self.app(scope, receive, _Rewriter(scope, send))


_CONDITIONS = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}


def _wants_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "") and not scope["path"].startswith(
        ("/sign-in", "/assets")
    )


class _Rewriter:
    """Holds an HTML answer back until it is whole, then sends it changed."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send = scope, send
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if "text/html" not in Headers(raw=message["headers"]).get("content-type", ""):
                await self.send(message)
                return
            self.start = message
            return
        if self.start is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body"):
            await self._send_page(self.start)

    async def _send_page(self, start: Message) -> None:
        actor = self.scope.get("state", {}).get("actor")
        language = b"en" if actor is not None and actor.locale == "en" else b"zh-CN"
        page = self.body.replace(b'<html lang="en">', b'<html lang="' + language + b'">', 1)
        page = page.replace(b"<head>", b"<head>" + _SERVER, 1)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(page))
        headers["cache-control"] = "no-store"
        for name in ("etag", "last-modified"):
            if name in headers:
                del headers[name]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": page})
