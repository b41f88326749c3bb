"""Lists in pages."""

import pytest

from domain.paging import page_within


@pytest.mark.parametrize(
    ("page", "total", "shown"),
    [
        (1, 0, (1, 1)), (7, 0, (1, 1)), (1, 50, (1, 1)), (2, 50, (1, 1)), (2, 51, (2, 2)), (0, 51, (1, 2)),
        (-3, 51, (1, 2)), (99, 120, (3, 3)),
    ],
)  # fmt: skip
def test_a_page_that_is_not_there_becomes_the_nearest_one(page: int, total: int, shown: tuple[int, int]) -> None:
    assert page_within(page, total, 50) == shown
