"""Changes that were made, and what went along with them (feature A4)."""

import json

import pytest
from sqlalchemy import select

from db.models import Assignment, User
from db.session import Database, reading
from domain.area_changes import CarriedAlready, CarriedSubject, ChangeKind
from domain.errors import NotFound, PermissionDenied
from domain.permissions import EVERYWHERE
from services.areas.change_views import (
    area_at,
    change_overlay,
    confirm_all,
    confirm_carried,
    list_area_changes,
    list_carried,
)
from services.areas.changes import apply_change, plan_change
from services.maps.overlays import read_overlay
from services.people.assignments import AssignmentForm, assign_member
from tests import factories as make
from tests.incident_town import NOW, Street, make_street
from tests.services.areas.test_changes import TODAY, WEST_HALF, present, split


def changed(street: Street) -> int:
    person = make.make_person("柳青", is_party_member=True)
    assign_member(street.command, AssignmentForm(person, street.grid_a, "core_member", make.FOUNDED), NOW)
    form = split(street, heir=0)
    return apply_change(street.administrator, form, plan_change(street.administrator, form, NOW).digest, NOW)


def test_a_change_is_told_with_old_and_new_and_what_waits(db: Database) -> None:
    street = make_street(households=620)
    changed(street)
    [view] = list_area_changes(street.leader_b)
    assert (view.kind, view.day, view.reason, view.made_by) == (ChangeKind.SPLIT, TODAY, "户数超过标准", "管理员")
    assert view.old == (("410311001001001", "书院格"),)
    assert view.new == (("410311001001003", "书院格一"), ("410311001001004", "书院格二"))
    assert view.figures["assignment"] == {"kept": 0, "moved": 1, "to_decide": 0}
    assert view.waiting == 3  # the member, the leader's account and the member's


def test_what_went_along_is_confirmed_or_put_into_the_other_part_once(db: Database) -> None:
    street = make_street()
    changed(street)
    first, second = present("书院格一").id, present("书院格二").id
    waiting = {(one.subject, one.name): one for one in list_carried(street.administrator)}
    member = waiting[CarriedSubject.ASSIGNMENT, "柳青"]
    assert (member.old, member.new_id, member.choices) == ("书院格", first, {first: "书院格一", second: "书院格二"})
    confirm_carried(street.administrator, member.id, second, NOW)
    confirm_carried(street.administrator, waiting[CarriedSubject.ACCOUNT, "方宁"].id, None, NOW)
    with reading(EVERYWHERE) as session:
        held = session.scalars(select(Assignment).where(Assignment.ends_on.is_(None))).one()
        assert (held.area_id, held.starts_on) == (second, TODAY)
        assert session.get_one(User, street.leader_a.user_id).area_id == first
    assert [one.name for one in list_carried(street.administrator)] == ["石磊"]
    with pytest.raises(CarriedAlready):
        confirm_carried(street.administrator, member.id, first, NOW)
    last = list_carried(street.administrator)[0]
    for wrong in (street.grid_b, 999_999):
        with pytest.raises(NotFound):
            confirm_carried(street.administrator, last.id, wrong, NOW)
    with pytest.raises(NotFound):
        confirm_carried(street.administrator, 999_999)


def test_all_that_waits_is_confirmed_at_once(db: Database) -> None:
    street = make_street()
    changed(street)
    assert confirm_all(street.administrator, NOW) == 3
    assert list_carried(street.administrator) == []


def test_a_click_chooses_the_area_of_the_wanted_level(db: Database) -> None:
    street = make_street()
    assert area_at(street.administrator, *WEST_HALF, "grid") == street.grid_a
    assert area_at(street.administrator, *WEST_HALF, "community") == street.community
    assert area_at(street.administrator, *WEST_HALF, "micro_grid") is None
    assert area_at(street.administrator, 100.0, 20.0, "grid") is None


def test_the_parts_of_a_plan_are_shown_with_their_labels(db: Database) -> None:
    street = make_street(households=620)
    plan = plan_change(street.administrator, split(street), NOW)
    overlay = change_overlay(street.administrator, plan, ("一", "二"))
    features = json.loads(read_overlay(street.administrator, overlay.token))["features"]
    assert [one["properties"] for one in features] == [
        {"kind": "part0", "label": "一"}, {"kind": "part1", "label": "二"},
    ]  # fmt: skip


def test_who_may_not_change_the_register_confirms_nothing(db: Database) -> None:
    street = make_street()
    with pytest.raises(PermissionDenied):
        list_carried(street.command)
    with pytest.raises(PermissionDenied):
        confirm_carried(street.command, 1)
    with pytest.raises(PermissionDenied):
        confirm_all(street.command)
    with pytest.raises(PermissionDenied):
        list_area_changes(street.visitor)
