"""The sign-in page, sign-out, and the choice of language: plain HTML, before any Streamlit."""

from pathlib import Path
from typing import Any

from anyio import to_thread
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from config.settings import settings
from config.texts import LANGUAGES, known_language, text
from domain.errors import Refusal
from domain.permissions import Role
from services import installations, sessions
from web.gate import COOKIE, session_token

LANGUAGE_COOKIE = "linge_language"
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
)


def _language(request: Request) -> str:
    return known_language(request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE))


def safe_next(target: str | None) -> str:
    """A path of this site to go to after the sign-in; anything else becomes "/"."""
    inside = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if inside and target is not None and not target.startswith("/sign-in") else "/"


def _page(request: Request, error: Refusal | None = None, status: int = 200) -> Response:
    language = _language(request)
    context = _context(language) | {
        "next": safe_next(request.query_params.get("next")),
        "languages": LANGUAGES,
        "language": language,
        "error": text(language, f"errors.{error.code}", **error.values) if error else None,
        "t": lambda key, **values: text(language, key, **values),
    }
    response = HTMLResponse(_templates.get_template("sign_in.html").render(context), status)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="lax")
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
    try:
        return await to_thread.run_sync(_page, request)
    except Refusal as error:  # the database is away
        language = _language(request)
        return HTMLResponse(text(language, f"errors.{error.code}", **error.values), 503)


async def submit(request: Request) -> Response:
    """POST /sign-in: a password, a demo role, or the first administrator."""
    form = await request.form()
    try:
        token = await to_thread.run_sync(_token_for, form)
    except Refusal as error:
        return await to_thread.run_sync(_page, request, error, 403)
    response = RedirectResponse(safe_next(str(form.get("next", "/"))), 303)
    response.set_cookie(
        COOKIE, token, max_age=int(sessions.LONGEST.total_seconds()),  # the database says when it ends
        httponly=True, samesite="lax", secure=settings().secure_cookies,
    )  # fmt: skip
    return response


def _token_for(form: FormData) -> str:
    if "role" in form:
        role = str(form["role"])
        return sessions.sign_in_to_demo(Role(role) if role in set(Role) else Role.VISITOR)
    username, password = str(form.get("username", "")), str(form.get("password", ""))
    if form.get("first") == "1":
        return sessions.make_first_administrator(username, str(form.get("name", username)), password)
    return sessions.sign_in(username, password)


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
