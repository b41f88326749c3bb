"""The public page of a member's card: /card/<token>, without a sign-in, read-only (feature D4).

It shows what the member agreed to show at this moment; unknown, revoked and withdrawn links look alike.
"""

from functools import lru_cache
from pathlib import Path

from anyio import to_thread
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from config.texts import known_language, text
from domain.errors import NotFound
from services.cards.cards import PublicCard, read_public_card
from services.cards.words import figure_words, post_words
from services.system.installations import current_installation

LONGEST_TOKEN = 64
LANGUAGE_COOKIE = "linge_language"


@lru_cache
def _template() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=folder, autoescape=select_autoescape(default=True))


async def show(request: Request) -> Response:
    """GET /card/{token}: the page, or 404."""
    return await to_thread.run_sync(_page, request)


def _page(request: Request) -> Response:
    language = known_language(request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE))
    token = str(request.path_params["token"])
    try:
        card = read_public_card(token) if len(token) <= LONGEST_TOKEN else None
    except NotFound:
        card = None
    page = _template().get_template("card.html").render(_context(card, language))
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(page, 200 if card else 404, headers=headers)


def _context(card: PublicCard | None, language: str) -> dict[str, object]:
    found: dict[str, object] = {
        "language": language, "t": lambda key, **values: text(language, key, **values),
        "street": current_installation().street, "card": card,
    }  # fmt: skip
    if card is not None:
        found |= {
            "title": card.title.text(language),
            "posts": text(language, "look.list_comma").join(post_words(post, language) for post in card.posts),
            "rows": [
                (one.name.text(language), one.is_example, [figure_words(figure, language) for figure in one.figures])
                for one in card.cards
            ],
        }
    return found


routes = [Route("/card/{token}", show, methods=["GET"])]
