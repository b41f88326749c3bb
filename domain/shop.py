"""The points shop: goods, stock, redemptions, codes, waiting (feature E4)."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refusal

CODE_DIGITS = 6
CODE_LASTS = timedelta(minutes=5)


class GoodKind(StrEnum):
    """A thing, or a service such as a haircut."""

    GOODS = "goods"
    SERVICE = "service"


class StockKind(StrEnum):
    """Why a stock changes."""

    RECEIVED = "received"
    DONATED = "donated"
    REDEEMED = "redeemed"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"


class RedemptionState(StrEnum):
    """Where a redemption stands. Waiting: a second member of staff has to confirm it."""

    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Confirmation(StrEnum):
    """Who vouches that the member wanted it."""

    CODE = "code"
    SECOND_PERSON = "second_person"


class WaitOutcome(StrEnum):
    """How waiting for something ended."""

    SERVED = "served"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class OutOfStock(Refusal):
    """Less is there than is wanted. Values: name, left."""

    code = "out_of_stock"


class KeptForWaiting(Refusal):
    """What is there is kept for those who have been waiting. Values: name, kept."""

    code = "kept_for_waiting"


class GoodNotOffered(Refusal):
    """It was taken off the list. Values: name."""

    code = "good_not_offered"


class CodeUnknown(Refusal):
    """No such code was given out."""

    code = "code_unknown"


class CodeExpired(Refusal):
    """The code is older than five minutes, or a newer one was made."""

    code = "code_expired"


class CodeUsed(Refusal):
    """The code served already: each serves once."""

    code = "code_used"


class TooManyCodes(Refusal):
    """Too many wrong codes from one account. Values: minutes."""

    code = "too_many_codes"


class ConfirmedByAnother(Refusal):
    """The second person is neither who asked nor the member."""

    code = "confirmed_by_another"


class RedemptionEnded(Refusal):
    """It was cancelled or given back already, or never took place."""

    code = "redemption_ended"


class ReturnTooLate(Refusal):
    """Values: days."""

    code = "return_too_late"


class InvalidAmount(Refusal):
    """A quantity, price or stock that is none. Values: field."""

    code = "invalid_amount"


class CounterNeeded(Refusal):
    """Nobody said at which station it is handed out, or the station does not exist today."""

    code = "counter_needed"


class AlreadyWaiting(Refusal):
    """The member waits for it already."""

    code = "already_waiting"


class NotSoldOut(Refusal):
    """It is there: nobody needs to wait."""

    code = "not_sold_out"


def check_code(made: tuple[datetime, datetime | None] | None, now: datetime) -> None:
    """Whether a code (expires_at, used_at) may serve. Raises CodeUnknown, CodeUsed, CodeExpired."""
    if made is None:
        raise CodeUnknown()
    expires_at, used_at = made
    if used_at is not None:
        raise CodeUsed()
    if now >= expires_at:
        raise CodeExpired()


def check_stock(name: str, stock: int | None, kept: int, quantity: int) -> None:
    """Whether so many may go. ``stock`` None is not counted; ``kept`` is for others who waited.

    Raises InvalidAmount, OutOfStock, KeptForWaiting.
    """
    if not 1 <= quantity <= 99:
        raise InvalidAmount(field="quantity")
    if stock is None:
        return
    if stock < quantity:
        raise OutOfStock(name=name, left=stock)
    if stock - kept < quantity:
        raise KeptForWaiting(name=name, kept=kept)
