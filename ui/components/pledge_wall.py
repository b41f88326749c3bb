"""The wall of pledges for the big screen: surnames only, a page of cards at a time, nothing to click, no scrolling."""

from datetime import datetime

from services.pledges.board import GroupRow
from services.pledges.wall import Wall, WallCard
from ui.components.assignments import post_name
from ui.components.figures import NONE
from ui.components.header import age_html, clock_html
from ui.components.pledge_words import bar_html, progress_text, share_text, status_text, symbol_of
from ui.components.symbols import symbol_mark
from ui.i18n import t
from ui.safe import safe

PER_PAGE = 12  # three columns of four
MONTHS = 9


def pages_of(wall: Wall) -> int:
    """How many pages the cards fill, at least one."""
    return max(1, -(-len(wall.cards) // PER_PAGE))


def head_html(street: str, wall: Wall, now: datetime, page: int, note: str = "") -> str:
    """The top bar: whose wall, which page (or ``note``), how old the data, what time."""
    where = note or t("pledge_wall.page", n=page + 1, pages=pages_of(wall))
    title = f"{street} · {t('pledge_wall.title')}"
    return (
        f'<div class="lg-head lg-turn-pledges"><i></i><h1>{safe(title)}</h1><span>{safe(where)}</span>'
        f'<div class="lg-head-right">{age_html(wall.at, now)}{clock_html(now, year=True)}</div></div>'
    )


def left_html(wall: Wall) -> str:
    """The share of kept ones with numerator and denominator, how many run, and the last months."""
    share = wall.share
    unit = f"<u>{'%' if share.settled else ''}</u>"
    of = t("pledges.share", kept=share.kept, settled=share.settled)
    rows = "".join(_month(row) for row in wall.months[-MONTHS:])
    running = f'<b class="lg-n">{wall.running}</b>'
    return (
        f'<div class="lg-col"><section class="lg-box"><h2>{safe(t("pledge_wall.kept"))}</h2>'
        f'<div class="lg-hero"><b class="lg-n">{safe(share_text(share))}{unit}</b></div>'
        f'<p class="lg-note">{safe(of)}</p>'
        f'<div class="lg-duo"><div><span>{safe(t("pledge_wall.running"))}</span>{running}</div>'
        f"<div><span>{safe(t('pledge_wall.public'))}</span>"
        f'<b class="lg-n">{share.total}</b></div></div></section>'
        f'<section class="lg-box lg-grow"><h2>{safe(t("pledge_wall.months"))}</h2>{rows}</section>'
        f'<section class="lg-box"><div class="lg-note">{safe(t("pledge_wall.note"))}</div></section></div>'
    )


def _month(row: GroupRow) -> str:
    share = row.share
    width = 0 if share.rate is None else share.rate
    of = f"{share.kept}/{share.settled}" if share.settled else NONE
    return (
        f'<div class="lg-hbar" style="--label:4.5rem"><span>{safe(row.name[:7])}</span>'
        f'<i><b style="width:{width:.1%}"></b></i><em>{safe(of)}</em></div>'
    )


def cards_html(wall: Wall, page: int) -> str:
    """One page of cards; an empty wall says what to do."""
    shown = wall.cards[page * PER_PAGE : (page + 1) * PER_PAGE]
    if not shown:
        return f'<div class="lg-box"><div class="lg-note">{safe(t("pledge_wall.empty"))}</div></div>'
    return f'<div class="lg-pledges">{"".join(_card(card) for card in shown)}</div>'


def _card(card: WallCard) -> str:
    who = " · ".join((t("pledge_wall.who", surname=card.surname), post_name(card.post), card.area))
    symbol, done = symbol_of(card.progress), progress_text(card)
    due = t("pledge_wall.due", day=card.due_on.isoformat()[5:])
    return (
        f'<section class="lg-box"><h2>{safe(card.text)}</h2><p>{safe(who)}</p>'
        f"<div>{bar_html(card.progress)}<span>{safe(done)}</span></div>"
        f'<div><strong class="lg-{symbol}-word">{symbol_mark(symbol)}{safe(status_text(card.progress))}</strong>'
        f"<small>{safe(due)}</small></div></section>"
    )
