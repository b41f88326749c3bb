"""Cards: figures that are records, consent field by field, links, the public page, the PDF (feature D4)."""

import io
import re
from dataclasses import replace
from functools import partial

import pytest
import segno
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from config.profiles import PROFILE_KEYS, load_profile
from config.texts import text as translated
from db.models import Assignment, AuditEntry, Person, PostHolding, Volunteer
from db.queries.points import find_account, lock_account
from db.session import Database, transaction
from domain.cards import IDENTITY, NAME, CardFigure, ConsentUnchanged, LinkRevoked, NoConsent, UnknownCardField
from domain.errors import NotFound, PermissionDenied
from domain.permissions import EVERYWHERE, Role
from domain.pledges import EvidenceKind
from domain.points import SHOP, Entry, EntryKind
from domain.texts import EmptyText
from services.cards import figures
from services.cards.cards import MemberCards, get_cards, read_public_card
from services.cards.consents import change_consent, make_link, revoke_link
from services.cards.figures import FIGURES, FigureView, load_card, seen_of
from services.cards.printing import families, print_cards
from services.cards.words import figure_words
from services.pledges.evidence import EvidenceForm, log_evidence
from services.pledges.reviews import rate_pledge
from services.points.ledger import write_entry
from tests import factories as make
from tests.factories import use_profile
from tests.incident_town import NOW
from tests.pledge_town import DAY, PledgeTown, attend, handle, make_pledge, make_pledge_town
from tests.points_town import give
from tests.statements import recorded


def figure(cards: MemberCards, key: CardFigure) -> FigureView:
    return next(one for card in cards.cards for one in card.figures if one.key is key)


def make_cards(profile: str = "linfeng") -> PledgeTown:
    """The member has attended for 2.5 hours, kept a pledge of two hours, and has five slips."""
    use_profile(profile)
    town = make_pledge_town()
    attendance, pledge = attend(town), make_pledge(town, amount=2)
    log_evidence(town.member, EvidenceForm(pledge, EvidenceKind.ACTIVITY, attendance), NOW)
    for number in range(5):
        rate_pledge(town.leader, pledge, 4, f"k{number}", NOW)
    return town


def test_every_figure_is_counted_from_records_that_are_listed(db: Database) -> None:
    town = make_cards()
    cards = get_cards(town.member, town.person, NOW)
    assert cards.title.zh == "五卡一积分"
    assert [card.name.zh for card in cards.cards] == [
        "基本情况卡",
        "岗位责任卡",
        "服务积分卡",
        "反馈评价卡",
        "激励兑换卡",
    ]
    assert (figure(cards, CardFigure.HOURS).value, len(figure(cards, CardFigure.HOURS).records)) == (2.5, 1)
    kept = figure(cards, CardFigure.PLEDGES_KEPT)
    assert (kept.value, kept.of, [record.title for record in kept.records]) == (1, 1, ["每月夜巡，全年十小时"])
    assert (figure(cards, CardFigure.RATING).value, figure(cards, CardFigure.RATING).of) == (4.0, 5)
    assert [record.title for record in figure(cards, CardFigure.POSTS).records] == ["mediator"]


def test_a_card_has_the_same_figures_whoever_reads_it(db: Database) -> None:
    town = make_cards()
    for _ in range(70):
        attend(town, minutes=60)
    with transaction(EVERYWHERE) as session:
        session.get_one(Volunteer, town.volunteer).area_id = town.street.grid_c
    readers = (town.member, town.leader, town.street.command)
    found = [figure(get_cards(one, town.person, NOW), CardFigure.ACTIVITIES) for one in readers]
    assert [one.value for one in found] == [71, 71, 71]
    assert [(len(one.records), one.outside) for one in found] == [(71, 0), (0, 71), (71, 0)]


def test_a_part_is_what_a_card_loaded_in_the_scope_would_show(db: Database) -> None:
    """For the leaders of both grids, one of whom sees the member for an assignment and not its points."""
    town = make_cards()
    give(town.person, 30, NOW)
    for grid in (town.street.grid_a, town.street.grid_b):
        with transaction(EVERYWHERE) as session:
            values = {"person_id": town.person, "area_id": grid, "post": "mediator", "starts_on": DAY, "reason": ""}
            session.add(Assignment(**values))
    make_pledge(town, area_id=town.street.grid_b)
    handle(replace(town, leader=town.member))
    attend(town)
    shown = []
    for reader in (town.leader, town.street.leader_b, town.street.secretary, town.street.command):
        with db.reading(EVERYWHERE) as session:
            everything = load_card(session, town.person, DAY)
        with db.reading(reader.scope) as session:
            part, loaded = seen_of(session, everything), load_card(session, town.person, DAY)
        assert replace(part, months=[]) == replace(loaded, months=[])  # months are of all points, never of a part
        shown.append((len(part.grids), len(part.pledges), len(part.activities), len(part.cases), part.points > 0))
    assert shown == [(1, 1, 2, 1, True), (1, 1, 0, 0, False), (2, 2, 2, 1, True), (2, 2, 2, 1, True)]


def test_a_card_is_loaded_once_whoever_reads_it(sqlite_db: Database) -> None:
    town = make_cards()
    with recorded() as own:
        get_cards(town.member, town.person, NOW)
    with recorded() as part:
        get_cards(town.leader, town.person, NOW)
    part.most(len(own) + 5)  # for each kind of record, which of them the reader sees; whether the points


def test_points_on_a_card_are_the_sum_of_the_ledger(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    town = make_cards()
    give(town.person, 30, NOW)
    with transaction(EVERYWHERE) as session:
        account = lock_account(session, town.person)
        entry = Entry(account.id, EntryKind.REDEEM, account.id, SHOP, 20, NOW.date(), NOW, "test", 1)
        write_entry(session, account, entry)
    points = figure(get_cards(town.member, town.person, NOW), CardFigure.POINTS)
    with db.reading(EVERYWHERE) as session:
        held = find_account(session, town.person)
    assert held is not None
    assert points.value == held.balance == sum(int(record.title) for record in points.records) > 0
    assert [record.kind for record in points.records][:2] == ["redeem", "earn"]
    monkeypatch.setattr(figures, "list_point_entries", partial(figures.list_point_entries, limit=1))
    cut = figure(get_cards(town.member, town.person, NOW), CardFigure.POINTS)
    assert [record.kind for record in cut.records] == ["redeem", "earlier"]
    assert points.value == sum(int(record.title) for record in cut.records)


@pytest.mark.parametrize("profile", PROFILE_KEYS)
def test_every_profile_has_cards_of_known_figures(sqlite_db: Database, profile: str) -> None:
    town = make_cards(profile)
    cards = get_cards(town.street.command, town.person, NOW)
    assert len(cards.cards) == len(load_profile(profile).cards) >= 3
    for card in cards.cards:
        for one in card.figures:
            for language in ("zh_CN", "en"):
                words = figure_words(one, language)
                assert words["label"]
                assert words["value"]
                assert not re.search(r"cards\.", " ".join(map(str, words.values())))
    assert FIGURES.keys() == set(CardFigure)


def test_who_may_see_cards(sqlite_db: Database) -> None:
    town = make_cards()
    other = make.make_user(
        Role.PARTY_MEMBER, area=town.street.grid_a, person=make.make_person("旁人", area=town.street.grid_a)
    )
    with pytest.raises(PermissionDenied):
        get_cards(other, town.person, NOW)
    with pytest.raises(NotFound):
        get_cards(town.street.leader_b, town.person, NOW)
    assert get_cards(town.leader, town.person, NOW).name == "石磊"
    with pytest.raises(PermissionDenied):
        change_consent(town.leader, town.person, IDENTITY, True, "纸质", NOW)


def test_the_public_page_shows_nothing_without_consent(db: Database) -> None:
    town = make_cards()
    with pytest.raises(NoConsent):
        make_link(town.member, town.person, NOW)
    change_consent(town.member, town.person, NAME, True, now=NOW)
    with pytest.raises(NoConsent):
        make_link(town.member, town.person, NOW)
    change_consent(town.member, town.person, IDENTITY, True, now=NOW)
    change_consent(town.member, town.person, NAME, False, now=NOW)
    token = make_link(town.member, town.person, NOW)
    found = read_public_card(token, NOW)
    assert (found.name, found.posts, found.cards) == ("石", ["mediator"], [])
    change_consent(town.member, town.person, "hours", True, now=NOW)
    shown = read_public_card(token, NOW).cards
    assert [(one.key, one.value, one.records) for card in shown for one in card.figures] == [("hours", 2.5, [])]
    change_consent(town.member, town.person, NAME, True, now=NOW)
    assert read_public_card(token, NOW).name == "石磊"
    change_consent(town.member, town.person, IDENTITY, False, now=NOW)
    with pytest.raises(NotFound):
        read_public_card(token, NOW)
    with db.reading(EVERYWHERE) as session:
        logged = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "person")).all()
    assert logged.count("card.withdraw") == 2
    assert logged.count("card.agree") == 4


def test_a_link_cannot_be_guessed_and_can_be_revoked(sqlite_db: Database) -> None:
    town = make_cards()
    change_consent(town.member, town.person, IDENTITY, True, now=NOW)
    first, second = make_link(town.member, town.person, NOW), make_link(town.member, town.person, NOW)
    assert first != second
    assert min(len(first), len(second)) >= 32
    newest = get_cards(town.member, town.person, NOW).links[0]
    revoke_link(town.street.secretary, newest.id, NOW)
    with pytest.raises(LinkRevoked):
        revoke_link(town.member, newest.id, NOW)
    with pytest.raises(NotFound):
        read_public_card(second, NOW)
    assert read_public_card(first, NOW).name == "石"
    for token in ("", "x", first[:-1], first + "x"):
        with pytest.raises(NotFound):
            read_public_card(token, NOW)


def test_consent_is_the_members_or_on_a_signed_paper(db: Database) -> None:
    town = make_cards()
    with pytest.raises(EmptyText):
        change_consent(town.street.secretary, town.person, IDENTITY, True, "", NOW)
    change_consent(town.street.secretary, town.person, IDENTITY, True, "2026-03-01 第 3 号", NOW)
    row = get_cards(town.member, town.person, NOW).consents[IDENTITY]
    assert (row.given, row.at, row.by, row.basis) == (True, NOW, "岑立", "2026-03-01 第 3 号")
    with pytest.raises(ConsentUnchanged):
        change_consent(town.member, town.person, IDENTITY, True, now=NOW)
    with pytest.raises(UnknownCardField):
        change_consent(town.member, town.person, "phone", True, now=NOW)
    with pytest.raises(DBAPIError, match="append-only"), db.transaction(EVERYWHERE) as session:
        session.execute(text("UPDATE card_consents SET given = given"))


def test_statements_do_not_grow_with_records(sqlite_db: Database) -> None:
    town = make_cards()
    with recorded() as few:
        get_cards(town.member, town.person, NOW)
    for _ in range(8):
        attend(town)
        make_pledge(town)
    with recorded() as many:
        get_cards(town.member, town.person, NOW)
    assert len(many) == len(few)
    many.most(20)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_pdf_is_a5_and_holds_the_figures(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    if not families():
        pytest.skip("no font with Chinese letters")
    town = make_cards()
    change_consent(town.member, town.person, IDENTITY, True, now=NOW)
    token, make_code = make_link(town.member, town.person, NOW), segno.make
    coded: list[str] = []

    def made(target: str, **values: str) -> segno.QRCode:
        coded.append(target)
        return make_code(target, **values)

    monkeypatch.setattr(segno, "make", made)
    reader = PdfReader(io.BytesIO(print_cards(town.member, town.person, language, "http://here", NOW)))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (148, 210)
    words = "".join(reader.pages[0].extract_text().split())
    expected = ["石磊", "2.5", "1/1", "2026-03-18"]
    expected += ["五卡一积分", "岗位责任卡"] if language == "zh_CN" else ["Mypost"]
    assert coded == [f"http://here/card/{token}"]
    code = "".join(translated(language, "cards.qr_words").split())
    assert [word for word in (*expected, code) if word not in words] == []
    for link in get_cards(town.member, town.person, NOW).links:
        revoke_link(town.member, link.id, NOW)
    without = PdfReader(io.BytesIO(print_cards(town.member, town.person, language, "http://here", NOW)))
    assert code not in "".join(without.pages[0].extract_text().split()), "no code without a link that opens"


def test_markup_in_a_name_is_text_on_paper(sqlite_db: Database) -> None:
    use_profile("linfeng")
    town = make_pledge_town()
    odd = make.make_person('#read("/etc/passwd") *石*', area=town.street.grid_a)
    words = PdfReader(io.BytesIO(print_cards(town.street.command, odd, "zh_CN", "", NOW))).pages[0].extract_text()
    assert '#read("/etc/passwd")*石*' in "".join(words.split())


def test_the_link_of_who_left_opens_no_more(db: Database) -> None:
    town = make_cards()
    change_consent(town.member, town.person, IDENTITY, True)
    token = make_link(town.member, town.person)
    with transaction(EVERYWHERE) as session:
        session.query(PostHolding).filter_by(person_id=town.person).update({"valid_to": NOW.date()})
    assert read_public_card(token, NOW).posts == []  # a member still, without a post
    with transaction(EVERYWHERE) as session:
        session.get(Person, town.person).is_party_member = False  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        read_public_card(token, NOW)
    with transaction(EVERYWHERE) as session:
        session.add(Assignment(person_id=town.person, area_id=town.street.grid_a, post="x", starts_on=NOW.date()))
    assert read_public_card(token, NOW).name == "石"  # who looks after a grid has a card
