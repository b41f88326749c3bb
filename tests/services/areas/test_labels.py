"""What an area is called on the map."""

import pytest

from db.session import Database
from services.areas.labels import _short, numbered
from tests.factories import use_profile


@pytest.mark.parametrize(
    ("name", "level", "short"),
    [
        ("望棠网格", "网格", "望棠"),
        ("云山网格", "小区（网格）", "云山"),
        ("阳光小区", "小区（网格）", "阳光小区"),
        ("棠湾微网格", "微网格", "棠湾"),
        ("3网格", "网格", "3网格"),
        ("第12网格", "网格", "第12网格"),
        ("网格", "网格", "网格"),
        ("织锦巷", "网格", "织锦巷"),
    ],
)
def test_name_is_short_when_something_of_its_own_is_left(name: str, level: str, short: str) -> None:
    assert _short(name, level) == short


def test_a_part_has_its_number_before_the_word_for_the_level(sqlite_db: Database) -> None:
    use_profile("chengdu")
    assert numbered("望棠网格", "一", "grid") == "望棠一网格"
    assert numbered("织锦巷", "二", "grid") == "织锦巷二"
    assert numbered("望棠社区", "一", "unknown") == "望棠社区一"
