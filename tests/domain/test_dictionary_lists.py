"""Lists of strangers: headers, limits, merged cells, notes, rows that are none."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import ClockKind, Limit
from domain.dictionaries import DictionaryEntry, Words
from domain.dictionary_changes import compare_lists
from domain.dictionary_lists import DictionaryList, NoDictionaryHeader, UnusableRow, read_limit, read_list

HEADER = ["大类", "小类", "立案条件", "时限", "结案标准", "责任部门", "照片"]
ROW = ["设施", "井盖", "缺失", "2紧急工作时", "已补齐", "市政", "是"]


def row(**values: Any) -> list[Any]:
    names = ("family", "item", "condition", "limit", "standard", "department", "photo")
    return [values.get(name, cell) for name, cell in zip(names, ROW, strict=True)]


def read(*rows: Sequence[Any], known: Sequence[DictionaryEntry] = ()) -> DictionaryList:
    return read_list([["一张表"], HEADER, *rows], known)


@pytest.mark.parametrize(
    ("said", "clock", "amount", "kind"),
    [
        ("2紧急工作时", "", 2, ClockKind.EMERGENCY_HOUR),
        ("4 个工作时", "", 4, ClockKind.WORKING_HOUR),
        ("4个工作小时", "", 4, ClockKind.WORKING_HOUR),
        ("二个工作日", "", 2, ClockKind.WORKING_DAY),
        ("十五个工作日", "", 15, ClockKind.WORKING_DAY),
        ("半个工作日", "", 0.5, ClockKind.WORKING_DAY),
        ("２４小时", "", 24, ClockKind.EMERGENCY_HOUR),
        ("7天", "", 7, ClockKind.CALENDAR_DAY),
        ("3自然日", "", 3, ClockKind.CALENDAR_DAY),
        ("2（工作日）", "", 2, ClockKind.WORKING_DAY),
        ("5个工作日内", "", 5, ClockKind.WORKING_DAY),
        (4.0, "工作时", 4, ClockKind.WORKING_HOUR),
        (0.5, "工作日", 0.5, ClockKind.WORKING_DAY),
    ],
)
def test_a_limit_is_read_as_offices_write_it(said: Any, clock: str, amount: float, kind: ClockKind) -> None:
    assert read_limit(said, clock) == Limit(amount, kind)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "no_limit"), ("", "no_limit"), ("尽快", "bad_limit"), (4, "no_clock"), ("4个月", "bad_clock"),
        ("0工作日", "bad_limit"), ("99999天", "bad_limit"), ("-2工作日", "bad_limit"), ("二三工作日", "bad_limit"),
        ("2或4工作时", "bad_clock"),
    ],
)  # fmt: skip
def test_a_limit_that_says_nothing_is_refused(said: Any, reason: str) -> None:
    with pytest.raises(UnusableRow) as why:
        read_limit(said)
    assert why.value.reason == reason


@given(st.one_of(st.none(), st.text(max_size=12), st.integers(), st.floats(), st.booleans()), st.text(max_size=6))
def test_no_cell_makes_a_limit_fail_otherwise(said: Any, clock: str) -> None:
    with suppress(UnusableRow):
        assert read_limit(said, clock).amount > 0


def test_empty_cells_under_a_family_and_a_class_mean_the_same() -> None:
    found = read(row(), row(family=None, item=None, condition="松动", photo="否"), row(family=None, item="路灯"))
    assert [(entry.family_name.zh, entry.class_name.zh, entry.condition_name.zh) for entry in found.entries] == [
        ("设施", "井盖", "缺失"), ("设施", "井盖", "松动"), ("设施", "路灯", "缺失"),
    ]  # fmt: skip
    assert [entry.photo_required for entry in found.entries] == [True, False, True]
    assert not any(entry.example for entry in found.entries)


def test_a_class_does_not_run_on_into_the_next_family() -> None:
    found = read(row(), row(family="市容", item=None))
    assert [(bad.row, bad.reason) for bad in found.bad] == [(4, "no_class")]


def test_notes_headings_and_repeated_headers_are_no_entries() -> None:
    found = read(
        ["一、设施类"], row(family=None), HEADER, [None] * 7, ["注：夜间也计时"] * 7, ["合计", "1", "", "", "", "", ""],
        ["本表由街道综合治理岗负责解释，自发布之日起试行。"],
    )  # fmt: skip
    assert [entry.family_name.zh for entry in found.entries] == ["设施类"]
    assert (found.rows, found.notes, found.bad) == (1, 4, ())


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"item": None}, "no_class"), ({"family": None}, "no_family"), ({"limit": None}, "no_limit"),
        ({"standard": " "}, "no_standard"), ({"department": None}, "no_department"), ({"photo": "也许"}, "bad_photo"),
        ({"item": "长" * 61}, "text_too_long"), ({"standard": "\x07坏"}, "control_characters"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_entry_is_named_with_its_reason(values: dict[str, Any], reason: str) -> None:
    found = read(row(**values))
    assert [(bad.row, bad.reason) for bad in found.bad] == [(3, reason)]
    assert found.entries == ()


def test_a_row_that_says_the_same_again_is_named() -> None:
    found = read(row(), row(limit="3天"))
    assert [(bad.row, bad.reason, bad.detail) for bad in found.bad] == [(4, "twice", "3")]


def test_a_sheet_without_the_columns_is_refused() -> None:
    with pytest.raises(NoDictionaryHeader) as refused:
        read_list([["大类", "小类", "时限"], ["a", "b", "1天"]])
    assert refused.value.values["missing"] == "结案标准、责任部门"


def test_what_has_been_there_keeps_its_key_and_its_english() -> None:
    known = DictionaryEntry(
        "facilities", Words("设施", "Facilities"), "manhole", Words("井盖", "Manhole"), "missing",
        Words("缺失", "Missing"), Limit(2, ClockKind.EMERGENCY_HOUR), Words("已补齐", "Put back"),
        Words("市政", "Works"), last_version=1,
    )  # fmt: skip
    same, new = read(row(), row(item="路灯", condition=None, standard="亮了"), known=[known]).entries
    assert same == replace(known, photo_required=True, example=False, last_version=None)
    assert (new.family, new.standard) == ("facilities", Words("亮了", "亮了"))
    assert new.category.startswith("c")
    assert read(row(item="路灯", condition=None), known=[known]).entries[0].category == new.category


ENTRIES = st.lists(
    st.builds(
        lambda item, condition, limit, photo: replace(
            read(row(item=item, condition=condition, limit=f"{limit}天", photo="是" if photo else "否")).entries[0]
        ),
        st.sampled_from("甲乙丙丁"), st.sampled_from(["", "一", "二"]), st.integers(1, 3), st.booleans(),
    ),
    max_size=8, unique_by=lambda entry: entry.key,
)  # fmt: skip


@given(ENTRIES, ENTRIES)
def test_every_entry_is_added_changed_closed_or_unchanged(
    present: list[DictionaryEntry], new: list[DictionaryEntry]
) -> None:
    found = compare_lists(present, new)
    assert len(found.added) + len(found.changed) + len(found.unchanged) == len(new)
    assert len(found.closed) + len(found.changed) + len(found.unchanged) == len(present)
    assert compare_lists(new, new).is_empty
    kept = [change.after for change in found.changed]
    assert {e.key for e in (*found.added, *kept, *found.unchanged)} == {e.key for e in new}


@pytest.mark.parametrize("item", ["注水肉", "说明书张贴", "审核不严", "备注本丢失", "合计器损坏", "填报虚假"])
def test_an_entry_whose_class_begins_like_a_note_is_not_dropped(item: str) -> None:
    """Also where most of its cells are missing: then it is a bad row that is named."""
    whole = read(row(family=item, item=item, standard=item, department=item))
    assert (whole.notes, len(whole.entries)) == (0, 1)
    short = read([None, item, None, "2工作日", "已处理", None, None])
    assert (short.notes, [bad.reason for bad in short.bad]) == (0, ["no_family"])


@pytest.mark.parametrize(
    "note", [["注：时限从派遣起算"], ["注1、法定节假日顺延", "见附件"], ["说明", "本表试行"], ["合计29类", None, 29],
             ["填表人：张安", "审核：李安"], ["制表单位：街道办", None, "2026年3月"]],
)  # fmt: skip
def test_notes_and_sums_are_notes(note: list[Any]) -> None:
    found = read(ROW, [*note, *[None] * (len(ROW) - len(note))])
    assert (found.notes, found.bad, len(found.entries)) == (1, (), 1)


def test_a_class_alone_beside_a_column_of_families_is_an_entry_that_misses_the_rest() -> None:
    found = read(ROW, [None, "路灯不亮", None, None, None, None, None])
    assert (found.notes, [(bad.row, bad.reason) for bad in found.bad]) == (0, [(4, "no_limit")])
