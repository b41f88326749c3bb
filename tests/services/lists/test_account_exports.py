"""Accounts, looks and exports as files: for those who manage accounts, complete, on record."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from db.session import Database
from domain.errors import PermissionDenied
from domain.permissions import Actor, Role
from services.accounts.users import set_active
from services.incidents.cases import uncover_contact
from services.lists.account_exports import export_accounts, export_exports, export_looks, export_words
from services.lists.files import ListFormat
from services.system.privacy import PAGE_SIZE, list_exports
from tests.factories import make_user
from tests.incident_town import NOW, Street, logged, make_street

CSV = ListFormat.CSV


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def lines(raw: bytes) -> list[str]:
    return raw.decode("utf-8-sig").splitlines()


def test_accounts_go_out_with_role_area_and_standing(street: Street) -> None:
    kept_out = make_user(Role.DEPARTMENT, name="=外来")
    set_active(street.administrator, kept_out.username, False, 1)
    found = lines(export_accounts(street.administrator, CSV, "zh_CN", NOW))
    assert found[0] == "登录名,名称,姓名,身份,区域,状态"
    assert f"{kept_out.username},'=外来,,职能部门,全街道,停用" in found
    assert [line for line in found if "书院格" in line and "网格长" in line]
    assert "$" not in "".join(found)  # as a hash of a password begins


def test_all_looks_go_out_and_not_only_a_page_with_phones_masked(street: Street) -> None:
    receipt = logged(street.command, reporter_name="欧阳若水", reporter_phone="13912345678")
    for number in range(PAGE_SIZE + 1):
        uncover_contact(street.secretary, receipt.id, f"回访 {number}", NOW + timedelta(minutes=number))
    uncover_contact(street.command, receipt.id, "打 13912345678 核实", NOW + timedelta(hours=2))
    found = lines(export_looks(street.administrator, None, CSV, "zh_CN", NOW))
    assert len(found) == 1 + PAGE_SIZE + 2
    assert found[1].endswith(f",顾岚,{receipt.number},打 139****5678 核实")
    assert len(lines(export_looks(street.administrator, street.command.user_id, CSV, "en", NOW))) == 2


def test_exports_go_out_and_are_on_record_themselves(street: Street) -> None:
    export_accounts(street.administrator, CSV, "zh_CN", NOW)
    found = lines(export_exports(street.administrator, CSV, "en", NOW))
    assert len(found) == 2
    assert found[1].split(",")[2] == "Accounts"
    assert [note.subject for note in list_exports(street.administrator).rows] == ["exports", "accounts"]


@pytest.mark.parametrize(
    "export",
    [
        lambda actor: export_accounts(actor, CSV, "en"),
        lambda actor: export_looks(actor, None, CSV, "en"),
        lambda actor: export_exports(actor, CSV, "en"),
        lambda actor: export_words(actor, CSV, "en"),
    ],
)
def test_others_are_refused(street: Street, export: Callable[[Actor], bytes]) -> None:
    for actor in (street.command, street.secretary, street.leader_a):
        with pytest.raises(PermissionDenied):
            export(actor)
