"""Guard rails of the layout: where things may lie, and what every screen must have."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import manage
from config.settings import Settings
from domain.permissions import GRANTS, Permission, Role
from ui.registry import SCREENS, START

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("config", "domain", "geo", "db", "services", "ui", "web", "commands")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def test_every_page_is_registered_and_every_screen_has_a_page() -> None:
    files = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert files == {screen.path for screen in SCREENS} | {"home"}


def test_every_role_has_a_start_it_may_open() -> None:
    by_path = {screen.path: screen for screen in SCREENS}
    for role in Role:
        assert by_path[START[role]].permission in GRANTS[role], role


def test_every_permission_is_granted_to_somebody() -> None:
    assert set(Permission) == set().union(*GRANTS.values())


@pytest.mark.parametrize("path", python_files("pages"), ids=lambda path: path.name)
def test_a_page_reads_and_calls_services_alone(path: Path) -> None:
    assert not imports_of(path) & {"db", "sqlalchemy", "geo", "geopandas"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120, "a page has at most 120 lines"


@pytest.mark.parametrize("path", python_files(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_domain_is_pure_and_names_are_plain(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES
    if "domain" in path.relative_to(ROOT).parts[:1]:
        import sys

        assert imports_of(path) <= set(sys.stdlib_module_names) | {"domain"}


def test_environment_is_read_in_settings_alone() -> None:
    for path in python_files(*PACKAGES, "pages"):
        if path.relative_to(ROOT) != Path("config/settings.py"):
            assert "os.environ" not in path.read_text(encoding="utf-8"), path


def test_raw_sql_and_core_tables_stay_in_db() -> None:
    for path in python_files("services", "ui", "web", "commands", "pages"):
        source = path.read_text(encoding="utf-8")
        assert "__table__" not in source, path
        assert not re.search(r"\bfrom sqlalchemy import\b.*\b(text|select|insert|update|delete)\b", source), path


def test_every_setting_is_documented() -> None:
    manual = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    missing = [f"LINGE_{name.upper()}" for name in Settings.model_fields if f"LINGE_{name.upper()}" not in manual]
    assert missing == []


def test_every_screen_and_permission_is_documented() -> None:
    manual = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [screen.path for screen in SCREENS if f"`/{screen.path}`" not in manual] == []
    assert [permission for permission in Permission if f"`{permission}`" not in manual] == []


def commands_of(group: Any, *path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        inner = (*path, name)
        yield from commands_of(command, *inner) if hasattr(command, "commands") else (" ".join(inner),)


def test_every_command_is_documented() -> None:
    manual = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    missing = [
        name for name in commands_of(get_command(manage.app)) if not re.search(rf"manage\.py\s+{name}\b", manual)
    ]
    assert missing == []


def test_nothing_third_party_or_addressed_is_committed() -> None:
    lock = ROOT / "package-lock.json"
    assert "resolved" not in lock.read_text(encoding="utf-8")
    assert not [path for path in ROOT.rglob("*.min.js") if not {"node_modules", ".venv", "built"} & set(path.parts)]


def test_no_two_decisions_have_one_number() -> None:
    numbers = Counter(path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [number for number, times in numbers.items() if times > 1] == []
    assert all(number.isdigit() for number in numbers)
