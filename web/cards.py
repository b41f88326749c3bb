"""The public page of a member's card: /card/<token>, without a sign-in, read-only (feature D4).

It shows what the member agreed to show at this moment; unknown, revoked and withdrawn links look alike.
"""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from config.texts import text
from domain.errors import NotFound
from services.cards.cards import PublicCard, read_public_card
from services.cards.words import figure_words, post_words
from services.system.installations import current_installation
from web.html import language_of, open_page

LONGEST_TOKEN = 64


async def show(request: Request) -> Response:
    """GET /card/{token}: the page, or 404."""
    return await to_thread.run_sync(_page, request)


def _page(request: Request) -> Response:
    language = language_of(request)
    token = str(request.path_params["token"])
    try:
        card = read_public_card(token) if len(token) <= LONGEST_TOKEN else None
    except NotFound:
        card = None
    return open_page("card.html", language, _context(card, language), 200 if card else 404)


def _context(card: PublicCard | None, language: str) -> dict[str, object]:
    found: dict[str, object] = {"street": current_installation().street, "card": card}
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
