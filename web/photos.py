"""Photos of incidents (/photos/<id>, ?small=1 for lists), pledges, plots and visits, behind the session and its scope.

The browser may keep a picture but asks each time (ETag), so that a lost right shows at once.
"""

from collections.abc import Awaitable, Callable

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.errors import DatabaseAway, NotFound, Refusal
from domain.permissions import Actor
from services.incidents.photos import get_photo
from services.pledges.evidence import get_evidence_photo
from services.plots.register import get_plot_photo
from services.visits.log import get_visit_photo


async def show(request: Request) -> Response:
    """GET /photos/{id}: JPEG, 304 where the browser has it, 404 where it is not in the actor's scope."""
    photo_id, small = request.path_params["photo_id"], request.query_params.get("small") == "1"
    actor = request.state.actor
    return await _answer(request, lambda: get_photo(actor, photo_id, small=small))


def _shown_by(read: Callable[[Actor, int], tuple[bytes, str]]) -> Callable[[Request], Awaitable[Response]]:
    """The same for pictures of another kind of record."""

    async def show_one(request: Request) -> Response:
        photo_id, actor = request.path_params["photo_id"], request.state.actor
        return await _answer(request, lambda: read(actor, photo_id))

    return show_one


async def _answer(request: Request, read: Callable[[], tuple[bytes, str]]) -> Response:
    try:
        content, tag = await to_thread.run_sync(read)
    except Refusal as refusal:
        return Response(status_code=_status(refusal))
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", "Content-Disposition": "inline"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="image/jpeg", headers=headers)


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, DatabaseAway):
        return 503
    return 404 if isinstance(refusal, NotFound) else 403


routes = [
    Route("/photos/{photo_id:int}", show, methods=["GET"]),
    Route("/pledge-photos/{photo_id:int}", _shown_by(get_evidence_photo), methods=["GET"]),
    Route("/plot-photos/{photo_id:int}", _shown_by(get_plot_photo), methods=["GET"]),
    Route("/visit-photos/{photo_id:int}", _shown_by(get_visit_photo), methods=["GET"]),
]
