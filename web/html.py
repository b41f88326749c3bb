"""Pages of plain HTML, before any Streamlit: the language of whoever asks, the templates, and what no browser keeps."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from config.texts import known_language, text

LANGUAGE_COOKIE = "linge_language"
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
)


def language_of(request: Request) -> str:
    """The language in the address, else the browser's last, else the default."""
    return known_language(request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE))


def html_page(template: str, language: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """The page of a template, which has ``language``, ``t`` for its texts and the ``values``; no browser keeps it."""
    spoken = {"language": language, "t": partial(text, language)}
    page = _templates.get_template(template).render(spoken | dict(values))
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})


def open_page(template: str, language: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """The same without a sign-in, for whoever has its address: no search engine lists it, no link passes it on."""
    page = html_page(template, language, values, status)
    page.headers.update({"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"})
    return page
