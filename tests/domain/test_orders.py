from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import to_local
from domain.orders import (
    ALIASES,
    Ending,
    OrderField,
    UnreadableCell,
    guess_columns,
    known_ending,
    plain,
    read_moment,
    read_number,
)

AT = datetime(2024, 3, 5, 6, 20, tzinfo=UTC)  # 14:20 in Shanghai


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-05 14:20", "2024-3-5 14:20:00", "2024/3/5 14:20", "2024.03.05 14:20", "2024年3月5日 14时20分",
        "2024年03月05日14:20:00", "２０２４－０３－０５ １４：２０", "202403051420", "20240305142000",
        "2024-03-05T14:20", "2024-03-05T06:20:00Z", "2024-03-05 14:20:00.0", "2024/3/5 2:20 PM", 45356.597222222,
        datetime.fromisoformat("2024-03-05T14:20"),
    ],
)  # fmt: skip
def test_a_moment_in_its_spellings(cell: object) -> None:
    assert read_moment(cell) == AT


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    for cell in ("2024-03-05", "2024年3月5日", "20240305", date(2024, 3, 5), 45356, 20240305.0):
        assert read_moment(cell) == datetime(2024, 3, 4, 16, tzinfo=UTC)


def test_the_year_last_is_read_only_where_the_mapping_says_how() -> None:
    with pytest.raises(UnreadableCell):
        read_moment("03/05/2024")
    assert read_moment("03/05/2024 14:20", "mdy") == AT
    assert read_moment("05/03/2024 14:20", "dmy") == AT


@pytest.mark.parametrize("cell", ["2024-02-30", "昨天", "24-3-5", True, 3.0, "1924-01-01", "2024-13-01", "14:20"])
def test_what_is_no_moment(cell: object) -> None:
    with pytest.raises(UnreadableCell):
        read_moment(cell)


@given(st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001
def test_every_spelling_of_a_moment_is_the_same_instant(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    spelt = {
        read_moment(moment.strftime(form))
        for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日%H时%M分%S秒", "%Y%m%d%H%M%S")
    }
    assert spelt == {read_moment(moment)}
    assert to_local(spelt.pop() or AT).replace(tzinfo=None) == moment


def test_numbers_that_a_spreadsheet_may_have_cut_are_refused() -> None:
    assert read_number("202403050002777777") == "202403050002777777"
    assert read_number(20240305000214.0) == "20240305000214"
    for cell in (202403050002144.0, 2.02403050002777e17, "2.02403E+17"):
        with pytest.raises(UnreadableCell) as refused:
            read_number(cell)
        assert refused.value.reason == "lossy_number"
    for empty in (None, "", "  ", 1.5, True, "a\x00b", "x" * 61):
        with pytest.raises(UnreadableCell):
            read_number(empty)


def test_words_for_the_end_of_a_case() -> None:
    assert known_ending("Completed - Dup") is Ending.CLOSED
    assert known_ending("已办结（满意）") is Ending.CLOSED
    assert known_ending("作废") is Ending.VOIDED
    assert known_ending("Open - Dup") is known_ending("办理中") is Ending.OPEN
    assert known_ending("神秘") is None


def test_headers_are_known_by_their_aliases() -> None:
    header = [
        "序号",
        "工单 编号",
        "问题分类(一级)",
        "三级分类",
        "一级分类",
        "主要内容",
        "来电时间",
        "来电人电话/账号",
        "村/社区",
    ]
    found = guess_columns(header)
    assert found[OrderField.NUMBER] == ("工单 编号",)
    assert found[OrderField.CATEGORY] == ("三级分类", "一级分类")
    assert found[OrderField.REPORTER_PHONE] == ("来电人电话/账号",)
    assert found[OrderField.AREA] == ("村/社区",)
    assert OrderField.TITLE not in found


def test_no_alias_names_two_fields() -> None:
    every = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(every) == len(set(every))
    assert all(plain(alias) == alias for alias in every)
