"""The measure of a stored pledge, and for how long it may be fulfilled (feature D3)."""

from db.models import Pledge
from db.queries.pledges import PledgeRow
from domain.pledges import Measure, PledgeUnit
from services.system.installations import current_profile


def grace_days() -> int:
    """Days after its date in which a pledge may still be fulfilled, late."""
    return current_profile().thresholds.pledge_grace_days.value


def measure_of(row: PledgeRow | Pledge) -> Measure:
    """The measure of a stored pledge."""
    return Measure(row.amount, PledgeUnit(row.unit), row.starts_on, row.due_on)
