"""Codes of cases: readable, of the number and the key alone, never matched by chance spellings."""

import re

import pytest

from domain.case_codes import case_code, is_case_code

KEY, OTHER = b"k" * 32, b"o" * 32
NUMBER = "QT-20260318-0001"


def test_a_code_is_eight_letters_that_nobody_misreads() -> None:
    codes = {case_code(KEY, f"QT-20260318-{number:04d}") for number in range(2000)}
    assert len(codes) == 2000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_a_code_is_of_its_number_and_key() -> None:
    code = case_code(KEY, NUMBER)
    assert is_case_code(KEY, NUMBER, code)
    assert not is_case_code(OTHER, NUMBER, code)
    assert not is_case_code(KEY, NUMBER[:-1] + "2", code)


@pytest.mark.parametrize("typed", ["", "-", "　", "编号", "\ud800", "0" * 500])
def test_whatever_is_typed_is_no_code(typed: str) -> None:
    assert not is_case_code(KEY, NUMBER, typed)
