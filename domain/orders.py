"""Work orders of other systems (12345, 311): their fields, what their headers are called, and how their cells are read
(features N1, DOMAIN.md 2.6). Values in, values out.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from domain.call_backs import Satisfaction
from domain.clock import LOCAL


class OrderField(StrEnum):
    """What a column of a file can be."""

    NUMBER = "number"
    TITLE = "title"
    CONTENT = "content"
    CATEGORY = "category"
    URGENCY = "urgency"
    STATUS = "status"
    REPORTED_AT = "reported_at"
    DISPATCHED_AT = "dispatched_at"
    ANSWERED_AT = "answered_at"
    CLOSED_AT = "closed_at"
    DUE_AT = "due_at"
    ANSWER = "answer"
    PLACE = "place"
    AREA = "area"
    LON = "lon"
    LAT = "lat"
    REPORTER_NAME = "reporter_name"
    REPORTER_PHONE = "reporter_phone"
    CALLED_AT = "called_at"
    CALL_VALID = "call_valid"
    CALL_RESPONDED = "call_responded"
    CALL_SOLVED = "call_solved"
    CALL_SATISFACTION = "call_satisfaction"


REQUIRED = (OrderField.NUMBER, OrderField.REPORTED_AT)
SEVERAL = frozenset({OrderField.CONTENT, OrderField.CATEGORY, OrderField.PLACE, OrderField.ANSWER})
"""Fields that may come from several columns: texts are joined, of categories the first that is filled counts."""


class Ending(StrEnum):
    """Where a work order stands at its source."""

    OPEN = "open"
    CLOSED = "closed"
    VOIDED = "voided"


# What platforms call their columns, as headers are compared (``plain``). The order of a line is that of preference.
_F = OrderField
ALIASES: dict[OrderField, tuple[str, ...]] = {
    _F.NUMBER: ("工单编号", "工单号", "诉求编号", "受理编号", "受理单号", "案件编号", "案卷编号", "案卷号", "事件编号",
                "任务号", "流水号", "编号", "servicerequestnumber", "requestnumber", "casenumber", "caseid",
                "uniquekey", "number"),
    _F.TITLE: ("工单标题", "诉求标题", "事件标题", "案件标题", "标题", "subject", "title"),
    _F.CONTENT: ("主要内容", "诉求内容", "工单内容", "反映内容", "问题描述", "事件描述", "案件描述", "来电内容", "内容",
                 "描述", "description", "content"),
    _F.CATEGORY: ("三级分类", "二级分类", "一级分类", "问题分类", "诉求分类", "工单分类", "事件类型", "案件类型",
                  "小类名称", "小类", "类别", "whatisthenatureofthiscodeviolation", "complainttype", "category",
                  "typeofservicerequest"),
    _F.URGENCY: ("紧急程度", "缓急程度", "紧急等级", "urgency", "priority"),
    _F.STATUS: ("工单状态", "办理状态", "案件状态", "当前状态", "状态", "status"),
    _F.REPORTED_AT: ("来电时间", "诉求时间", "受理时间", "登记时间", "上报时间", "创建时间", "反映时间", "creationdate",
                     "createddate", "requesteddatetime", "reportedat"),
    _F.DISPATCHED_AT: ("派单时间", "派遣时间", "转办时间", "交办时间", "dispatchedat"),
    _F.ANSWERED_AT: ("反馈时间", "回复时间", "答复时间", "处置时间", "answeredat"),
    _F.CLOSED_AT: ("办结时间", "结案时间", "完成时间", "completiondate", "closeddate", "closedat"),
    _F.DUE_AT: ("办理期限", "办理时限", "截止时间", "截止日期", "到期时间", "要求办结时间", "duedate", "dueat"),
    _F.ANSWER: ("办理结果", "回复内容", "处理结果", "处置结果", "resolution", "answer"),
    _F.PLACE: ("详细地址", "事发地址", "事发地点", "诉求地址", "发生地点", "地址", "地点", "小区点位", "streetaddress",
               "incidentaddress", "address", "place"),
    _F.AREA: ("所属网格", "网格编码", "网格", "村社区", "所属社区", "社区", "communityarea", "area"),
    _F.LON: ("经度", "lon", "lng", "long", "longitude"),
    _F.LAT: ("纬度", "lat", "latitude"),
    _F.REPORTER_NAME: ("来电人", "诉求人", "反映人", "联系人", "来电人姓名", "reportername"),
    _F.REPORTER_PHONE: ("来电人电话账号", "来电人电话", "来电号码", "联系电话", "联系方式", "手机号", "电话",
                        "reporterphone"),
    _F.CALLED_AT: ("回访时间", "回访日期", "calledat"),
    _F.CALL_VALID: ("是否有效回访", "有效回访", "回访是否有效"),
    _F.CALL_RESPONDED: ("是否联系", "是否已联系", "是否响应"),
    _F.CALL_SOLVED: ("是否解决", "诉求是否解决", "问题是否解决"),
    _F.CALL_SATISFACTION: ("是否满意", "满意度", "满意情况"),
}  # fmt: skip
_CLOSED = ("已办结", "办结", "已结案", "结案", "已完成", "完成", "已归档", "归档", "closed", "completed", "resolved")
_VOIDED = ("已作废", "作废", "无效", "已撤单", "撤单", "已撤销", "voided", "cancelled", "canceled")
_OPEN = ("办理中", "处理中", "待办", "待办理", "待受理", "已受理", "受理", "待派单", "已派单", "未办结", "已挂账",
         "挂账", "open", "inprogress", "pending", "new", "assigned")  # fmt: skip
_ENDINGS = (
    dict.fromkeys(_CLOSED, Ending.CLOSED) | dict.fromkeys(_VOIDED, Ending.VOIDED) | dict.fromkeys(_OPEN, Ending.OPEN)
)
_YES = ("是", "有", "有效", "联系", "已联系", "响应", "已响应", "解决", "已解决", "yes", "y", "true", "1")
_NO = ("否", "无", "无效", "没有", "未联系", "未响应", "未解决", "no", "n", "false", "0")
_ANSWERS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
_CONTENT = dict.fromkeys(("满意", "非常满意", "是"), Satisfaction.SATISFIED) | {
    "基本满意": Satisfaction.FAIRLY
} | dict.fromkeys(("不满意", "否"), Satisfaction.DISSATISFIED)  # fmt: skip
_NOT_A_WORD = re.compile(r"[\W_]+")
_DIGITS = 15  # a spreadsheet keeps so many of a number


def plain(text: str) -> str:
    """A header or a word as it is compared: half-width, lower case, letters and digits alone."""
    return _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text)).casefold()


def known_ending(word: str) -> Ending | None:
    """What a status means by its usual words; None for an unknown one. "Completed - Dup" is completed."""
    whole = _ENDINGS.get(plain(word))
    return whole or _ENDINGS.get(plain(re.split(r"[-–—(（:：]", word, maxsplit=1)[0]))


def known_answer(word: str) -> bool | None:
    """What 是否…? was answered with; None for an unknown word."""
    return _ANSWERS.get(plain(word))


def known_satisfaction(word: str) -> Satisfaction | None:
    """满意, 基本满意, 不满意 (DOMAIN.md 2.6), or yes and no; None for an unknown word."""
    return _CONTENT.get(plain(word))


def guess_columns(header: Sequence[str | None]) -> dict[OrderField, tuple[str, ...]]:
    """Field → columns of a header that its aliases name, in the order of preference; one column serves one field."""
    by_plain: dict[str, str] = {}
    for name in header:
        if name:
            by_plain.setdefault(plain(name), name)
    found: dict[OrderField, tuple[str, ...]] = {}
    for field, aliases in ALIASES.items():
        columns = [by_plain[alias] for alias in aliases if alias in by_plain]
        if columns:
            found[field] = tuple(columns) if field is OrderField.CATEGORY else (columns[0],)
    return found


class UnreadableCell(ValueError):
    """A cell that cannot be what its column says. ``reason`` is a key of ``orders.refused.*``."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")


def read_number(cell: object) -> str:
    """The number of a work order. Raises UnreadableCell: none, a fraction, too long for a numeric cell, scientific."""
    if cell is None or isinstance(cell, bool | datetime | date | time):
        raise UnreadableCell("no_number")
    if isinstance(cell, int | float):
        if abs(cell) >= 10 ** (_DIGITS - 1):
            raise UnreadableCell("lossy_number", f"{cell:.0f}")
        if cell != int(cell):
            raise UnreadableCell("no_number", str(cell))
        return str(int(cell))
    text = str(cell).strip()
    if _SCIENTIFIC.fullmatch(text):
        raise UnreadableCell("lossy_number", text)
    if not text or len(text) > 60 or not text.isprintable():
        raise UnreadableCell("no_number", text[:60])
    return text


_DATE = re.compile(
    r"(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})\s*[日号]?"
    r"(?:[\sT]*(\d{1,2})\s*[:：时点]\s*(?:(\d{1,2})\s*分?)?(?:\s*[:：]?\s*(\d{1,2})\s*秒?)?(?:\.\d+)?\s*([AaPp][Mm])?)?"
)  # fmt: skip
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
_EXCEL_START = datetime(1899, 12, 30, tzinfo=LOCAL)


def read_moment(cell: object, order: str = "ymd") -> datetime | None:
    """An instant in UTC of a cell on a Shanghai clock, None for an empty one.

    Text as 2024-03-05 14:20[:33], 2024/3/5, 2024.3.5, 2024年3月5日14时20分, 20240305[142033]; with the year last only
    where ``order`` says mdy or dmy. A cell that is a date or, as spreadsheets keep them, a number of days is taken as
    such. A text with an offset of its own (Z, +08:00) keeps it. Raises UnreadableCell.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str) and (usual := _usual_moment(cell)) is not None:
        return usual
    found = _moment(cell, order)
    if found is None or not 1950 <= found.year < 2100:
        raise UnreadableCell("bad_date", str(cell)[:40])
    return (found if found.tzinfo else found.replace(tzinfo=LOCAL)).astimezone(UTC)


_USUAL = re.compile(r"(?:199[2-9]|20\d\d)-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", re.ASCII)
_DAY = len("2024-03-05")
_EAST = timedelta(hours=8)  # Shanghai's clock since 1992, without summer time


def _usual_moment(cell: str) -> datetime | None:
    """The spelling that nearly every file has, read in a tenth of the time; None for any other."""
    if not _USUAL.fullmatch(cell):
        return None
    try:
        return datetime.fromisoformat(f"{cell}Z" if len(cell) > _DAY else f"{cell}T00:00Z") - _EAST
    except ValueError:
        return None


def _moment(cell: object, order: str) -> datetime | None:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time(), LOCAL)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if _EXCEL_DAYS[0] <= cell < _EXCEL_DAYS[1]:
            return _EXCEL_START + timedelta(seconds=round(cell * 86_400))
        return _moment(f"{cell:.0f}", order) if cell >= 10**7 else None
    if not isinstance(cell, str):
        return None
    text = unicodedata.normalize("NFKC", cell).strip()
    try:
        if match := _DATE.fullmatch(text):
            return _from_parts(match.groups(), order)
        if match := _COMPACT.fullmatch(text):
            return datetime(*(int(part or 0) for part in match.groups()), tzinfo=LOCAL)  # type: ignore[arg-type, misc]
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_parts(parts: Sequence[str | None], order: str) -> datetime | None:
    first, second, third = (int(part or 0) for part in parts[:3])
    if len(parts[0] or "") == 4:
        year, month, day = first, second, third
    elif len(parts[2] or "") == 4 and order in ("mdy", "dmy"):
        year = third
        month, day = (first, second) if order == "mdy" else (second, first)
    else:
        return None  # 03/05/2024 is March or May: nobody guesses
    hour, minute, seconds = (int(part or 0) for part in parts[3:6])
    half = (parts[6] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return datetime(year, month, day, hour, minute, seconds, tzinfo=LOCAL)
