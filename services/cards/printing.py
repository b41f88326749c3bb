"""A member's cards as a PDF on A5, set by typst: no system library, no outside host (feature D4, decision 0182)."""

import io
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst

from config.settings import settings
from config.texts import text
from db.queries.audit import add_audit_entry
from db.session import reading, transaction
from domain.cards import CardFigure
from domain.clock import to_local, utc_now
from domain.errors import Refusal
from domain.permissions import Actor, Permission
from services.cards.cards import CardView, MemberCards, get_cards, require_card
from services.cards.grid_map import MapWords, draw_grids
from services.cards.words import figure_words, post_words
from services.system.installations import current_installation

SOURCE = Path(__file__).with_name("card.typ")
FAMILIES = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei")


class FontMissing(Refusal):
    """No font with Chinese letters is on the machine: what was printed would be empty boxes."""

    code = "font_missing"


def print_cards(actor: Actor, person_id: int, language: str, address: str = "", now: datetime | None = None) -> bytes:
    """The cards of a member as PDF, in a language; who printed is on record.

    ``address`` of this server puts the QR code of the newest open link on it. Raises FontMissing, NotFound,
    PermissionDenied.
    """
    require_card(actor, Permission.CARD_SEE, person_id)
    now = now or utc_now()
    cards = get_cards(actor, person_id, now)
    content = _content(cards, language, address, now) | {"map": _map(actor, cards, language)}
    words = json.dumps(content)
    pdf: Any = typst.compile(SOURCE, font_paths=_folders(), sys_inputs={"card": words})
    with transaction(actor.scope) as session:
        add_audit_entry(session, actor.user_id, "card.print", "person", now, person_id)
    return bytes(pdf)


def _map(actor: Actor, cards: MemberCards, language: str) -> str | None:
    """The map of the member's grids; None where there is nothing to draw."""
    words = MapWords(text(language, "cards.map.north"), text(language, "cards.map.metres", n="{n}"))
    with reading(actor.scope) as session:
        return draw_grids(session, cards.grids, words, families())


def _content(cards: MemberCards, language: str, address: str, now: datetime) -> dict[str, Any]:
    zh = language == "zh_CN"
    link = next((link for link in cards.links if link.revoked_at is None), None)
    points = next((one for card in cards.cards for one in card.figures if one.key is CardFigure.POINTS), None)
    lines = [
        cards.organisation,
        text(language, "look.list_comma").join(post_words(post, language) for post in cards.posts),
    ]
    if cards.grids:
        names = text(language, "look.list_comma").join(cards.grid_names)
        lines.append(text(language, "cards.line.grids", grids=names))
    return {
        "title": cards.title.zh if zh else cards.title.en,
        "subtitle": text(language, "cards.subtitle"),
        "place": " · ".join(dict.fromkeys(filter(None, (current_installation().street, cards.home)))),
        "name": cards.name,
        "lines": [line for line in lines if line],
        "day": text(language, "cards.as_of", day=cards.day.isoformat()),
        "cards": [_card(card, language) for card in cards.cards],
        "points": None if points is None else f"{points.value:g}",
        "months": [] if points is None else [{"month": month, "n": n} for month, n in cards.months],
        "months_words": text(language, "cards.months"),
        "points_words": text(language, "cards.points_words"),
        "example": text(language, "cards.example"),
        "foot": text(language, "cards.foot"),
        "printed": text(language, "cards.printed", at=f"{to_local(now):%Y-%m-%d %H:%M}"),
        "qr": _qr(f"{address}/card/{link.token}") if link and address else None,
        "map_alt": text(language, "cards.map.alt"),
        "qr_words": text(language, "cards.qr_words"),
        "fonts": families(),
        "lang": "zh" if zh else "en",
    }


def _card(card: CardView, language: str) -> dict[str, Any]:
    figures = [figure for figure in card.figures if figure.key is not CardFigure.POINTS or len(card.figures) == 1]
    return {
        "name": card.name.text(language), "example": card.is_example,
        "figures": [figure_words(figure, language) for figure in figures],
    }  # fmt: skip


def _qr(target: str) -> str:
    out = io.BytesIO()
    segno.make(target, error="m").save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()


def _folders() -> list[Path]:
    return [Path(settings().fonts)] if settings().fonts else []


@lru_cache
def families() -> list[str]:
    """The fonts with Chinese letters that are there, the best first. Raises FontMissing where there is none."""
    there = set(typst.Fonts(include_system_fonts=True, font_paths=_folders()).families())
    found = [family for family in FAMILIES if family in there]
    if not found:
        raise FontMissing()
    return found
