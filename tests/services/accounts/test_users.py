"""Accounts: made, unlocked, kept out."""

from dataclasses import replace

import pytest

from db.models import AuditEntry
from db.session import Database
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from domain.texts import EmptyText
from services.accounts import sessions, users
from services.accounts.lockout import MAX_FAILURES
from services.accounts.users import AreaNeeded, LastAdministrator, UnknownRole, UserExists, UserForm
from tests.factories import make_person, make_user

FORM = UserForm("zhang", "张主任", "command_centre", "a long password")


def test_account_signs_in_when_added(db: Database) -> None:
    view = users.add_user(SYSTEM, FORM)
    assert (view.username, view.role, view.area, view.is_active, view.is_locked) == (
        "zhang", "command_centre", None, True, False,
    )  # fmt: skip
    actor = sessions.find_actor(sessions.sign_in("zhang", "a long password"))
    assert actor is not None
    assert actor.role is Role.COMMAND_CENTRE
    assert users.list_accounts(SYSTEM) == [view]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"username": "  "}, EmptyText),
        ({"role": "king"}, UnknownRole),
        ({"password": "short"}, sessions.WeakPassword),
        ({"role": "grid_leader"}, AreaNeeded),
        ({"role": "grid_leader", "area": "no such"}, NotFound),
    ],
)
def test_account_is_refused_when_wrong(sqlite_db: Database, change: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        users.add_user(SYSTEM, replace(FORM, **change))
    assert users.list_accounts(SYSTEM) == []


def test_name_is_refused_when_taken(sqlite_db: Database) -> None:
    users.add_user(SYSTEM, FORM)
    with pytest.raises(UserExists):
        users.add_user(SYSTEM, FORM)


def test_sessions_end_when_disabled(db: Database) -> None:
    users.add_user(SYSTEM, replace(FORM, username="admin", role="administrator"))
    users.add_user(SYSTEM, FORM)
    token = sessions.sign_in("zhang", "a long password")
    users.set_active(SYSTEM, "zhang", False)
    assert sessions.find_actor(token) is None
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in("zhang", "a long password")
    users.set_active(SYSTEM, "zhang", True)
    assert sessions.find_actor(sessions.sign_in("zhang", "a long password")) is not None


def test_last_administrator_stays_when_disabled(sqlite_db: Database) -> None:
    users.add_user(SYSTEM, replace(FORM, username="admin", role="administrator"))
    with pytest.raises(LastAdministrator):
        users.set_active(SYSTEM, "admin", False)


def test_second_editor_is_told_when_stale(sqlite_db: Database) -> None:
    view = users.add_user(SYSTEM, FORM)
    users.set_active(SYSTEM, "zhang", False, view.version)
    with pytest.raises(StaleRecord):
        users.set_active(SYSTEM, "zhang", False, view.version)


def test_password_change_unlocks_and_ends_sessions(sqlite_db: Database) -> None:
    users.add_user(SYSTEM, FORM)
    token = sessions.sign_in("zhang", "a long password")
    for _ in range(MAX_FAILURES):
        with pytest.raises(sessions.SignInFailed):
            sessions.sign_in("zhang", "wrong")
    assert users.list_accounts(SYSTEM)[0].is_locked
    users.set_password(SYSTEM, "zhang", "another password")
    assert sessions.find_actor(token) is None
    assert sessions.find_actor(sessions.sign_in("zhang", "another password")) is not None


def test_others_are_refused_when_not_administrator(sqlite_db: Database) -> None:
    secretary = Actor(1, "li", "李书记", Role.COMMUNITY_SECRETARY)
    for call in (
        lambda: users.list_accounts(secretary),
        lambda: users.add_user(secretary, FORM),
        lambda: users.set_password(secretary, "zhang", "another password"),
        lambda: users.set_active(secretary, "zhang", False),
    ):
        with pytest.raises(PermissionDenied):
            call()


def test_an_account_is_a_persons_once_it_was_said_whose_it_is(db: Database) -> None:
    view, person = users.add_user(SYSTEM, FORM), make_person("张安")
    assert (view.person_id, view.person) == (None, "")
    linked = users.link_person(SYSTEM, "zhang", person, view.version)
    assert (linked.person_id, linked.person) == (person, "张安")
    actor = sessions.find_actor(sessions.sign_in("zhang", "a long password"))
    assert actor is not None
    assert actor.person_id == person
    with pytest.raises(StaleRecord):
        users.link_person(SYSTEM, "zhang", None, view.version)
    for name, number in (("zhang", 4711), ("nobody", person)):
        with pytest.raises(NotFound):
            users.link_person(SYSTEM, name, number, linked.version)
    with pytest.raises(PermissionDenied):
        users.link_person(make_user(Role.COMMAND_CENTRE), "zhang", None, linked.version)
    assert users.link_person(SYSTEM, "zhang", None, linked.version).person == ""
    with db.reading(EVERYWHERE) as session:
        said = [entry.detail for entry in session.query(AuditEntry).filter_by(action="user.person")]
    assert said == [f"- → {person}", f"{person} → -"]
