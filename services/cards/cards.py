"""A member's cards as the profile names them, and the page of them that everybody may read (feature D4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.marks import Names
from db.queries.cards import ConsentRow, LinkRow, find_linked_person, list_consents, list_links
from db.queries.people import get_person_row
from db.scope import everywhere
from db.session import reading
from domain.cards import IDENTITY, NAME, CardFigure, shown_fields
from domain.clock import local_date, utc_now
from domain.errors import NotFound
from domain.names import surname_of
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.cards.figures import FIGURES, CardData, CardRecord, FigureView, load_card, seen_of
from services.system.installations import current_profile


@dataclass(frozen=True)
class CardView:
    """One card: its name in both languages, whether the name is an example (示例), its figures."""

    key: str
    name: Names
    is_example: bool
    figures: list[FigureView]


@dataclass(frozen=True)
class MemberCards:
    """All cards of a member on a day, points by month, what is agreed to, and the links that were made.

    ``grids``: id → name of the areas that the member looks after on the day.
    """

    person_id: int
    name: str
    organisation: str
    home: str
    posts: list[str]
    grids: dict[int, str]
    day: date
    title: Names
    cards: list[CardView]
    months: list[tuple[str, int]]
    consents: dict[str, ConsentRow]
    links: list[LinkRow]

    @property
    def grid_names(self) -> list[str]:
        """The names of the grids, each once."""
        return list(dict.fromkeys(self.grids.values()))


@dataclass(frozen=True)
class PublicCard:
    """What everybody may read: surname (or name) with posts, and the figures that the member agreed to show."""

    name: str
    posts: list[str]
    day: date
    title: Names
    cards: list[CardView]


def require_card(actor: Actor, permission: Permission, person_id: int) -> None:
    """Refuse (PermissionDenied) who may not, and whoever asks for another's card without seeing people."""
    require(actor, permission)
    if person_id != actor.person_id:
        require(actor, Permission.PERSON_SEE)


def get_cards(actor: Actor, person_id: int, now: datetime | None = None) -> MemberCards:
    """The cards of a member of the scope; a member's own. Raises NotFound.

    A figure is the same whoever reads it; behind it stand the records of the reader's scope, all of them of one's own.
    """
    require_card(actor, Permission.CARD_SEE, person_id)
    day = local_date(now or utc_now())
    scope = EVERYWHERE if person_id == actor.person_id else actor.scope
    with reading(scope) as session:
        get_person_row(session, person_id)  # refuses who is not of the scope, before anything past it is read
        consents, links = list_consents(session, person_id), list_links(session, person_id)
        with everywhere(session):
            data = load_card(session, person_id, day)
        seen = data if scope.everywhere else seen_of(session, data)
    return MemberCards(
        person_id, data.person.name, data.person.organisation or "", data.person.area or "",
        list(dict.fromkeys(row.post for row in data.holdings)), {row.area_id: row.area for row in data.grids},
        data.day, current_profile().card_title.value, _within(_cards(data, None), _cards(seen, None)), data.months,
        consents, links,
    )  # fmt: skip


def _within(counted: list[CardView], seen: list[CardView]) -> list[CardView]:
    """The figures of ``counted`` with the records of ``seen``, and how many lie outside of it."""
    records = {figure.key: figure.records for card in seen for figure in card.figures}
    return [replace(card, figures=[_only(figure, records[figure.key]) for figure in card.figures]) for card in counted]


def _only(figure: FigureView, records: list[CardRecord]) -> FigureView:
    return replace(figure, records=records, outside=len(figure.records) - len(records))


def _cards(data: CardData, only: frozenset[str] | None) -> list[CardView]:
    """The profile's cards; with ``only``, of these figures, and none that would be empty."""
    found = []
    for card in current_profile().cards:
        figures = [FIGURES[key](data) for key in card.figures.value if only is None or key.value in only]
        if figures:
            found.append(CardView(card.key, card.name, card.is_example, figures))
    return found


def read_public_card(token: str, now: datetime | None = None) -> PublicCard:
    """The page behind a link.

    Raises NotFound: unknown, revoked, nothing agreed to, or of somebody who has left: no party member, without a post
    and without a grid. The four look alike.
    """
    with reading(EVERYWHERE) as session:
        person_id = find_linked_person(session, token)
        if person_id is None:
            raise NotFound(subject="card")
        return _public(session, person_id, local_date(now or utc_now()))


def _public(session: Session, person_id: int, day: date) -> PublicCard:
    shown = shown_fields({field: row.given for field, row in list_consents(session, person_id).items()})
    if IDENTITY not in shown:
        raise NotFound(subject="card")
    data = load_card(session, person_id, day)
    if not (data.person.is_party_member or data.holdings or data.grids):
        raise NotFound(subject="card")
    name = data.person.name if NAME in shown else surname_of(data.person.name)
    posts = list(dict.fromkeys(row.post for row in data.holdings))
    return PublicCard(name, posts, day, current_profile().card_title.value, _without_records(_cards(data, shown)))


def _without_records(cards: list[CardView]) -> list[CardView]:
    """Figures alone: the records behind them are for those who sign in."""
    return [
        CardView(card.key, card.name, card.is_example, [_bare(figure) for figure in card.figures]) for card in cards
    ]


def _bare(figure: FigureView) -> FigureView:
    if figure.key is CardFigure.POSTS:
        return figure
    return FigureView(figure.key, figure.value, figure.unit, [], figure.of)
