"""The page that a phone opens from the QR code at a place: one activity, one large button (feature E2).

Plain HTML for any phone's browser. Opening it writes nothing; the press does. The ticket in the form is the proof that
the code was on show, and of nobody but the account that opened it.
"""

from collections.abc import Callable
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.texts import refusal_text, text
from domain.activities import AttendanceStatus, Cut
from domain.clock import to_local
from domain.errors import DatabaseAway, NotFound, Refusal
from domain.permissions import Actor, Permission, may
from services.activities import codes
from services.activities.attendance_records import grace_after_end
from services.activities.calendar import ActivityView, get_activity
from services.activities.recording import AttendanceView
from services.system.installations import current_installation
from web.html import html_page


async def show(request: Request) -> Response:
    """GET /code/<code>: what the code offers to who is signed in."""
    return await _answer(request, lambda actor: _offer(actor, request.path_params["code"]))


async def press(request: Request) -> Response:
    """POST /code: check in or out; the answer is a page of its own, so that a reload writes nothing."""
    form = await request.form(max_files=0, max_fields=4)
    ticket, walk_in = str(form.get("ticket", "")), form.get("walk_in") == "1"
    return await _answer(request, lambda actor: _use(actor, ticket, walk_in=walk_in))


async def show_result(request: Request) -> Response:
    """GET /code/of/<activity>: where one stands there now."""
    return await _answer(request, lambda actor: _result(actor, request.path_params["activity_id"]))


async def _answer(request: Request, work: Callable[[Actor], Response]) -> Response:
    actor: Actor = request.state.actor

    def run() -> Response:
        try:
            return work(actor)
        except DatabaseAway:
            raise
        except Refusal as error:
            return _page(actor, error=error)

    return await to_thread.run_sync(run)


def _offer(actor: Actor, code: str) -> Response:
    offer = codes.open_code(actor, code)
    return _page(actor, offer.activity, offer=offer, error=offer.refusal)


def _use(actor: Actor, ticket: str, *, walk_in: bool) -> Response:
    row = codes.use_ticket(actor, ticket, walk_in=walk_in)
    return RedirectResponse(f"/code/of/{row.activity_id}", 303)


def _result(actor: Actor, activity_id: int) -> Response:
    row = codes.get_own_attendance(actor, activity_id)
    if row is None:
        raise NotFound(subject="attendance")
    left = row.status is AttendanceStatus.CHECKED_OUT
    return _page(actor, get_activity(actor, activity_id), said=_said(actor, row), left=left)


def _said(actor: Actor, row: AttendanceView) -> str:
    """Where one stands, in words."""
    clocks = {
        "came": f"{to_local(row.checked_in_at):%H:%M}" if row.checked_in_at else "",
        "left": f"{to_local(row.checked_out_at):%H:%M}" if row.checked_out_at else "",
    }
    hours, minutes = divmod(row.minutes or 0, 60)
    status = {None: row.status.value, Cut.CEILING: "cut", Cut.PAST_END: "past_end"}[row.cut]
    end = f"{to_local(row.ends_at):%H:%M}"
    grace = int(grace_after_end().total_seconds() // 60)
    return text(actor.locale, f"check_in.state.{status}", **clocks, hours=hours, minutes=minutes, end=end, grace=grace)


def _page(
    actor: Actor,
    activity: ActivityView | None = None,
    *,
    offer: codes.Offer | None = None,
    error: Refusal | None = None,
    said: str = "",
    left: bool = False,
) -> Response:
    context: dict[str, Any] = {
        "street": current_installation().street,
        "activity": activity,
        "when": _when(activity) if activity else "",
        "person": actor.name,
        "offer": offer,
        "error": refusal_text(actor.locale, error) if error else None,
        "said": said,
        "to_points": left and may(actor, Permission.POINTS_OWN),
    }
    return html_page("check_in.html", actor.locale, context, 409 if error else 200)


def _when(activity: ActivityView) -> str:
    start, end = to_local(activity.starts_at), to_local(activity.ends_at)
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}"


routes = [
    Route("/code/of/{activity_id:int}", show_result, methods=["GET"]),
    Route("/code/{code}", show, methods=["GET"]),
    Route("/code", press, methods=["POST"]),
]
