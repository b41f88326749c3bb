"""Typed texts: what is kept, what is refused."""

import pytest

from domain.texts import ControlCharacters, EmptyText, TextTooLong, clean_line, clean_text


def test_line_is_trimmed_and_composed_when_typed_loosely() -> None:
    assert clean_line("  平安\u3000里\t二  期 ", "name", 20) == "平安 里 二 期"
    assert clean_line("e\u0301", "name", 1) == "é"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "${7*7}", "</script>", "=1+1", "'; DROP TABLE areas"])
def test_markup_is_kept_as_text_when_typed(text: str) -> None:
    assert clean_line(text, "name", 100) == text


@pytest.mark.parametrize("text", ["", "   ", None, "\u200b", "\u3164\u2800", "\u200d \u00ad", "\u2028"])
def test_empty_is_refused_when_required(text: str | None) -> None:
    with pytest.raises(EmptyText):
        clean_line(text, "name", 10)


def test_empty_is_kept_when_not_required() -> None:
    assert [clean_line(text, "name", 10, required=False) for text in ("", "  ", None, "\u200b")] == [""] * 4


def test_signs_without_ink_are_left_out_when_copied_along() -> None:
    assert clean_line("张\u200b安\u00ad", "name", 2) == "张安"


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧", "𠮷野", "\ue000", "\U00031350", "ئۇيغۇر"])
def test_rare_characters_are_kept_when_typed(text: str) -> None:
    assert clean_line(text, "name", 20) == text


@pytest.mark.parametrize("text", ["a\x00b", "a\x07", "\x1b[31mred", "txt\u202egnp.exe", "\ud800", "a\ufffe", "\uffff"])
def test_control_characters_are_refused_when_met(text: str) -> None:
    with pytest.raises(ControlCharacters):
        clean_line(text, "name", 100)
    with pytest.raises(ControlCharacters):
        clean_text(text, "name", 100)


def test_length_is_refused_when_over() -> None:
    assert clean_line("x" * 10, "name", 10)
    with pytest.raises(TextTooLong) as refused:
        clean_line("x" * 11, "name", 10)
    assert refused.value.values == {"field": "name", "most": 10, "length": 11}


def test_lines_are_kept_when_several() -> None:
    assert clean_text(" a \r\n\r\nb\rc  ", "text", 20) == "a\n\nb\nc"
