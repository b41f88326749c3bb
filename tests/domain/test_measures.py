"""Classes of the map's measures."""

import pytest

from domain.measures import CUTS, NO_DATA, Measure, class_of


@pytest.mark.parametrize("measure", list(Measure))
def test_value_on_a_cut_belongs_to_the_class_above(measure: Measure) -> None:
    assert [class_of(measure, cut) for cut in CUTS[measure]] == [1, 2, 3]
    assert [class_of(measure, cut - 0.01) for cut in CUTS[measure]] == [0, 1, 2]


@pytest.mark.parametrize("measure", list(Measure))
def test_missing_value_is_no_data_and_never_the_lowest_class(measure: Measure) -> None:
    assert class_of(measure, None) == NO_DATA
    assert class_of(measure, 0) == 0
