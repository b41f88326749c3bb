"""Codes for checking in: how long they hold, and that nothing of them can be changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.check_in_codes import (
    CheckInCode,
    CodeExpired,
    CodeForged,
    CodePurpose,
    read_code,
    step_at,
    write_code,
)

KEY = b"key of this installation"
NOW = datetime(2026, 3, 18, 6, 0, 10, tzinfo=UTC)
CODE = CheckInCode(7, CodePurpose.IN, step_at(NOW))


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_code_holds_for_its_own_step_and_the_next() -> None:
    text = write_code(KEY, CODE)
    for seconds in (-10, 0, 19, 20, 49):
        assert read_code(KEY, text, after(seconds)) == CODE
    for seconds in (50, 3600, -11):
        with pytest.raises(CodeExpired):
            read_code(KEY, text, after(seconds))


def test_a_ticket_holds_for_minutes_and_for_its_holder_alone() -> None:
    ticket = write_code(KEY, CheckInCode(7, CodePurpose.OUT, step_at(NOW), holder=3))
    assert read_code(KEY, ticket, after(280), holder=3).holder == 3
    with pytest.raises(CodeExpired):
        read_code(KEY, ticket, after(300), holder=3)
    for other in (0, 4):
        with pytest.raises(CodeForged):
            read_code(KEY, ticket, NOW, holder=other)
    with pytest.raises(CodeForged):
        read_code(KEY, write_code(KEY, CODE), NOW, holder=3)


@pytest.mark.parametrize(
    "text",
    ["", ".", "...", "7.in", "x.in.1.abc", "7.sideways.1.abc", "7.in.-1.abc", "7.in.1.", "7.in.٣.abc", "7.in.1.号",
     "9" * 5000, "7.in.1." + "a" * 5000, "7.in.1.a.b", "\x00"],
)  # fmt: skip
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(CodeForged):
        read_code(KEY, text, NOW)


def test_no_part_of_a_code_can_be_changed() -> None:
    number, purpose, step, digest = write_code(KEY, CODE).split(".")
    for changed in (
        f"8.{purpose}.{step}.{digest}", f"{number}.out.{step}.{digest}", f"{number}.{purpose}.{int(step) + 1}.{digest}",
        f"{number}.{purpose}.{step}.{digest[:-1]}", f"{number}.{purpose}.{step}.{digest[:-1]}_",
        write_code(b"another key", CODE),
    ):  # fmt: skip
        if changed != write_code(KEY, CODE):
            with pytest.raises(CodeForged):
                read_code(KEY, changed, NOW)


@given(st.text(max_size=90))
def test_reading_anything_ends_in_a_refusal(text: str) -> None:
    with pytest.raises((CodeForged, CodeExpired)):
        read_code(KEY, text, NOW)
