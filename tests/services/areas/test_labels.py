"""What an area is called on the map."""

import pytest

from services.areas.labels import _short


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
