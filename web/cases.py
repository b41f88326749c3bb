"""The public page of a case: /case, by number and code, without a sign-in, read-only (feature C9).

Whoever reported it has both from the receipt, as a QR code or on paper. An unknown number and a wrong code look alike.
"""

from datetime import datetime

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from config.texts import LANGUAGES, refusal_text, text
from domain.case_codes import TooManyCaseCodes
from domain.clock import to_local
from domain.errors import NotFound
from domain.incidents import IncidentAction
from services.incidents.public_pages import PublicCase, PublicStep, office_words, read_public_case
from services.system.installations import current_installation, current_profile
from web.html import language_of, open_page

COMING = frozenset({IncidentAction.TAKE_OVER, IncidentAction.REPORT_IN})


async def show(request: Request) -> Response:
    """GET /case: the fields for number and code; with both the page, else 404, or 429 after too many wrong codes."""
    return await to_thread.run_sync(_page, request)


def _page(request: Request) -> Response:
    language = language_of(request)
    number, code = (request.query_params.get(name, "").strip() for name in ("number", "code"))
    case, error, status = None, "", 200
    if number or code:
        try:
            case = read_public_case(number, code, request.client.host if request.client else "")
        except NotFound:
            error, status = text(language, "case_page.unknown"), 404
        except TooManyCaseCodes as refusal:
            error, status = refusal_text(language, refusal), 429
    context = {
        "languages": LANGUAGES, "street": current_installation().street, "number": number, "code": code,
        "error": error, "case": _shown(case, language) if case else None,
    }  # fmt: skip
    return open_page("case.html", language, context, status)


def _shown(case: PublicCase, language: str) -> dict[str, object]:
    def words(key: str, **values: object) -> str:
        return text(language, key, **values)

    step = current_profile().lane(case.lane).step(case.status)
    return {
        "number": case.number, "status": step.name.text(language), "category": case.category.text(language),
        "area": case.area or words("case.outside"), "reported": _moment(case.reported_at),
        "due": _moment(case.due_at), "closed": _moment(case.closed_at),
        "told": [office_words(one, language) for one in case.told],
        "steps": [
            (_moment(one.at), words(f"case.done.{one.action}"), _offices(one, language)) for one in case.steps
        ],
    }  # fmt: skip


def _offices(step: PublicStep, language: str) -> str:
    """Who was told; of those who came by themselves, who."""
    names = text(language, "look.list_comma").join(office_words(one, language) for one in step.told)
    return text(language, "case_page.step.told", names=names) if names and step.action not in COMING else names


def _moment(moment: datetime | None) -> str:
    return f"{to_local(moment):%Y-%m-%d %H:%M}" if moment else ""


routes = [Route("/case", show, methods=["GET"])]
