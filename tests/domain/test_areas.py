"""Area codes, the tree, the staffing rule."""

import pytest

from domain.areas import (
    CODE_SCHEMES,
    AreaCodeNotGiven,
    AreaCycle,
    AreaSequenceFull,
    InvalidAreaCode,
    InvalidFreeCode,
    StaffingRule,
    StaffingVerdict,
    UnknownAreaLevel,
    UnknownParentArea,
    check_code,
    check_move,
    next_code,
    parse_code,
    staffing_finding,
)

GRID15, MICRO17, OBJECT20, FREE = (CODE_SCHEMES[key] for key in ("grid15", "micro17", "object20", "free"))


@pytest.mark.parametrize(
    ("code", "scheme", "level", "parts"),
    [
        ("410311901002003", GRID15, "grid", "41 03 11 901 002 003"),
        ("41031190100200304", MICRO17, "micro_grid", "41 03 11 901 002 003 04"),
        ("110101001", GRID15, "street", "11 01 01 001"),
        ("110101001000", GRID15, "street", "11 01 01 001"),
        ("110114000000", GRID15, "district", "11 01 14"),
        ("110000", GRID15, "city", "11 00"),
        ("5101", GRID15, "city", "51 01"),
        ("21010141031190100205", OBJECT20, "grid", "210101 41 03 11 901 002 05"),
        ("21010141031190100200", OBJECT20, "grid", "210101 41 03 11 901 002 00"),
        ("35", FREE, "community", "35"),
    ],
)
def test_code_is_parsed_into_its_parts(code: str, scheme, level: str, parts: str) -> None:
    assert list(parse_code(code, scheme, level).values()) == parts.split()


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("41031190100200", "grid"),
        ("4103119010020031", "grid"),
        ("41031190100200x", "grid"),
        ("４１０３１１９０１００２００３", "grid"),
        ("410311901002000", "grid"),
        ("410311000002003", "grid"),
        ("110101001001", "street"),
        ("110101000000", "street"),
        ("", "grid"),
    ],
)
def test_code_is_refused_when_it_does_not_fit(code: str, level: str) -> None:
    with pytest.raises(InvalidAreaCode) as refused:
        parse_code(code, GRID15, level)
    assert refused.value.values["expected"] == GRID15.length(level)


def test_level_is_refused_when_the_scheme_has_no_digits_for_it() -> None:
    with pytest.raises(UnknownAreaLevel):
        parse_code("410311901002003", GRID15, "micro_grid")


@pytest.mark.parametrize("code", ["", "x" * 65, "a\nb", "a\x00"])
def test_free_code_is_refused_when_empty_long_or_unprintable(code: str) -> None:
    with pytest.raises(InvalidFreeCode):
        parse_code(code, FREE, "grid")


def test_parent_is_checked_by_the_digits_before() -> None:
    assert check_code("410311901002003", GRID15, "grid", ("410311901002", "community")) == "410311901002003"
    assert check_code("410311901002003", GRID15, "grid") == "410311901002003"
    with pytest.raises(UnknownParentArea):
        check_code("410311901002003", GRID15, "grid", ("410311901003", "community"))


def test_parent_may_be_padded_or_a_municipality() -> None:
    check_code("110101001000", GRID15, "street", ("110101000000", "district"))
    check_code("110101", GRID15, "district", ("110000", "city"))
    check_code("110101", GRID15, "district", ("1101", "city"))
    with pytest.raises(UnknownParentArea):
        check_code("120101", GRID15, "district", ("110000", "city"))


def test_next_code_follows_the_highest_one() -> None:
    parent = ("410311901002", "community")
    assert next_code(parent, "grid", [], GRID15) == "410311901002001"
    taken = ["410311901002001", "410311901002007", "410311901003900"]
    assert next_code(parent, "grid", taken, GRID15) == "410311901002008"
    assert next_code(("410311901002008", "grid"), "micro_grid", [], MICRO17) == "41031190100200801"
    assert next_code(("110101001000", "street"), "community", [], GRID15) == "110101001001"
    assert next_code(parent, "grid", [], OBJECT20, lead="210101") == "21010141031190100201"


def test_next_code_is_refused_when_the_sequence_is_full() -> None:
    with pytest.raises(AreaSequenceFull) as refused:
        next_code(("410311901002", "community"), "grid", ["410311901002999"], GRID15)
    assert refused.value.values["most"] == 999


@pytest.mark.parametrize(
    "parent", [("41031190100", "community"), ("410311901", "street"), ("nowhere", "community"), ("", "community")]
)
def test_next_code_is_never_made_up_when_the_parent_is_unknown(parent: tuple[str, str]) -> None:
    with pytest.raises(UnknownParentArea):
        next_code(parent, "grid", [], GRID15)


def test_next_code_is_refused_when_it_is_not_ours_to_give() -> None:
    with pytest.raises(AreaCodeNotGiven):
        next_code(("4103", "city"), "district", [], GRID15)
    with pytest.raises(AreaCodeNotGiven):
        next_code(("x", "community"), "grid", [], FREE)
    with pytest.raises(InvalidAreaCode):
        next_code(("410311901002", "community"), "grid", [], OBJECT20)


def test_move_is_refused_when_it_makes_a_cycle() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: 1}
    check_move(3, 4, parents)
    check_move(2, None, parents)
    for area, parent in ((1, 3), (2, 2), (2, 3)):
        with pytest.raises(AreaCycle):
            check_move(area, parent, parents)


def test_move_is_refused_when_the_tree_is_a_circle_already() -> None:
    with pytest.raises(AreaCycle):
        check_move(9, 1, {1: 2, 2: 1})


@pytest.mark.parametrize(
    ("households", "verdict", "cut_into"),
    [
        (299, StaffingVerdict.TOO_FEW, 1),
        (300, StaffingVerdict.FITS, 1),
        (500, StaffingVerdict.FITS, 1),
        (501, StaffingVerdict.TOO_MANY, 2),
        (620, StaffingVerdict.TOO_MANY, 2),
        (1501, StaffingVerdict.TOO_MANY, 4),
        (0, StaffingVerdict.TOO_FEW, 1),
        (None, StaffingVerdict.UNKNOWN, 1),
    ],
)
def test_staffing_is_judged_by_households(households: int | None, verdict: StaffingVerdict, cut_into: int) -> None:
    finding = staffing_finding(households, StaffingRule(300, 500))
    assert (finding.verdict, finding.cut_into, finding.households) == (verdict, cut_into, households)


def test_staffing_is_unknown_without_a_rule() -> None:
    assert staffing_finding(620, None).verdict is StaffingVerdict.UNKNOWN
