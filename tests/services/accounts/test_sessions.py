"""Sign-in: lock-out, ended and expired sessions, passwords."""

import secrets
from datetime import timedelta

import pytest

from db.session import Database
from domain.clock import utc_now
from domain.errors import InvalidText
from domain.permissions import Role
from services.accounts import sessions
from services.accounts.lockout import MAX_FAILURES, Attempts, is_marked_for
from tests.factories import make_area, make_user

PASSWORD = "correct horse"


def test_the_account_locks_after_five_failures_even_for_the_right_password(db: Database) -> None:
    make_user(username="duty", password_hash=sessions.hash_password(PASSWORD))
    now = utc_now()
    for _ in range(MAX_FAILURES):
        with pytest.raises(sessions.SignInFailed):
            sessions.sign_in("duty", "wrong password", now)
    with pytest.raises(sessions.AccountLocked):
        sessions.sign_in("duty", PASSWORD, now)
    assert sessions.find_actor(sessions.sign_in("duty", PASSWORD, now + timedelta(minutes=16))) is not None


def test_unknown_and_inactive_users_look_like_a_wrong_password(db: Database) -> None:
    make_user(username="gone", password_hash=sessions.hash_password(PASSWORD), is_active=False)
    for name in ("nobody", "gone"):
        with pytest.raises(sessions.SignInFailed):
            sessions.sign_in(name, PASSWORD)


def test_a_session_ends_when_signed_out_or_over(db: Database) -> None:
    make_user(username="duty", password_hash=sessions.hash_password(PASSWORD))
    now = utc_now()
    token, other = sessions.sign_in("duty", PASSWORD, now), sessions.sign_in("duty", PASSWORD, now)
    sessions.sign_out(token)
    assert sessions.find_actor(token, now) is None
    assert sessions.find_actor(other, now) is not None
    assert sessions.find_actor(other, now + timedelta(days=40)) is None
    assert sessions.find_actor("made up") is None


def test_the_actor_carries_the_path_of_the_area(db: Database) -> None:
    street = make_area("街道", level="street")
    grid = make_area("网格", parent=street)
    make_user(Role.GRID_LEADER, area=grid, username="leader", password_hash=sessions.hash_password(PASSWORD))
    actor = sessions.find_actor(sessions.sign_in("leader", PASSWORD))
    assert actor is not None
    assert actor.scope.area_paths == (f"/{street}/{grid}/",)


@pytest.mark.parametrize("password", ["short", "dutyofficer"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(sessions.WeakPassword):
        sessions.hash_password(password, "DutyOfficer")


def test_preferences_stay(db: Database) -> None:
    make_user(username="duty", password_hash=sessions.hash_password(PASSWORD))
    token = sessions.sign_in("duty", PASSWORD)
    actor = sessions.find_actor(token)
    assert actor is not None
    sessions.change_preferences(actor, locale="en", theme="dark")
    changed = sessions.find_actor(token)
    assert changed is not None
    assert (changed.locale, changed.theme) == ("en", "dark")


def test_a_session_in_use_goes_on_but_not_for_ever(db: Database) -> None:
    make_user(username="wall", password_hash=sessions.hash_password(PASSWORD))
    start = utc_now()
    token = sessions.sign_in("wall", PASSWORD, start)
    for hours in range(0, 40, 4):
        assert sessions.find_actor(token, start + timedelta(hours=hours)) is not None
    assert sessions.find_actor(token, start + timedelta(hours=36 + 13)) is None, "unused for longer than it lasts"
    token = sessions.sign_in("wall", PASSWORD, start)
    for hours in range(0, 30 * 24, 6):
        sessions.find_actor(token, start + timedelta(hours=hours))
    assert sessions.find_actor(token, start + sessions.LONGEST + timedelta(minutes=1)) is None


def test_a_name_without_account_locks_like_one_that_has_one(db: Database) -> None:
    now, nobody = utc_now(), secrets.token_hex(8)
    for _ in range(MAX_FAILURES):
        with pytest.raises(sessions.SignInFailed):
            sessions.sign_in(nobody, "wrong password", now)
    with pytest.raises(sessions.AccountLocked):
        sessions.sign_in(nobody, "wrong password", now)
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(nobody, "wrong password", now + timedelta(minutes=16))


def test_a_marked_browser_is_counted_on_its_own(db: Database) -> None:
    make_user(username="duty", password_hash=sessions.hash_password(PASSWORD))
    mark, now = sessions.browser_mark("duty"), utc_now()
    for _ in range(MAX_FAILURES):
        with pytest.raises(sessions.SignInFailed):
            sessions.sign_in("duty", "wrong password", now)
    assert sessions.find_actor(sessions.sign_in("duty", PASSWORD, now, mark)) is not None
    for _ in range(MAX_FAILURES):
        with pytest.raises(sessions.SignInFailed):
            sessions.sign_in("duty", "wrong password", now, mark)
    with pytest.raises(sessions.AccountLocked):
        sessions.sign_in("duty", PASSWORD, now, mark)


def test_a_mark_is_good_for_its_account_alone() -> None:
    mark = sessions.browser_mark("duty")
    assert is_marked_for(mark, "duty")
    assert not is_marked_for(mark, "admin")
    assert [is_marked_for(found, "duty") for found in (None, "", ".", mark[:-1], "x" + mark, "é.é")] == [False] * 6


def test_attempts_keep_the_last_keys_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.accounts.lockout.MOST_KEPT", 3)
    found, now = Attempts(), utc_now()
    for key in ("a", "b", "c", "d"):
        for _ in range(MAX_FAILURES):
            found.count(key, now)
    assert [found.must_wait(key, now) for key in ("a", "b", "c", "d")] == [False, True, True, True]


@pytest.mark.parametrize("username", ["", "  ", "a" * 61, "ad\u202emin"])
def test_the_first_administrator_needs_a_name_that_can_be_one(db: Database, username: str) -> None:
    with pytest.raises(InvalidText):
        sessions.make_first_administrator(username, "管理", PASSWORD)
    assert sessions.needs_first_administrator()
