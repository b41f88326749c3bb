import numpy as np
import pandas as pd
import pytest

from geo.codes import as_code, as_codes
from geo.errors import LossyCode


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("001", "001"),
        ("  110108001 ", "110108001"),
        ("110108001001001123", "110108001001001123"),
        ("G-01/甲", "G-01/甲"),
        (110108001001001123, "110108001001001123"),
        (np.int64(7), "7"),
        (440306104.0, "440306104"),
        (np.float64(310107), "310107"),
        (999_999_999_999_999.0, "999999999999999"),
        ("", None),
        ("   ", None),
        (None, None),
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
    ],
)
def test_code_is_kept_when_nothing_is_lost(cell: object, code: str | None) -> None:
    assert as_code(cell) == code


@pytest.mark.parametrize("cell", [1.5, 1e15, 1.10108001001001e17, float("inf"), True, "1.10108E+17", "3e5", [1]])
def test_code_is_refused_when_digits_may_be_gone(cell: object) -> None:
    with pytest.raises(LossyCode):
        as_code(cell)


def test_column_keeps_its_rows_and_names_the_refused() -> None:
    column = pd.Series([440306104.0, None, 1.5, 1e17], index=pd.RangeIndex(1, 5))
    found = as_codes(column)
    assert found.codes.tolist() == ["440306104", None, None, None]
    assert found.codes.index.tolist() == [1, 2, 3, 4]
    assert sorted(found.refused) == [3, 4]


def test_numbers_of_uneven_length_are_a_sign_of_lost_zeros() -> None:
    assert as_codes(pd.Series([10101, 110101])).uneven
    assert not as_codes(pd.Series([110101, 110102])).uneven
    assert not as_codes(pd.Series(["10101", "110101"])).uneven
