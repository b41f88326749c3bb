"""A day on which a person was out earns once, whatever says so: visits, patrols, duties that are done (D5, D6, E3)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from db.queries.points import lock_account
from db.queries.visits import list_days_out, was_out
from domain.clock import day_start, local_date
from domain.permissions import Actor
from domain.points import EarningKind
from services.points.earning import Record, settle


def settle_day_out(session: Session, actor: Actor, person_id: int, day: date, now: datetime) -> None:
    """Bring the ledger in line with a person's Shanghai day. Inside a transaction that runs EVERYWHERE.

    The entry stays with the record that earned first, so that what is withdrawn and logged again is not paid again
    for points that were spent meanwhile. The account is held before anything is read: two at once earn once.
    """
    session.flush()
    lock_account(session, person_id)
    found = list_days_out(session, person_id, day)
    quantities = {EarningKind.VISIT: 1} if was_out(session, person_id, day) else {}
    for one in found[:1]:
        at = one.at if local_date(one.at) == day else day_start(day)
        settle(session, actor, Record(one.subject, one.id, person_id, at, quantities), now)
