"""Logging: the right grid, the right deadline, once; and everything that is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from db.models import AuditEntry, FormReceipt, Incident, IncidentEvent
from db.queries.bulk import count_rows
from db.session import Database, reading
from domain.errors import NotFound, PermissionDenied
from domain.incidents import IncidentStatus, IncidentSymbol
from domain.permissions import EVERYWHERE
from domain.texts import ControlCharacters, EmptyText, TextTooLong
from services.areas.locating import InvalidPlace, locate_point
from services.incidents.cases import IncidentFilter, get_incident, list_incidents
from services.incidents.places import AreaNoLongerValid, AreaNotYetValid, MissingPlace, list_area_choices
from services.incidents.reports import (
    FutureDate,
    find_similar_incidents,
    list_own_reports,
    preview_report,
    title_of,
)
from services.people.register import InvalidPhone
from tests.factories import make_area
from tests.incident_town import IN_A, IN_B, NOW, ON_THE_BORDER, OUTSIDE, logged, make_street
from tests.statements import recorded


def counts() -> tuple[int, int, int, int]:
    with reading(EVERYWHERE) as session:
        found = [count_rows(session, model) for model in (Incident, IncidentEvent, AuditEntry, FormReceipt)]
    return found[0], found[1], found[2], found[3]


def test_an_incident_lands_in_its_grid_with_number_and_deadline(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command)
    assert (receipt.number, receipt.area_name, receipt.outside) == ("QT-20260318-0001", "书院格", False)
    card = get_incident(street.command, receipt.id, NOW)
    # A street light has one working day: the same time on Thursday.
    assert card.view.due_at == datetime(2026, 3, 19, 6, 32, tzinfo=UTC)
    assert card.view.title == "书院弄 12 盏路灯不亮"
    assert card.view.status is IncidentStatus.REPORTED
    assert card.view.symbol is IncidentSymbol.WAITING
    assert card.area_names == ("青棠街道", "书院社区", "书院格")
    assert card.deadline is not None
    assert card.deadline.due_at == card.view.due_at
    assert [item.actor_name for item in card.timeline] == ["顾岚"]
    assert counts() == (1, 1, 1, 1)


def test_an_urgent_matter_shortens_the_limit_of_its_class(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command, urgency="urgent")
    assert receipt.due_at == NOW + timedelta(hours=2)
    preview = preview_report(
        street.command, category="street_light", urgency="urgent", lon=IN_A[0], lat=IN_A[1], now=NOW
    )
    assert (preview.due_at, preview.area_id) == (receipt.due_at, street.grid_a)


def test_numbers_count_the_incidents_of_a_shanghai_day(db: Database) -> None:
    street = make_street()
    late = datetime(2026, 3, 18, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    numbers = [
        logged(street.command, f"f{i}", now).number for i, now in enumerate((NOW, late, late + timedelta(minutes=1)))
    ]
    assert numbers == ["QT-20260318-0001", "QT-20260318-0002", "QT-20260319-0001"]


def test_the_same_form_sent_twice_makes_one(db: Database) -> None:
    street = make_street()
    first, again = logged(street.command), logged(street.command, now=NOW + timedelta(minutes=1))
    assert (again.id, again.number, again.repeated, first.repeated) == (first.id, first.number, True, False)
    assert counts() == (1, 1, 1, 1)


def test_the_same_form_sent_at_the_same_moment_makes_one(db: Database) -> None:
    street = make_street()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: logged(street.command), range(8)))
    assert {receipt.number for receipt in found} == {"QT-20260318-0001"}
    assert sorted(receipt.repeated for receipt in found) == [False] + [True] * 7
    assert counts() == (1, 1, 1, 1)


def test_a_form_key_seen_in_a_shared_address_is_not_anothers(db: Database) -> None:
    street = make_street()
    first, other = logged(street.leader_a), logged(street.leader_b, at=IN_B)
    assert first.id != other.id
    assert not other.repeated


def test_twenty_at_once_get_twenty_numbers(db: Database) -> None:
    street = make_street()
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda i: logged(street.command, f"f{i}").number, range(20)))
    assert sorted(found) == [f"QT-20260318-{i:04d}" for i in range(1, 21)]


def test_a_place_on_the_border_falls_to_the_smallest_code_as_locate_says(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command, at=ON_THE_BORDER)
    assert receipt.area_name == "书院格"
    assert locate_point(*ON_THE_BORDER).area_id == street.grid_a


def test_a_place_outside_every_area_is_kept_and_listed(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command, at=OUTSIDE)
    assert receipt.outside
    assert receipt.area_name is None
    page = list_incidents(street.command, IncidentFilter(outside=True), NOW)
    assert [row.number for row in page.rows] == [receipt.number]
    assert page.outside == 1
    assert (page.rows[0].lon, page.rows[0].lat) == OUTSIDE


def test_a_grid_chosen_from_the_list_is_a_place(db: Database) -> None:
    street = make_street()
    choices = list_area_choices(street.volunteer)
    assert [(choice.name, choice.above) for choice in choices][:2] == [("书院格", "书院社区"), ("学圃格", "书院社区")]
    assert [choice.name for choice in list_area_choices(street.volunteer, "xpg")] == ["学圃格"]
    receipt = logged(street.command, at=None, area_id=street.grid_b)
    view = get_incident(street.command, receipt.id, NOW).view
    assert (view.area_name, view.lon, view.outside) == ("学圃格", None, False)


@pytest.mark.parametrize("values", [{"at": None}, {"at": None, "area_id": 4711}])
def test_a_form_without_a_place_is_refused(db: Database, values: dict[str, object]) -> None:
    street = make_street()
    with pytest.raises(MissingPlace):
        logged(street.command, **values)
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("place", [(float("nan"), 34.6), (412.4, 34.6), (112.4, 4.4e9), (float("inf"), 0.0)])
def test_a_place_that_is_none_is_refused(sqlite_db: Database, place: tuple[float, float]) -> None:
    street = make_street()
    with pytest.raises(InvalidPlace):
        logged(street.command, at=place)


@pytest.mark.parametrize("by_point", [True, False])
def test_a_date_before_the_area_existed_is_refused(db: Database, by_point: bool) -> None:
    street = make_street(valid_from=date(2026, 3, 1))
    place = {} if by_point else {"at": None, "area_id": street.grid_a}
    early = datetime(2026, 2, 28, 15, 59, tzinfo=UTC)  # 28 February, 23:59 in Shanghai
    with pytest.raises(AreaNotYetValid) as refusal:
        logged(street.command, reported_at=early, **place)
    assert refusal.value.values == {"area": "书院格", "day": "2026-02-28", "since": "2026-03-01"}
    assert logged(street.command, reported_at=early + timedelta(minutes=1), **place).area_name == "书院格"


def test_a_place_is_looked_up_in_the_grids_of_its_day_and_an_open_case_in_those_of_today(db: Database) -> None:
    """The grid was drawn anew on 1 March: what was filed before lay in the old one; an open case of before does not."""
    street = make_street(valid_from=date(2026, 3, 1))
    make_area(
        "旧书院格", parent=street.community, box=(112.4, 34.6, 112.41, 34.61), code="410311001001001",
        valid_from=date(2021, 1, 1), valid_to=date(2026, 3, 1),
    )  # fmt: skip
    before = datetime(2026, 2, 28, tzinfo=UTC)
    assert logged(street.command, now=before).area_name == "旧书院格"
    assert logged(street.command, "f2", reported_at=before).area_name == "书院格"
    assert logged(street.command, "f3").area_name == "书院格"


def test_a_date_before_every_area_is_refused_for_a_point_as_well(db: Database) -> None:
    street = make_street()
    with pytest.raises(AreaNotYetValid):
        logged(street.command, reported_at=datetime(2019, 5, 1, tzinfo=UTC))


def test_a_grid_that_has_ended_is_refused(db: Database) -> None:
    street = make_street()
    ended = make_area("旧格", parent=street.community, valid_to=date(2026, 1, 1))
    with pytest.raises(AreaNoLongerValid):
        logged(street.command, at=None, area_id=ended)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"category": ""}, EmptyText),
        ({"source": ""}, EmptyText),
        ({"urgency": ""}, EmptyText),
        ({"description": " \n\t "}, EmptyText),
        ({"description": "路" * 1001}, TextTooLong),
        ({"description": "路灯\x00不亮"}, ControlCharacters),
        ({"place": "书院弄\u202e"}, ControlCharacters),
        ({"place": "弄" * 201}, TextTooLong),
        ({"reporter_name": "王" * 61}, TextTooLong),
        ({"reporter_phone": "call me"}, InvalidPhone),
        ({"reporter_phone": "12"}, InvalidPhone),
        ({"reported_at": NOW + timedelta(hours=1)}, FutureDate),
        ({"category": "no_such_class"}, NotFound),
        ({"urgency": "no_such"}, NotFound),
        ({"source": "no_such"}, NotFound),
    ],
)
def test_a_field_that_cannot_be_right_is_refused_and_nothing_is_written(
    sqlite_db: Database, values: dict[str, object], refusal: type[Exception]
) -> None:
    street = make_street()
    with pytest.raises(refusal):
        logged(street.command, **values)
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "${7*7} `x`", "</script><b>", "' OR 1=1 --", "{number}"])
def test_markup_is_text_like_any_other(db: Database, text: str) -> None:
    street = make_street()
    receipt = logged(street.command, description=text, place=text)
    view = get_incident(street.command, receipt.id, NOW).view
    assert (view.description, view.place) == (text, text)
    assert [row.id for row in list_incidents(street.command, IncidentFilter(text=text), NOW).rows] == [receipt.id]


@pytest.mark.parametrize("who", ["visitor", "department"])
def test_who_may_not_log_is_refused(sqlite_db: Database, who: str) -> None:
    street = make_street()
    with pytest.raises(PermissionDenied):
        logged(getattr(street, who))


def test_a_volunteer_keeps_a_receipt_and_reads_nothing(db: Database) -> None:
    street = make_street()
    receipt = logged(street.volunteer, at=IN_B)
    logged(street.command, "other")
    with pytest.raises(PermissionDenied):
        get_incident(street.volunteer, receipt.id)
    with pytest.raises(PermissionDenied):
        list_incidents(street.volunteer)
    own, total = list_own_reports(street.volunteer, now=NOW)
    assert [(found.number, found.area_name) for found in own] == [(receipt.number, "学圃格")]
    assert total == 1


def test_a_leader_may_log_in_another_grid_and_keeps_the_receipt_alone(db: Database) -> None:
    street = make_street()
    receipt = logged(street.leader_a, at=IN_B)
    with pytest.raises(NotFound):
        get_incident(street.leader_a, receipt.id)
    assert list_own_reports(street.leader_a)[1] == 1


def test_similar_open_ones_nearby_are_told_with_their_distance(db: Database) -> None:
    street = make_street()
    near = logged(street.command, "near", at=(IN_A[0] + 0.0002, IN_A[1]))
    logged(street.command, "far", at=(IN_A[0] + 0.002, IN_A[1]))
    logged(street.command, "other class", category="manhole")
    logged(street.command, "old", now=NOW - timedelta(days=8))
    found = find_similar_incidents(street.command, "street_light", *IN_A, now=NOW)
    assert [(one.id, one.number) for one in found] == [(near.id, near.number)]
    assert found[0].metres == 18  # 0.0002° of longitude at 34.6° north


def test_similar_ones_beyond_the_own_grid_are_told_without_words(db: Database) -> None:
    street = make_street()
    border = (112.41005, 34.605)  # 5 m inside grid B
    logged(street.command, at=border)
    for actor in (street.leader_a, street.volunteer):
        [found] = find_similar_incidents(actor, "street_light", 112.4099, 34.605, now=NOW)
        assert (found.id, found.number, found.title, found.metres) == (None, "", "", 14)
    assert find_similar_incidents(street.leader_b, "street_light", 112.4099, 34.605, now=NOW)[0].number


def test_a_title_is_the_first_sentence_cut_to_forty() -> None:
    assert title_of("井盖破损。旁边有水。") == "井盖破损"
    assert title_of("。。。") == "。。。"
    assert len(title_of("长" * 90)) == 40


def test_logging_stays_within_its_statements(db: Database) -> None:
    street = make_street()
    with recorded() as statements:
        logged(street.command)
    statements.most(17)  # with the lock that keeps grids from changing, on PostgreSQL
