"""How pledges are said: amounts with their unit, status with its symbol, shares with numerator and denominator."""

from domain.pledges import PledgeStatus, Progress
from services.pledges.board import Part, Share, state_of
from services.pledges.register import PledgeView
from services.pledges.wall import WallCard
from ui.components.figures import NONE
from ui.components.symbols import symbol_mark
from ui.i18n import t
from ui.safe import safe

# Symbol by status: what can still be saved is amber, what is over and broken is red, what is settled is grey.
SYMBOLS = {
    PledgeStatus.OPEN: "waiting", PledgeStatus.ON_THE_WAY: "handling", PledgeStatus.KEPT: "closed",
    PledgeStatus.LATE: "due_soon", PledgeStatus.BROKEN: "overdue",
}  # fmt: skip


def symbol_of(progress: Progress) -> str:
    """The name of the symbol of a pledge's status."""
    return "closed" if state_of(progress) == Part.REACHED_LATE else SYMBOLS[progress.status]


def status_text(progress: Progress) -> str:
    """`已兑现`, `逾期`, `逾期完成` …"""
    return t(f"pledges.status.{state_of(progress)}")


def badge_html(progress: Progress) -> str:
    """The badge of a status: colour, shape and word."""
    symbol = symbol_of(progress)
    return f'<span class="lg-badge lg-{symbol}">{symbol_mark(symbol)}{safe(status_text(progress))}</span>'


def number_of(value: float) -> str:
    """`12`, `2.5`."""
    return f"{value:g}"


def amount_text(value: float, unit: str) -> str:
    """`12 小时`."""
    return t(f"pledges.unit.{unit}", n=number_of(value))


def progress_text(view: PledgeView | WallCard) -> str:
    """`6 / 10 小时`."""
    progress = view.progress
    return t(f"pledges.unit.{view.unit}", n=f"{number_of(progress.done)} / {number_of(progress.amount)}")


def due_text(view: PledgeView) -> str:
    """`2026-06-30 前`."""
    return t("pledges.due", day=view.due_on.isoformat())


def share_text(share: Share) -> str:
    """`62.5`, — of nothing."""
    return NONE if share.rate is None else f"{100 * share.rate:.1f}"


def bar_html(progress: Progress) -> str:
    """How far a pledge is, as a bar; more than promised fills it."""
    width = min(100.0, 100 * progress.done / progress.amount)
    return f'<i class="lg-pledge-bar"><b style="width:{width:.1f}%"></b></i>'
