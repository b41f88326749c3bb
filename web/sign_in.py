"""The sign-in page, sign-out, and the choice of language: plain HTML, before any Streamlit."""

from functools import lru_cache
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.settings import settings
from config.texts import LANGUAGES, refusal_text
from domain.errors import DatabaseAway, Refusal
from domain.permissions import Role
from services.accounts import sessions
from services.system import installations
from web.gate import COOKIE, session_token
from web.html import LANGUAGE_COOKIE, html_page, language_of

MARK_COOKIE = "linge_browser"
A_YEAR = 31_536_000
CHECKS_AT_ONCE = 2  # a password takes half a core and 64 MB: a flood of them must not stop everybody else's work


def safe_next(target: str | None) -> str:
    """A path of this site to go to after the sign-in; anything else becomes "/"."""
    inside = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if inside and target is not None and not target.startswith("/sign-in") else "/"


def _page(request: Request, error: Refusal | None = None, status: int = 200) -> Response:
    language = language_of(request)
    context = _context(language) | {
        "next": safe_next(request.query_params.get("next")),
        "languages": LANGUAGES,
        "chosen": request.query_params.get("lang", ""),
        "error": refusal_text(language, error) if error else None,
    }
    response = html_page("sign_in.html", language, context, status)
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, httponly=True, samesite="lax")
    return response


def _context(language: str) -> dict[str, Any]:
    if not installations.is_current():
        return {"state": "not_ready"}
    installation = installations.current_installation()
    if installation.is_demo:
        return {"state": "demo", "street": installation.street, "roles": sessions.list_demo_roles()}
    if sessions.needs_first_administrator():
        return {"state": "first", "street": installation.street}
    return {"state": "real", "street": installation.street}


async def show(request: Request) -> Response:
    """GET /sign-in."""
    return await to_thread.run_sync(_page, request)


async def submit(request: Request) -> Response:
    """POST /sign-in: a password, a demo role, or the first administrator. The browser's earlier session ends."""
    form, before = await request.form(), session_token(request.headers)
    try:
        token = await to_thread.run_sync(
            _token_for, form, request.cookies.get(MARK_COOKIE), limiter=None if "role" in form else _checks()
        )
    except DatabaseAway:
        raise
    except Refusal as error:
        return await to_thread.run_sync(_page, request, error, 403)
    if before:
        await to_thread.run_sync(sessions.sign_out, before)
    await to_thread.run_sync(_keep_language, token, str(form.get("lang", "")))
    response = RedirectResponse(safe_next(str(form.get("next", "/"))), 303)
    _keep(response, request, COOKIE, token, int(sessions.LONGEST.total_seconds()))  # the database says when it ends
    if "role" not in form:
        _keep(response, request, MARK_COOKIE, sessions.browser_mark(str(form.get("username", ""))), A_YEAR)
    return response


@lru_cache
def _checks() -> CapacityLimiter:
    return CapacityLimiter(CHECKS_AT_ONCE)


def _keep(response: Response, request: Request, name: str, value: str, seconds: int) -> None:
    secure = settings().secure_cookies or request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def _token_for(form: FormData, mark: str | None) -> str:
    if "role" in form:
        role = str(form["role"])
        return sessions.sign_in_to_demo(Role(role) if role in set(Role) else Role.VISITOR)
    username, password = str(form.get("username", "")), str(form.get("password", ""))
    if form.get("first") == "1":
        return sessions.make_first_administrator(username, str(form.get("name", username)), password)
    return sessions.sign_in(username, password, mark=mark)


def _keep_language(token: str, chosen: str) -> None:
    """A language chosen on this page goes in with the user; without a choice the account's own stays."""
    actor = sessions.find_actor(token) if chosen in LANGUAGES else None
    if actor is not None and actor.locale != chosen:
        sessions.change_preferences(actor, locale=chosen)


async def sign_out(request: Request) -> Response:
    """POST /sign-out: end the session, forget the cookie."""
    token = session_token(request.headers)
    if token:
        await to_thread.run_sync(sessions.sign_out, token)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


async def health(_request: Request) -> Response:
    """GET /health: "ok" when the database answers and has the newest schema, else 503."""
    try:
        ready = await to_thread.run_sync(installations.is_current)
    except Refusal:
        ready = False
    return Response("ok" if ready else "not ready", 200 if ready else 503, media_type="text/plain")


routes = [
    Route("/sign-in", show, methods=["GET"]),
    Route("/sign-in", submit, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/health", health, methods=["GET"]),
]
