"""The same place again: which places, whose, what they hold, and what they cost (C7, decision 0131)."""

from datetime import timedelta
from typing import Any

import pytest

from db.session import Database
from domain.errors import NotFound, PermissionDenied
from domain.incidents import IncidentAction
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.incidents.links import link_incident
from services.incidents.repeats import RepeatFilter, list_repeat_cases, list_repeat_places, repeats_overlay
from services.maps.overlays import read_overlay
from tests.incident_town import IN_A, IN_B, NOW, Street, logged, make_street
from tests.statements import recorded

LEAST = 5  # of the profile
EAST = 1 / 91_790  # degrees of longitude of one metre


def several(street: Street, number: int, at: tuple[float, float] = IN_A, key: str = "a", **values: Any) -> list[int]:
    """So many reports around a place, a week apart, the last one today."""
    return [
        logged(
            street.command, f"{key}{n}", NOW - timedelta(days=7 * (number - 1 - n)), at=(at[0] + n * 5 * EAST, at[1]),
            **values,
        ).id
        for n in range(number)
    ]  # fmt: skip


def test_a_place_with_enough_cases_of_one_class_is_found_with_its_cases_newest_first(db: Database) -> None:
    street = make_street()
    ids = several(street, 6, place="书院弄")
    several(street, LEAST - 1, key="b", category="manhole")
    [place] = list_repeat_places(street.command, now=NOW).rows
    assert (place.category, place.cases, place.callers, place.still_open) == ("street_light", 6, 6, 6)
    assert (place.area_name, place.words, place.last_at - place.first_at) == ("书院格", "书院弄", timedelta(days=35))
    there, cases = list_repeat_cases(street.command, place.id, NOW)
    assert [case.id for case in cases] == list(reversed(ids))
    assert there == place
    page = list_repeat_places(street.command, now=NOW)
    assert (page.total, page.cases, page.looked_at, page.metres, page.least) == (1, 6, 10, 50, LEAST)


def test_what_is_older_than_a_year_voided_or_without_a_point_does_not_count(db: Database) -> None:
    street = make_street()
    ids = several(street, LEAST)
    assert list_repeat_places(street.command, now=NOW).total == 1
    assert list_repeat_places(street.command, now=NOW + timedelta(days=340)).total == 0
    view = get_incident(street.command, ids[0], NOW).view
    act_on_incident(street.command, view.id, IncidentAction.VOID, view.version, "不属实", now=NOW)
    logged(street.command, "listed", at=None, area_id=street.grid_a)
    assert list_repeat_places(street.command, now=NOW).total == 0


def test_a_duplicate_is_a_caller_and_not_another_case(db: Database) -> None:
    street = make_street()
    ids = several(street, LEAST + 1)
    one, main = (get_incident(street.command, incident, NOW).view for incident in ids[-1:-3:-1])
    link_incident(street.command, one.id, one.version, main.number, now=NOW)
    [place] = list_repeat_places(street.command, now=NOW).rows
    assert (place.cases, place.callers) == (LEAST, LEAST + 1)


def test_each_sees_the_places_of_their_own_cases(db: Database) -> None:
    street = make_street()
    several(street, LEAST)
    several(street, LEAST, at=IN_B, key="b", category="manhole")
    found = {
        who.name: [place.category for place in list_repeat_places(who, now=NOW).rows]
        for who in (street.command, street.secretary, street.leader_a, street.leader_b, street.department)
    }
    assert {name: sorted(seen) for name, seen in found.items()} == {
        "顾岚": ["manhole", "street_light"], "岑立": ["manhole", "street_light"], "方宁": ["street_light"],
        "陆禾": ["manhole"], "城管中队": [],
    }  # fmt: skip
    [theirs] = list_repeat_places(street.leader_b, now=NOW).rows
    with pytest.raises(NotFound):
        list_repeat_cases(street.leader_a, theirs.id, NOW)
    for who in (street.visitor, street.volunteer, street.member):
        with pytest.raises(PermissionDenied):
            list_repeat_places(who, now=NOW)


def test_filters_by_area_family_and_page(db: Database) -> None:
    street = make_street()
    several(street, LEAST + 1)
    several(street, LEAST, at=IN_B, key="b", category="manhole")

    def seen(**values: Any) -> list[int]:
        return [place.cases for place in list_repeat_places(street.command, RepeatFilter(**values), NOW).rows]

    assert seen() == [6, 5]
    assert seen(area_id=street.grid_b) == [5]
    assert seen(area_id=street.community) == [6, 5]
    assert seen(area_id=4711) == []
    assert seen(category="manhole") == [5]
    assert seen(family="no such family") == []
    assert seen(page=2, page_size=1) == [5]
    assert seen(page=9, page_size=1) == [5]


def test_a_new_case_is_there_at_once_and_the_rest_is_kept(db: Database) -> None:
    street = make_street()
    several(street, LEAST)
    with recorded() as statements:
        assert list_repeat_places(street.command, now=NOW).rows[0].cases == LEAST
    statements.most(5)
    with recorded() as statements:
        list_repeat_places(street.command, now=NOW)
    statements.most(4)
    logged(street.command, "new")
    assert list_repeat_places(street.command, now=NOW).rows[0].cases == LEAST + 1


def test_of_very_many_cases_the_places_may_be_some_minutes_old(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.incidents.repeats.MANY", 3)
    street = make_street()
    several(street, LEAST)
    page = list_repeat_places(street.command, now=NOW)
    assert (page.rows[0].cases, page.as_of) == (LEAST, NOW)
    logged(street.command, "new")
    for minutes, cases in ((4, LEAST), (5, LEAST + 1)):
        page = list_repeat_places(street.command, now=NOW + timedelta(minutes=minutes))
        assert page.rows[0].cases == cases
    assert page.as_of == NOW + timedelta(minutes=5)
    assert list_repeat_places(street.leader_a, now=NOW).rows[0].cases == LEAST + 1  # a scope of its own


def test_the_map_gets_the_places_without_a_word_about_them(db: Database) -> None:
    street = make_street()
    several(street, LEAST)
    overlay = repeats_overlay(street.command, list_repeat_places(street.command, now=NOW).rows)
    assert overlay.total == 1
    shapes = read_overlay(street.command, overlay.token)
    assert "Point" in shapes
    assert "路灯" not in shapes
