"""The list and the card: what they hold, in which order, for whom, with how many statements."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.models import Incident
from db.queries.incidents import symbol_column
from db.session import Database, reading, transaction
from domain.errors import NotFound, PermissionDenied
from domain.incidents import IncidentAction, IncidentStatus, IncidentSymbol, symbol_of
from domain.permissions import EVERYWHERE
from services.incidents.cases import IncidentFilter, act_on_incident, get_incident, list_incidents
from services.incidents.views import look_at
from services.system.installations import current_profile
from tests.incident_town import IN_A, IN_B, NOW, OUTSIDE, Street, logged, make_street
from tests.pictures import picture
from tests.statements import recorded

S, Y = IncidentStatus, IncidentSymbol


def filled(street: Street) -> dict[str, int]:
    """One of each: late, due soon, waiting, in hand, fed back, closed, outside, in another grid."""
    early = NOW - timedelta(days=2)
    ids = {
        "late": logged(street.command, "late", early, category="litter").id,
        "soon": logged(street.command, "soon", NOW - timedelta(minutes=90), urgency="urgent").id,
        "waiting": logged(street.command, "waiting", place="书院弄 27 号").id,
        "handling": logged(street.command, "handling").id,
        "fed_back": logged(street.command, "fed_back", NOW, category="road_damage").id,
        "closed": logged(street.command, "closed").id,
        "other": logged(street.command, "other", at=IN_B, description="100% 停水，井盖_破").id,
        "outside": logged(street.command, "outside", at=OUTSIDE).id,
    }
    for name in ("handling", "fed_back", "closed"):
        step(street.leader_a, ids[name], IncidentAction.TAKE_OVER)
    for name in ("fed_back", "closed"):
        step(street.leader_a, ids[name], IncidentAction.FEED_BACK, "好了")
    step(street.secretary, ids["closed"], IncidentAction.CLOSE)
    return ids


def step(actor, incident_id: int, action: IncidentAction, note: str = "") -> None:  # type: ignore[no-untyped-def]
    version = get_incident(actor, incident_id, NOW).view.version
    act_on_incident(actor, incident_id, action, version, note, standard_confirmed=True, now=NOW)


def names(ids: dict[str, int], actor, **values: object) -> list[str]:  # type: ignore[no-untyped-def]
    by_id = {number: name for name, number in ids.items()}
    return [by_id[row.id] for row in list_incidents(actor, IncidentFilter(**values), NOW).rows]  # type: ignore[arg-type]


def test_the_list_runs_by_the_time_left_and_counts_each_symbol(db: Database) -> None:
    street = make_street()
    ids = filled(street)
    page = list_incidents(street.command, now=NOW)
    order = names(ids, street.command)
    assert order[:2] == ["late", "soon"]
    assert order[-1] == "fed_back"  # five working days
    assert sorted(row.due_at for row in page.rows) == [row.due_at for row in page.rows]  # type: ignore[type-var]
    assert page.counts == {Y.OVERDUE: 1, Y.DUE_SOON: 1, Y.WAITING: 3, Y.HANDLING: 1, Y.VERIFYING: 1}
    assert (page.total, page.pages, page.outside) == (7, 1, 1)
    assert names(ids, street.command, open_only=False)[-1] == "closed"


def test_each_filter_does_what_it_says(db: Database) -> None:
    street = make_street()
    ids = filled(street)
    assert names(ids, street.command, symbols=frozenset({Y.OVERDUE, Y.DUE_SOON})) == ["late", "soon"]
    assert names(ids, street.command, symbols=frozenset({Y.CLOSED})) == ["closed"]
    assert names(ids, street.command, category="road_damage") == ["fed_back"]
    assert names(ids, street.command, family="environment") == ["late"]
    assert names(ids, street.command, family="no_such_family") == []
    assert names(ids, street.command, area_id=street.grid_b) == ["other"]
    assert set(names(ids, street.command, area_id=street.community)) == set(ids) - {"outside", "closed"}
    assert names(ids, street.leader_a, mine=True) == ["handling", "fed_back"]
    assert names(ids, street.command, text="27 号") == ["waiting"]
    assert names(ids, street.command, text="100%") == ["other"]
    assert names(ids, street.command, text="盖_破") == ["other"]
    assert names(ids, street.command, text="_") == ["other"]
    assert names(ids, street.command, text="qt-20260318") == names(ids, street.command, text="QT-20260318")
    assert names(ids, street.command, outside=True) == ["outside"]
    left_out = frozenset({ids["late"], ids["soon"]})
    assert names(ids, street.command, without=left_out, symbols=frozenset({Y.OVERDUE, Y.DUE_SOON})) == []


def test_pages_hold_everything_once(db: Database) -> None:
    street = make_street()
    ids = filled(street)
    found = [names(ids, street.command, page=number, page_size=3) for number in (1, 2, 3)]
    assert [len(page) for page in found] == [3, 3, 1]
    assert sorted(name for page in found for name in page) == sorted(set(ids) - {"closed"})
    beyond = list_incidents(street.command, IncidentFilter(page=99, page_size=3), NOW)
    assert (beyond.page, len(beyond.rows)) == (3, 1)


def test_each_sees_its_own_areas_alone(db: Database) -> None:
    street = make_street()
    ids = filled(street)
    own = set(ids) - {"other", "outside", "closed"}
    assert set(names(ids, street.leader_a)) == own
    assert set(names(ids, street.leader_b)) == {"other"}
    assert set(names(ids, street.member)) == own
    assert set(names(ids, street.secretary)) == own | {"other"}
    assert names(ids, street.department) == []
    # A filter by another's grid, or by the whole street, opens nothing.
    assert names(ids, street.leader_b, area_id=street.grid_a) == []
    assert names(ids, street.leader_b, area_id=street.street) == ["other"]
    assert list_incidents(street.leader_b, now=NOW).outside == 0
    for who in (street.visitor, street.volunteer):
        with pytest.raises(PermissionDenied):
            list_incidents(who)


def test_a_card_of_another_grid_is_not_found_by_its_number(db: Database) -> None:
    street = make_street()
    ids = filled(street)
    with pytest.raises(NotFound):
        get_incident(street.leader_b, ids["waiting"])
    with pytest.raises(NotFound):
        get_incident(street.leader_a, 4711)


def test_a_card_says_how_its_deadline_was_counted_and_how_often_the_place_came_up(db: Database) -> None:
    street = make_street()
    earlier = logged(street.command, "earlier", NOW - timedelta(days=80))
    logged(street.command, "too long ago", NOW - timedelta(days=120))
    near = logged(street.command, "near", category="litter", at=(IN_A[0] + 0.0003, IN_A[1]))
    card = get_incident(street.command, near.id, NOW)
    assert card.times_here == 2
    assert get_incident(street.command, earlier.id, NOW).times_here == 2
    assert card.run is not None
    assert card.deadline is not None
    assert (card.run.total.amount, card.run.total.clock.value) == (4, "working_hour")
    counted = [(piece.end - piece.start, piece.skipped) for piece in card.deadline.stretches]
    assert sum((length for length, skipped in counted if not skipped), timedelta()) == timedelta(hours=4)


def test_a_deadline_that_was_moved_shows_no_false_arithmetic(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command)
    with transaction(EVERYWHERE) as session:
        row = session.get(Incident, receipt.id)
        assert row is not None
        row.due_at = NOW + timedelta(days=9)
    card = get_incident(street.command, receipt.id, NOW)
    assert (card.deadline, card.view.due_at) == (None, NOW + timedelta(days=9))


def test_list_and_card_stay_within_their_statements(db: Database) -> None:
    street = make_street()
    for number in range(25):
        logged(street.command, f"f{number}", photos=(picture((40, 30)),) if number < 3 else ())
    current_profile()
    with recorded() as statements:
        assert len(list_incidents(street.leader_a, IncidentFilter(area_id=street.grid_a), NOW).rows) == 20
    statements.most(6)
    with recorded() as statements:
        get_incident(street.leader_a, list_incidents(street.leader_a, now=NOW).rows[0].id, NOW)
    statements.most(5 + 6)


def test_the_database_chooses_the_symbol_that_the_rule_chooses(db: Database) -> None:
    """Every status with every kind of moment, compared in one statement."""
    street = make_street()
    profile = current_profile()
    look = look_at(profile, NOW)
    dues = [None, NOW - timedelta(seconds=1), NOW, look.due_soon, look.due_soon + timedelta(seconds=1)]
    rows = [(status, due, closed) for status in S for due in dues for closed in (None, NOW)]
    with transaction(EVERYWHERE) as session:
        for number, (status, due, closed) in enumerate(rows):
            session.add(
                Incident(
                    number=f"X{number}", category="litter", urgency="normal", source="resident", title="x",
                    lane="x", status=status.value, reported_at=NOW, due_at=due, closed_at=closed, area_id=street.grid_a,
                )
            )  # fmt: skip
    with reading(EVERYWHERE) as session:
        found = {row[0]: row[1] for row in session.execute(select(Incident.number, symbol_column(look)))}
    said = {f"X{n}": symbol_of(s, due, NOW, closed, look.due_soon).value for n, (s, due, closed) in enumerate(rows)}
    assert found == said
