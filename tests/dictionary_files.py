"""A list of incident classes as an office sends it: a title over the width, merged families and classes, notes."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEADER = ("序号", "大类", "小类", "立案条件", "处置时限", "结案标准", "责任部门", "照片")
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, "设施损坏", "井盖缺损", "井盖缺失", "2紧急工作时", "井盖已补齐", "区市政设施管理部门", "是"),
    (2, None, None, "破损大于25平方厘米", "4 个工作时", "井盖已更换", "区市政设施管理部门", "是"),
    (3, None, None, "松动异响", "2工作日", "无异响", "区市政设施管理部门", "否"),
    (4, None, "路灯不亮", None, "1个工作日", "设施已修复或更换，可以安全使用。", "区市政设施管理部门", "否"),
    (5, "市容环境", "暴露垃圾", None, "四工作时", "垃圾已清走", "街道市容环境管理岗", "是"),
)
MERGED = ("A1:H1", "B3:B6", "C3:C5", "A8:H8", "A9:H9")
NOTES = ("注：紧急工作时夜间也计时。", "本清单自发布之日起试行，由街道综合治理岗负责解释，有问题请联系我们。")


def book(
    rows: Sequence[Sequence[Any]] = ROWS, header: Sequence[str] = HEADER, merged: Sequence[str] = MERGED,
    notes: Sequence[str] = NOTES, title: str = "街道事项目录（2026年版）",
) -> bytes:  # fmt: skip
    """The bytes of the workbook; ``merged`` are ranges of cells such as B3:B6."""
    lines = [[title], list(header), *(list(row) for row in rows), *([note] for note in notes)]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet("目录")
        for place, line in enumerate(lines):
            sheet.write_row(place, 0, line)
        for span in merged:
            (top, left, _, _) = found = xl_range(span)
            value = lines[top][left] if top < len(lines) else ""
            sheet.merge_range(*found, value)
    return out.getvalue()


def xl_range(span: str) -> tuple[int, int, int, int]:
    """``B3:B6`` as rows and columns from 0."""
    ends = [(int(cell[1:]) - 1, ord(cell[0]) - ord("A")) for cell in span.split(":")]
    return (*ends[0], *ends[1])
