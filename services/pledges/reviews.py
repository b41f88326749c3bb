"""评诺: what the secretary says of a pledge, and the ratings of residents (feature D3)."""

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Pledge, PledgeRating, PledgeVerdict
from db.queries import pledges as rows
from db.queries.audit import add_audit_entry
from db.queries.pledge_services import list_services
from db.queries.pledges import PledgeFilter
from db.queries.receipts import add_receipt, find_receipt
from db.session import transaction
from domain.clock import day_start, local_date, utc_now
from domain.errors import StaleRecord
from domain.permissions import Actor, Permission, require
from domain.pledges import OwnPledge, Verdict, check_judging, check_slips, check_stars
from domain.texts import clean_line
from services.pledges.measures import standing_of


def judge_pledge(
    actor: Actor, pledge_id: int, version: int, verdict: Verdict, words: str, now: datetime | None = None
) -> None:
    """Say whether a pledge was kept, in a sentence; said again, the newest holds and the older stays on record.

    Raises PledgeRunning, OwnPledge, StaleRecord (somebody changed or judged it since), InvalidText, NotFound.
    """
    require(actor, Permission.PLEDGE_EDIT)
    now, words = now or utc_now(), clean_line(words, "verdict_words", 400)
    with transaction(actor.scope) as session:
        pledge = _others(session, actor, pledge_id)
        if pledge.version != version:
            raise StaleRecord()
        services = list_services(session, PledgeFilter(ids=(pledge_id,))).get(pledge_id, [])
        day = local_date(now)
        check_judging(standing_of(pledge, services, day), pledge.due_on, day)
        said = PledgeVerdict(pledge_id=pledge_id, verdict=verdict.value, words=words, at=now)
        said.user_id = actor.user_id or None
        session.add(said)
        rows.touch(pledge, now)
        add_audit_entry(session, actor.user_id, "pledge.judge", "pledge", now, pledge_id, verdict.value)


def rate_pledge(actor: Actor, pledge_id: int, stars: int, form_key: str, now: datetime | None = None) -> int:
    """Enter one resident's slip, 1 to 5; returns its id, the same for the same form sent twice.

    Who entered how many stands on the pledge's card and in the audit. Raises InvalidRating, OwnPledge, TooManySlips,
    NotFound.
    """
    require(actor, Permission.PLEDGE_CONFIRM)
    check_stars(stars)
    now = now or utc_now()
    with transaction(actor.scope) as session:
        known = find_receipt(session, actor.user_id, "rating", form_key)
        if known is not None:
            return known
        _others(session, actor, pledge_id)
        check_slips(rows.count_slips(session, pledge_id, actor.accounts, day_start(local_date(now))))
        row = PledgeRating(pledge_id=pledge_id, stars=stars, user_id=actor.user_id or None, at=now)
        session.add(row)
        session.flush()
        add_receipt(session, actor.user_id, "rating", form_key, row.id, now)
        add_audit_entry(session, actor.user_id, "pledge.rate", "pledge", now, pledge_id, str(stars))
        return row.id


def _others(session: Session, actor: Actor, pledge_id: int) -> Pledge:
    pledge = rows.get_pledge(session, pledge_id, lock=True)
    if actor.person_id is not None and actor.person_id == pledge.person_id:
        raise OwnPledge()
    return pledge
