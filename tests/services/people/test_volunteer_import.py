"""Volunteers from tables: who is added, known, refused; twice adds none; seven thousand at once."""

import csv
import io
from collections.abc import Sequence

import pytest
import xlsxwriter

from db.models import Person
from db.session import Database
from domain.errors import PermissionDenied, Refusal
from domain.permissions import EVERYWHERE, Role
from services.lists.files import ListFormat, harmless, list_file
from services.people.volunteer_files import NoNameColumn
from services.people.volunteer_import import (
    NobodyToImport,
    VolunteerPlan,
    apply_volunteer_import,
    plan_volunteer_import,
)
from services.people.volunteers import list_volunteers
from tests.factories import make_area, make_person, make_team, make_user, make_volunteer
from tests.services.people.test_volunteers import NOW
from tests.statements import recorded

HEADER = ("姓名", "队伍", "所属网格", "手机号", "同意留存联系方式", "加入日期")
RARE = "𡈼㐂"  # outside GBK: four bytes each in GB18030


@pytest.fixture
def town(db: Database) -> dict[str, int]:
    street = make_area("街道", level="street")
    one, two = make_area("一格", code="G1", parent=street), make_area("二格", code="G2", parent=street)
    for parent in (one, two):
        make_area("重名院", level="micro_grid", parent=parent)
    return {"street": street, "one": one, "two": two, "team": make_team("望邻队")}


def table(*rows: Sequence[str], header: Sequence[str] = HEADER, encoding: str = "gb18030", note: str = "") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([[note], header, *rows] if note else [header, *rows])
    return out.getvalue().encode(encoding)


def plan(raw: bytes, name: str = "v.csv") -> VolunteerPlan:
    return plan_volunteer_import(make_user(), name, raw, NOW)


def test_a_table_says_what_it_would_add_and_why_rows_are_refused(db: Database, town: dict[str, int]) -> None:
    make_volunteer(person=make_person("张安", area=town["one"], phone="139 1234 5678"), area=town["one"])
    found = plan(
        table(
            ("张安", "", "G1", "13912345678", "是", ""),  # known by name and phone
            ("张安", "", "G1", "13900000000", "是", ""),  # another one: another phone
            (RARE, "望邻队", "二格", "13800000001", "同意", "2025/3/2"),
            ("王和", "", "G2", "13800000002", "否", ""),  # no consent: without the phone
            ("王和", "", "G2", "", "", ""),  # the same once more
            ("李1平", "", "G1", "", "", ""),
            ("", "", "G1", "", "", ""),
            ("赵云", "没有的队", "G1", "", "", ""),
            ("赵云", "", "重名院", "", "", ""),
            ("赵云", "", "G9", "", "", ""),
            ("赵云", "", "G1", "一三八", "是", ""),
            ("赵云", "", "G1", "", "", "2099-01-01"),
            ("赵云", "", "G1", "", "", "三月"),
            note="某街道志愿者花名册",
        )
    )  # fmt: skip
    assert (found.read, len(found.added), found.known, found.without_consent) == (13, 3, 1, 1)
    assert [(row.name, row.phone, row.team) for row in found.added] == [
        ("张安", "13900000000", None), (RARE, "13800000001", town["team"]), ("王和", None, None),
    ]  # fmt: skip
    assert found.added[1].joined_on.isoformat() == "2025-03-02"
    assert [(row.row, row.reason) for row in found.refused] == [
        (7, "row_twice"), (8, "bad_name"), (9, "bad_name"), (10, "unknown_team"), (11, "unknown_area"),
        (12, "unknown_area"), (13, "bad_phone"), (14, "bad_day"), (15, "bad_day"),
    ]  # fmt: skip
    assert list_volunteers(make_user(), now=NOW).total == 1  # nothing was written


def test_a_table_imported_twice_adds_nobody_the_second_time(db: Database, town: dict[str, int]) -> None:
    raw = table((RARE, "望邻队", "G1", "13800000001", "是", ""), ("李平", "", "G2", "", "", ""))
    first = plan(raw)
    assert apply_volunteer_import(make_user(), first, NOW) == 2
    assert apply_volunteer_import(make_user(), first, NOW) == 0  # the same plan again
    again = plan(raw)
    assert (len(again.added), again.known) == (0, 2)
    page = list_volunteers(make_user(), search=RARE, now=NOW)
    assert [(row.name, row.team, row.area) for row in page.volunteers] == [(RARE, "望邻队", "一格")]


def test_workbooks_and_text_in_utf_8_are_read_as_well(db: Database, town: dict[str, int]) -> None:
    book = list_file(ListFormat.XLSX, "花名册", HEADER, [(RARE, "", "G1", "", "", ""), ("李平", "", "G1", "", "", "")])
    assert len(plan(book, "v.xlsx").added) == 2
    assert len(plan(table(("李平", "", "G1", "", "", ""), encoding="utf-8-sig")).added) == 1
    with pytest.raises(NoNameColumn):
        plan(table(("李平",), header=("谁",)))
    with pytest.raises(NobodyToImport):
        plan(table(("", "", "G9", "", "", "")))


def test_a_secretary_imports_into_the_own_areas_alone(db: Database, town: dict[str, int]) -> None:
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=town["one"])
    raw = table(("李平", "", "G1", "", "", ""), ("王和", "", "G2", "", "", ""), ("赵云", "", "", "", "", ""))
    found = plan_volunteer_import(secretary, "v.csv", raw, NOW)
    assert [row.name for row in found.added] == ["李平"]
    assert [row.reason for row in found.refused] == ["area_outside", "area_outside"]
    foreign = plan(raw)
    with pytest.raises(PermissionDenied):
        apply_volunteer_import(secretary, foreign, NOW)
    assert list_volunteers(make_user(), now=NOW).total == 0
    assert apply_volunteer_import(secretary, found, NOW) == 1
    for role in (Role.GRID_LEADER, Role.VOLUNTEER, Role.VISITOR):
        with pytest.raises(PermissionDenied):
            plan_volunteer_import(make_user(role), "v.csv", raw, NOW)


def test_seven_thousand_come_in_at_once_and_the_list_asks_as_little_as_with_seven_hundred(
    db: Database, town: dict[str, int]
) -> None:
    def rows(first: int, last: int) -> list[tuple[str, ...]]:
        return [(f"志愿{_word(number)}", "望邻队", "G1", f"138{number:08d}", "是", "") for number in range(first, last)]

    chief = make_user()

    def asked(search: str) -> tuple[int, int]:
        with recorded(db) as statements:
            total = list_volunteers(chief, search=search, now=NOW).total
        return total, len(statements)

    assert apply_volunteer_import(chief, plan(table(*rows(0, 700))), NOW) == 700
    few = asked("zhiyuan")
    found = plan(table(*rows(0, 7000), *rows(100, 110)))
    assert (len(found.added), found.known, len(found.refused)) == (6300, 700, 10)
    assert apply_volunteer_import(chief, found, NOW) == 6300
    many = asked("zhiyuan")
    assert (few[0], many[0]) == (700, 7000)
    assert few[1] == many[1] <= 4
    assert asked("zy")[0] == 7000
    with db.reading(EVERYWHERE) as session:
        assert session.query(Person).filter(Person.phone.is_(None)).count() == 0


def test_blanks_in_a_name_and_the_way_a_phone_is_written_make_nobody_anew(db: Database, town: dict[str, int]) -> None:
    make_volunteer(person=make_person("张安", area=town["one"], phone="+86 139-1234-5678"), area=town["one"])
    make_volunteer(person=make_person("李 平", area=town["one"]), area=town["one"])
    found = plan(
        table(
            ("张　安", "", "G2", "13912345678", "是", ""),
            ("张 安", "", "G2", "008613912345678", "是", ""),
            ("李平", "", "G1", "", "", ""),
            ("王和", "", "G1", "", "", ""),
            ("王 和", "", "G1", "", "", ""),
            ("张安", "", "G2", "8613912345679", "是", ""),  # another phone
            ("张安康", "", "G1", "13912345678", "是", ""),  # another name, the family's phone
        )
    )  # fmt: skip
    assert [row.name for row in found.added] == ["王和", "张安", "张安康"]
    assert (found.known, [row.reason for row in found.refused]) == (2, ["row_twice", "row_twice"])


def test_a_member_who_is_known_by_name_and_phone_stays_one_person(db: Database, town: dict[str, int]) -> None:
    member = make_person("石磊", area=town["one"], phone="139 1234 5678", is_party_member=True)
    other = make_person("石岩", area=town["one"], phone="13800000000")
    raw = table(
        ("石磊", "望邻队", "G1", "13912345678", "是", ""), ("石磊", "", "G2", "13700000000", "是", ""),
        ("石岩", "", "G2", "13800000000", "否", ""),
    )  # fmt: skip
    assert apply_volunteer_import(make_user(), plan(raw), NOW) == 3
    page = list_volunteers(make_user(), now=NOW)
    ids = [row.person_id for row in page.volunteers]
    assert member in ids
    assert other not in ids  # without consent no phone is compared either
    with db.reading(EVERYWHERE) as session:
        assert session.query(Person).count() == 4
        found = session.get(Person, member)
        assert (found.is_party_member, found.phone, found.area_id) == (True, "139 1234 5678", town["one"])  # type: ignore[union-attr]


def test_a_member_of_another_community_is_not_drawn_onto_the_own_roll(db: Database, town: dict[str, int]) -> None:
    foreign = make_person("石磊", area=town["two"], phone="13912345678")
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=town["one"])
    found = plan_volunteer_import(secretary, "v.csv", table(("石磊", "", "G1", "13912345678", "是", "")), NOW)
    assert apply_volunteer_import(secretary, found, NOW) == 1
    assert [row.person_id == foreign for row in list_volunteers(make_user(), now=NOW).volunteers] == [False]


def test_formulas_and_long_cells_are_text_or_refused(db: Database, town: dict[str, int]) -> None:
    found = plan(table(("=cmd|' /C calc'!A", "", "G1", "", "", ""), ("赵" * 61, "", "G1", "", "", "")))
    assert [row.reason for row in found.refused] == ["bad_name"]
    assert apply_volunteer_import(make_user(), found, NOW) == 1
    name = list_volunteers(make_user(), now=NOW).volunteers[0].name
    assert harmless(name).startswith("'=")  # what an export writes


def test_seven_thousand_in_a_workbook_with_phones_as_numbers_come_in_once(db: Database, town: dict[str, int]) -> None:
    """As offices keep their lists: a title above, phones typed as numbers, some people twice, names outside GBK."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write(0, 0, "街道志愿者花名册（2026年）")
        sheet.write_row(1, 0, HEADER)
        for number in range(7000):
            name = f"{RARE[0]}{_word(number)}" if number % 100 == 0 else f"志愿{_word(number)}"
            sheet.write_row(number + 2, 0, [name, "望邻队", "G1", 13_800_000_000 + number, "是", ""])
        for number in range(40):
            sheet.write_row(
                number + 7002, 0, [f"志愿{_word(number + 1)}", "望邻队", "G1", 13_800_000_001 + number, "是", ""]
            )
    found = plan(raw.getvalue(), "花名册.xlsx")
    assert (found.read, len(found.added), found.known) == (7040, 7000, 0)
    assert [row.reason for row in found.refused] == ["row_twice"] * 40
    assert found.added[1].phone == "13800000001"
    chief = make_user()
    assert apply_volunteer_import(chief, found, NOW) == 7000
    assert apply_volunteer_import(chief, plan(raw.getvalue(), "花名册.xlsx"), NOW) == 0
    assert list_volunteers(chief, search=RARE[0], now=NOW).total == 70


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("v.csv", b""), ("v.xlsx", b"PK\3\4junk"), ("v.csv", b"\x00\x01\x02"), ("v.xlsx", "姓名".encode()),
        ("v.csv", ("姓名\n" + "赵" * 200_000).encode()), ("v.csv", b"name\n" + b"\xff\xfe\xfa" * 100),
        ("v.csv", "姓名\n".encode() * 300_002), ("v.exe", "姓名\n张安".encode()),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(sqlite_db: Database, name: str, raw: bytes) -> None:
    with pytest.raises(Refusal):
        plan(raw, name)


def _word(number: int) -> str:
    """A number in Chinese signs, since names hold no digits."""
    return "".join("零一二三四五六七八九"[int(digit)] for digit in f"{number:04d}")
