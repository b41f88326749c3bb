"""The five profiles: complete, sound, and honest about what the systems state."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from config.marks import Marked, Names
from config.profile_parts import Thresholds
from config.profiles import FOLDER, PROFILE_KEYS, InvalidProfile, Profile, load_profile, parse_profile
from domain.areas import check_code
from domain.errors import NotFound
from domain.incidents import IncidentStatus

ROOT = Path(__file__).resolve().parent.parent.parent
NOTES = ROOT.parent / "shared" / "DOMAIN.md"
LETTERS = {"licun": "L", "wanli": "W", "lanshan": "N", "linfeng": "F", "chengdu": "C"}
NOT_STATED = ("六步", "双议", "六大", "五卡", "满意")
# No system states any of these.
EXAMPLES = (
    "limit", "due_soon", "staffing", "hours", "usual", "share", "centre", "moves", "standard", "department", "photo",
)  # fmt: skip

every_profile = pytest.mark.parametrize("key", PROFILE_KEYS)


def nodes(value: Any, path: str = "", mark: Marked | None = None) -> Iterator[tuple[str, Any, Marked | None]]:
    """Every value of a profile with its path and the nearest mark around it."""
    if isinstance(value, Marked):
        mark = value
    yield path, value, mark
    if isinstance(value, BaseModel):
        children: Any = [(name, getattr(value, name)) for name in type(value).model_fields]
    elif isinstance(value, dict):
        children = value.items()
    elif isinstance(value, tuple):
        children = enumerate(value)
    else:
        children = ()
    for name, child in children:
        yield from nodes(child, f"{path}.{name}".lstrip("."), mark)


def marks_of(profile: Profile) -> list[tuple[str, Marked]]:
    return [(path, value) for path, value, _ in nodes(profile) if isinstance(value, Marked)]


def content(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows() -> dict[str, str]:
    """The rows of the field notes by reference; L0 … C0 are the headings."""
    if not NOTES.exists():
        pytest.skip("the field notes ../shared/DOMAIN.md are not on this machine")
    text = NOTES.read_text("utf-8").replace("**", "")
    found = {name: row for row, name in re.findall(r"^(\| ([LWNFC]\d+) \|.*)$", text, re.M)}
    heads = re.findall(r"^## 1\.\d (.*)$", text, re.M)
    return found | {f"{letter}0": head for letter, head in zip("LWNFC", heads, strict=True)}


@every_profile
def test_every_value_is_marked_when_the_tree_is_walked(key: str) -> None:
    bare = [path for path, value, mark in nodes(load_profile(key)) if mark is None and not children_of(value)]
    # A scale's key and the profile's own are handles, not statements; absent optional parts state nothing.
    assert [
        path
        for path in bare
        if not re.fullmatch(r"key|town\.scales\.\d+\.key|stations|programmes|town\.(names|grid_changes)", path)
    ] == []


def children_of(value: Any) -> bool:
    return isinstance(value, BaseModel) or bool(isinstance(value, tuple | dict) and value)


@every_profile
def test_evidence_is_a_quotation_when_sourced(key: str, rows: dict[str, str]) -> None:
    for path, mark in marks_of(load_profile(key)):
        if mark.origin == "sourced":
            assert str(mark.ref).startswith(LETTERS[key]), path
            assert str(mark.evidence) in rows[str(mark.ref)], (path, mark.evidence)


@every_profile
def test_number_stands_in_the_row_when_sourced(key: str, rows: dict[str, str]) -> None:
    """A sourced figure is written in its row: as digits, in 万, or as the number of things that the row lists."""
    words = {3: "三级", 5: "五", 1: "一站"}
    for path, mark in marks_of(load_profile(key)):
        number = getattr(mark, "value", None)
        if mark.origin != "sourced" or not isinstance(number, int | float) or isinstance(number, bool):
            continue
        row = rows[str(mark.ref)]
        spelt = {f"{number:g}", f"{int(number)}", f"{number / 10000:g}万", words.get(int(number), "?")}
        assert any(word in row for word in spelt), (path, number)


@every_profile
def test_nothing_unstated_is_sourced(key: str) -> None:
    profile = load_profile(key)
    for path, mark in marks_of(profile):
        if path.endswith(EXAMPLES):
            assert mark.is_example, path
        if isinstance(name := getattr(mark, "name", None), Names):
            assert mark.is_example or not any(word in name.zh for word in NOT_STATED), path
    shared = ("urgencies", "working_hours", "thresholds", "contact_retention_days", "public_holidays", "code_scheme")
    assert [path for path, mark in marks_of(profile) if path.startswith(shared) and not mark.is_example] == []


def test_three_of_29_dispute_classes_are_sourced_in_chengdu() -> None:
    profile = load_profile("chengdu")
    disputes = next(family for family in profile.families if family.key == "disputes").classes
    assert len(disputes) == 29 == profile.figure("dispute_classes").value
    assert [item.name.zh for item in disputes if not item.is_example] == ["不文明养犬", "电瓶车上楼", "广场舞噪声"]


def test_the_shared_file_states_nothing() -> None:
    assert "sourced" not in (FOLDER / "shared.yaml").read_text("utf-8").replace("sourced)", "")


def test_headline_figures_stand_in_their_towns() -> None:
    licun, wanli, lanshan, linfeng, chengdu = (load_profile(key) for key in PROFILE_KEYS)
    assert licun.town.scale().count("community") == licun.figure("community").value == 10
    assert wanli.town.scale().area_km2.value == wanli.figure("area_km2").value == 3.3
    assert wanli.town.volunteers.value == wanli.figure("volunteers").value == 7000
    counts = {station.kind: station.count for station in lanshan.town.stations}
    for key, number in (("homes", 5), ("volunteer_stations", 1)):
        figure = lanshan.figure(key)
        assert sum(counts[kind] for kind in figure.of) == figure.value == number
    assert linfeng.town.party_members.value == linfeng.figure("members").value == 68
    assert linfeng.town.activities_per_year.value == linfeng.figure("activities").value == 960
    assert len(linfeng.posts) == linfeng.figure("posts").value == 5
    assert sum(team.parent is not None for team in linfeng.teams) == linfeng.figure("teams").value == 7
    assert linfeng.town.scale().count("grid") == len(linfeng.town.names) == 6
    assert chengdu.town.scale().top.value == "street"
    assert chengdu.town.scale("city").count("community") == 3045


@every_profile
def test_areas_fit_their_staffing_rule_when_spread_evenly(key: str) -> None:
    profile = load_profile(key)
    for scale in profile.town.scales:
        for level in profile.levels:
            if level.staffing and scale.count(level.key):
                mean = scale.households.value / scale.count(level.key)
                assert level.staffing.least <= mean <= level.staffing.most * 1.2, (scale.key, level.key, mean)


@every_profile
def test_root_code_fits_the_scheme(key: str) -> None:
    profile = load_profile(key)
    for scale in profile.town.scales:
        check_code(scale.code.value, profile.scheme, scale.top.value)


@every_profile
def test_numbers_grow_from_level_to_level(key: str) -> None:
    profile = load_profile(key)
    for scale in profile.town.scales:
        counts = [count for level in profile.levels if (count := scale.count(level.key))]
        assert counts == sorted(counts)
        assert counts[0] == 1


@every_profile
def test_each_thing_is_found_by_its_key(key: str) -> None:
    profile = load_profile(key)
    assert profile.level(profile.grid_level.value).staffing is not None
    assert profile.finest_level is profile.levels[-1]
    assert profile.level_below(profile.finest_level.key) is None
    assert profile.post(profile.grid_posts[0].key).leads
    assert profile.station_kind(profile.town.stations[0].kind).hours.opening.known
    assert profile.lane() is profile.lanes[0]
    assert profile.lane("seven_steps").step(IncidentStatus.SUSPENDED).name.zh == "挂账"
    for item in ("level", "tier", "post", "station_kind", "team", "activity_kind", "incident_class", "source"):
        with pytest.raises(NotFound):
            getattr(profile, item)("no_such_key")
    with pytest.raises(NotFound):
        profile.town.scale("no_such_key")


@every_profile
def test_every_class_has_one_family_and_limits(key: str) -> None:
    profile = load_profile(key)
    assert len(profile.classes) == sum(len(family.classes) for family in profile.families)
    for class_key in profile.classes:
        assert class_key in {item.key for item in profile.family_of(class_key).classes}
        entry = next(entry for entry in profile.entries if entry.key == (class_key, ""))
        assert entry.family == profile.family_of(class_key).key
        assert entry.standard.zh
        assert entry.department.en


def test_names_are_given_in_the_language_asked_for() -> None:
    name = load_profile("linfeng").name.value
    assert (name.text("zh_CN"), name.text("en")) == ("林峰社区", "Linfeng Community")


def test_values_are_frozen() -> None:
    profile = load_profile("licun")
    with pytest.raises(ValueError, match="frozen"):
        profile.short = profile.name  # type: ignore[misc]
    assert load_profile("licun") is profile


BROKEN = {
    "unknown key": (lambda own: own.update(motto="x"), "motto: Extra inputs are not permitted"),
    "unmarked value": (lambda own: own["short"].pop("origin"), "short.origin: Field required"),
    "sourced without evidence": (lambda own: own["mode"].pop("evidence"), "needs ref and evidence"),
    "example with a source": (lambda own: own["short"].update(ref="L1"), "an example has no ref"),
    "key twice": (lambda own: own["posts"].append(own["posts"][0]), "posts: core_member twice"),
    "unknown level": (lambda own: own["grid_level"].update(value="yard"), "grid_level: yard is unknown"),
    "unknown station kind": (lambda own: own["town"]["stations"][0].update(kind="x"), "town.stations: x is unknown"),
    "unknown scheme": (lambda own: own["code_scheme"].update(value="x9"), "code_scheme: x9 is unknown"),
    "scheme without the level": (
        lambda own: own["levels"].append({"key": "yard", "name": {"zh": "院", "en": "Yard"}, "origin": "example"}),
        "levels: yard not in the code scheme",
    ),
    "unknown move": (
        lambda own: own["lanes"][0]["moves"]["value"].update(reported=["close"]),
        "reported.close is not in the transition table",
    ),
    "dead end": (
        lambda own: own["lanes"][0]["moves"]["value"].update(fed_back=["add_note"]),
        "closed cannot be reached",
    ),
    "unnamed step": (lambda own: own["lanes"][0]["steps"].pop(), "voided is missing or never reached"),
    "families no list": (lambda own: own.update(families="x"), "families: not a list of entries"),
    "no working hours": (lambda own: own.update(working_hours={"value": "", "origin": "example"}), "working_hours"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_profile_is_refused_with_its_path_when(fault: str) -> None:
    own = copy.deepcopy(content("licun"))
    BROKEN[fault][0](own)
    with pytest.raises(InvalidProfile) as refused:
        parse_profile("licun", own, content("shared"))
    assert BROKEN[fault][1] in str(refused.value.values["reason"])


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(InvalidProfile, match="atlantis"):
        load_profile("atlantis")


def test_own_class_wins_over_the_shared_one() -> None:
    profile = load_profile("linfeng")
    assert profile.family_of("overhead_charging").key == "courtyard"
    assert not profile.incident_class("overhead_charging").is_example
    safety = next(family for family in profile.families if family.key == "safety")
    assert "overhead_charging" not in {item.key for item in safety.classes}


def fields_of(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[str]:
    """The names of all fields of a type and of the types within it."""
    if model in seen:
        return set()
    seen.add(model)
    names = set(model.model_fields)
    for field in model.model_fields.values():
        for part in re.findall(r"(\w+)", repr(field.annotation)):
            inner = getattr(__import__("config.profile_parts", fromlist=[part]), part, None)
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                names |= fields_of(inner, seen)
    return names


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "profiles.md").read_text("utf-8")
    documented = set(re.findall(r"`(\w+)`", text))
    assert sorted(fields_of(Profile, set()) - documented) == []


@every_profile
def test_the_families_of_city_management_and_of_the_street_are_there(key: str) -> None:
    families = {family.key for family in load_profile(key).families}
    management = {"environment", "advertising", "construction", "street_order", "emergencies"}
    assert management | {"disputes", "safety", "livelihood"} <= families


@every_profile
def test_every_entry_says_when_it_may_be_closed_and_who_is_responsible(key: str) -> None:
    entries = load_profile(key).entries
    assert len({entry.key for entry in entries}) == len(entries)
    assert all(entry.standard.zh and entry.standard.en and entry.department.zh for entry in entries)
    # What a system states are its classes; no condition, limit or standard is anybody's statement.
    assert all(entry.example for entry in entries if entry.condition)
    assert sum(bool(entry.condition) for entry in entries) >= 20


@pytest.mark.parametrize("clock", ["working_hour", "working_day"])
def test_the_limit_of_filing_runs_day_and_night(clock: str) -> None:
    thresholds = load_profile("licun").thresholds.model_dump()
    thresholds["filed_within"]["clock"] = clock
    with pytest.raises(ValidationError, match="day and night"):
        Thresholds.model_validate(thresholds)
