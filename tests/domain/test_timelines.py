"""The chain of a timeline."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import IncidentAction
from domain.timelines import GENESIS, chain_hash

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
ENTRY = {
    "sequence": 1,
    "at": NOW,
    "action": IncidentAction.REPORT,
    "note": "<b>积水</b>",
    "user": None,
    "tags": ["a", {"k": True}],
}


def test_chain_hash_depends_on_every_field_and_on_what_went_before() -> None:
    first = chain_hash(GENESIS, ENTRY)
    assert len(first) == 64
    for key, value in {
        "sequence": 2,
        "at": NOW + timedelta(minutes=1),
        "action": IncidentAction.CLOSE,
        "note": "x",
        "user": 0,
        "tags": [],
    }.items():
        assert chain_hash(GENESIS, ENTRY | {key: value}) != first
    assert chain_hash(first, ENTRY) != first


def test_chain_hash_is_the_same_for_the_same_entry_read_another_way() -> None:
    """Other key order, other time zone, plain strings instead of enums: what databases give back."""
    read = dict(reversed(ENTRY.items())) | {
        "at": NOW.astimezone(timezone(timedelta(hours=8))),
        "action": "report",
        "tags": ("a", {"k": True}),
    }
    assert chain_hash(GENESIS, read) == chain_hash(GENESIS, ENTRY)


def test_chain_hash_stays_what_it_was() -> None:
    """A change of the canonical form would make every stored timeline look altered."""
    expected = "41abb4cc13e8251b8e6d4be3a4389d739204110a958cb2aca94c839a4d56b613"
    assert chain_hash(GENESIS, {"action": "report", "at": NOW, "day": date(2026, 3, 18), "note": "积水"}) == expected


def test_chain_hash_refuses_what_has_no_one_text() -> None:
    with pytest.raises(TypeError):
        chain_hash(GENESIS, {"lon": 112.6})
    with pytest.raises(ValueError, match="naive"):
        chain_hash(GENESIS, {"at": datetime(2026, 3, 18)})  # noqa: DTZ001


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none()))
def test_chain_hash_tells_any_two_entries_apart(fields: dict[str, object]) -> None:
    changed = (
        fields | {"added": "entry"} if "added" not in fields else {k: v for k, v in fields.items() if k != "added"}
    )
    assert chain_hash(GENESIS, fields) != chain_hash(GENESIS, changed)
