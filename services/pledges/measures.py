"""The measure of a stored pledge, for how long it may be fulfilled, and where it stands (feature D3)."""

from collections.abc import Collection
from datetime import date

from db.models import Pledge
from db.queries.pledges import PledgeRow
from domain.pledge_services import Service, repeated
from domain.pledges import Measure, PledgeUnit, Progress, progress_of
from services.system.installations import current_profile


def grace_days() -> int:
    """Days after its date in which a pledge may still be fulfilled, late."""
    return current_profile().thresholds.pledge_grace_days.value


def visit_metres() -> float:
    """Visits of a day less than this far apart, in metres, are one place for a pledge."""
    return current_profile().thresholds.pledge_visit_metres.value


def measure_of(row: PledgeRow | Pledge) -> Measure:
    """The measure of a stored pledge."""
    return Measure(row.amount, PledgeUnit(row.unit), row.starts_on, row.due_on)


def standing_of(row: PledgeRow | Pledge, services: Collection[Service], day: date) -> Progress:
    """Where a stored pledge stands on a Shanghai day, each place counted once a day."""
    left_out = repeated(services, visit_metres())
    counted = [service for service in services if service.id not in left_out]
    return progress_of(measure_of(row), counted, day, grace_days())
