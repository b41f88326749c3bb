"""An invented admission list: what two departments hand to the grids, one item temporary, one expired (合成)."""

from datetime import date, datetime, timedelta

from db.models import WorkItem
from domain.work_items import WorkItemKind
from services.demo.rows import Rows

_K = WorkItemKind
# Name, kind, family or class, hours of a grid in a month; then of a temporary one its days from and to today.
_OWN = (
    ("消防通道和飞线充电巡查", _K.HAZARDS, "safety", 6.0, None),
    ("暴露垃圾巡查上报", _K.OTHER, "environment", 8.0, None),
    ("汛期积水点值守", _K.EMERGENCIES, "flooding", 4.0, (-20, 40)),
    ("户外招牌安全排查", _K.HAZARDS, "loose_sign", 3.0, (-90, -10)),
)
_OTHERS = (
    ("矛盾纠纷排查", _K.DISPUTES, "disputes", 5.0, None),
    ("惠民政策上门宣传", _K.PUBLICITY, "", 2.0, None),
)


def add_work_items(rows: Rows, department: tuple[int, str], now: datetime, day: date) -> None:
    """Items of the department with an account, and of one that only asks for help."""
    for (user_id, name), items in ((department, _OWN), ((None, "街道平安办"), _OTHERS)):
        for title, kind, covers, hours, days in items:
            first, last = (day + timedelta(days=n) for n in days) if days else (day - timedelta(days=300), None)
            rows.add(
                WorkItem, name=title, kind=kind.value, department=name, department_id=user_id, covers=covers,
                basis="街道事项准入清单（示例）",
                hours=hours, temporary=days is not None, approved_by="街道指挥中心" if days else "", valid_from=first,
                valid_to=last, created_by=None, created_at=now - timedelta(days=100),
            )  # fmt: skip
