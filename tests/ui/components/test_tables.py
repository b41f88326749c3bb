"""Tables of records: what people wrote stays text, what is markup stands as it is."""

import pytest

from ui.components.tables import PLAIN, SUMS, WORDS, Html, link, marked, table_html

CODE = "<img src=x onerror=alert(1)>\"'`${1}"
SHOWN = "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&#96;&#36;&#123;1&#125;"


def test_a_table_has_its_titles_and_a_line_for_each_record() -> None:
    assert table_html(["网格", "户数"], [("一格", 620), ("二格", 12)], SUMS) == (
        '<table class="lg-table"><thead><tr><th scope="col">网格</th><th scope="col">户数</th></tr></thead>'
        "<tbody><tr><td>一格</td><td>620</td></tr><tr><td>二格</td><td>12</td></tr></tbody></table>"
    )


def test_text_that_looks_like_code_stays_text() -> None:
    shown = table_html([CODE], [(CODE,)])
    assert "<img" not in shown
    assert shown.count(SHOWN) == 2


@pytest.mark.parametrize("html", [link("/points?id=1", CODE), link("/points", "x", CODE), link(CODE, "x")])
def test_no_part_of_a_link_becomes_code(html: str) -> None:
    assert "<img" not in html
    assert html.count(SHOWN) == 1


def test_words_in_a_tone_stay_text() -> None:
    assert marked(CODE, "lg-soon") == f'<span class="lg-soon">{SHOWN}</span>'
    assert CODE not in marked("x", CODE)


def test_html_stands_as_it_is_and_a_link_in_a_cell_works() -> None:
    shown = table_html(["a"], [(Html("<b>1</b>"),), (link("/points?id=1&view=own", "2", chosen=True),)])
    assert "<td><b>1</b></td>" in shown
    assert '<td><a href="/points?id=1&amp;view=own" target="_self" aria-current="true">2</a></td>' in shown


def test_a_joined_text_is_no_html_any_more() -> None:
    joined = Html("<b>") + CODE  # what is put together must be declared anew, or it is escaped
    assert table_html(["a"], [(joined,)]).count("<b>") == 0


def test_lines_have_a_head_and_stand_back_as_told() -> None:
    shown = table_html(["", "数"], [("甲", 1), ("乙", 2)], PLAIN, named=True, quiet={1})
    assert '<tr><th scope="row">甲</th><td>1</td></tr><tr class="lg-quiet"><th scope="row">乙</th>' in shown


def test_kinds_differ_in_their_classes() -> None:
    assert [table_html([], [], kind).split('"')[1] for kind in (SUMS, PLAIN, WORDS)] == [
        "lg-table", "lg-table lg-table-plain", "lg-table lg-table-words",
    ]  # fmt: skip
