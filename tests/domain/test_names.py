"""Surnames and masked numbers."""

import pytest

from domain.names import mask_phone, surname_of


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("王小明", "王"),
        ("欧阳修", "欧阳"),
        ("诸葛孔明", "诸葛"),
        ("歐陽修", "歐陽"),
        ("司马", "司"),
        ("南一", "南"),
        (" 李强 ", "李"),
        ("阿依古丽·买买提", "阿依古丽"),
        ("Aynur Turdi", "Aynur"),
        ("Madonna", "Madonna"),
        ("王", "王"),
        ("", ""),
    ],
)
def test_surname_is_what_one_calls(name: str, surname: str) -> None:
    assert surname_of(name) == surname


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138 **** 5678"),
        ("+86 13812345678", "+86 1******5678"),
        ("0379-65123456", "037*-****3456"),
        ("65123456", "******56"),
        ("12345", "****5"),
        ("110", "**0"),
        ("5", "*"),
        ("微信 13812345678", "** 138****5678"),
        ("", ""),
        (None, ""),
    ],
)
def test_phone_is_masked_in_the_middle(phone: str | None, masked: str) -> None:
    assert mask_phone(phone) == masked
