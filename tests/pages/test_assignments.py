"""The page of assignments as its roles use it."""

from datetime import timedelta

import pytest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.permissions import Actor, Role
from services.people.assignments import (
    AssignmentForm,
    assign_member,
    end_assignment,
    get_coverage,
    get_grid_card,
)
from tests.factories import make_area, make_person, make_user, use_profile
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.statements import recorded

TODAY = local_date(utc_now())


@pytest.fixture
def town(sqlite_db: Database) -> dict[str, int]:
    street = make_area("青棠街道", level="street", code="S")
    community = make_area("南寨社区", level="community", parent=street, code="C", label_lon=112.6, label_lat=34.5)
    found = {"street": street, "community": community}
    for number, name in enumerate(("升平", "长春", "祥云"), 1):
        values = {"label_lon": 112.6 + 0.004 * number, "label_lat": 34.5, "households": 200 + 210 * number}
        found[f"G{number}"] = make_area(f"{name}网格", parent=community, code=f"G{number}", **values)
    found["member"] = make_person("周安", area=community, is_party_member=True, skills="law", phone="13800001234")
    found["other"] = make_person("吴远", area=found["G3"], is_party_member=True)
    return found


def assigned(town: dict[str, int], grid: str = "G1", person: str = "member") -> int:
    return assign_member(make_user(), AssignmentForm(town[person], town[grid], "core_member", TODAY, None, "就近"))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [Role.GRID_LEADER, Role.COMMUNITY_SECRETARY, Role.COMMAND_CENTRE, Role.ADMINISTRATOR])
def test_empty_page_says_what_to_do_next_in_the_readers_language(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(role, locale=locale), "assignments")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert text(locale, "assignments.empty.none", grid="网格" if locale == "zh_CN" else "grid") in shown
    assert not [word for word in shown.split() if word.startswith(("assignments.", "proposals.", "errors."))]


@pytest.mark.parametrize("role", [Role.VISITOR, Role.VOLUNTEER, Role.DEPARTMENT])
def test_a_role_without_the_right_is_refused(town: dict[str, int], monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    assigned(town)
    page = open_page(monkeypatch, make_user(role), "assignments", area="G1")
    assert is_closed(page)
    assert "周安" not in texts_of(page)


def test_coverage_names_numerator_denominator_and_the_grids_without(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assigned(town)
    page = open_page(monkeypatch, make_user(), "assignments")
    shown = texts_of(page)
    assert text("zh_CN", "assignments.fraction", covered=1, total=3, grid="网格") in shown
    assert text("zh_CN", "assignments.formula", covered=1, total=3, share="33.3", grid="网格") in shown
    assert text("zh_CN", "assignments.people.how", n=1, grid="网格") in shown
    assert text("zh_CN", "assignments.unassigned", members=2, assigned=1, n=1, grid="网格") in shown
    assert {"grid-G2", "grid-G3"} <= keys_of(page)
    assert "grid-G1" not in keys_of(page)
    page.segmented_control(key="assign_which").set_value("all").run()
    assert {"grid-G1", "grid-G2", "grid-G3"} <= keys_of(page)
    page.text_input(key="assign_search").set_value("changchun").run()
    assert [key for key in keys_of(page) if key.startswith("grid-")] == ["grid-G2"]


def test_coverage_by_community_has_its_figures_in_a_table(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_area("北堤社区", level="community", parent=town["street"], code="D")
    make_area("望棠网格", parent=other, code="H1")
    assigned(town)
    shown = texts_of(open_page(monkeypatch, make_user(), "assignments"))
    bare, some = (shown.index(f"<tr><td>{name}</td>") for name in ("北堤社区", "南寨社区"))
    assert bare < some  # the least covered first
    assert "<tr><td>北堤社区</td><td>1</td><td>0</td><td>1</td><td>0.0%</td></tr>" in shown
    assert "<tr><td>南寨社区</td><td>3</td><td>1</td><td>2</td><td>33.3%</td></tr>" in shown
    assert "<tr><td>合计</td><td>4</td><td>1</td><td>3</td><td>25.0%</td></tr>" in shown


def test_kinds_of_grids_are_told_apart_and_filter_the_list(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "assign_kind" not in [box.key for box in open_page(monkeypatch, make_user(), "assignments").selectbox]
    make_area("渔港网格", parent=town["community"], code="G4", kind="dedicated")
    page = open_page(monkeypatch, make_user(), "assignments")
    shown = texts_of(page)
    for words in ("assignments.kinds", "areas.kind.comprehensive", "areas.kind.dedicated"):
        assert text("zh_CN", words) in shown
    page.selectbox(key="assign_kind").set_value("dedicated").run()
    assert [key for key in keys_of(page) if key.startswith("grid-")] == ["grid-G4"]


def test_a_member_is_assigned_with_three_touches(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user(Role.COMMUNITY_SECRETARY, area=town["community"])
    page = press(open_page(monkeypatch, actor, "assignments"), "grid-G2")
    grid = town["G2"]
    assert page.query_params["area"] in ("G2", ["G2"])
    assert text("zh_CN", "assignments.empty.members", grid="网格") in texts_of(page)
    page.radio(key=f"assign-{grid}-person").set_value(town["other"]).run()
    page = press(page, f"assign-{grid}")
    assert said(page, "success") == [text("zh_CN", "assignments.done.assigned", grid="长春网格")]
    assert [row.person for row in get_grid_card(actor, grid).assignments] == ["吴远"]
    assert f"end-{get_grid_card(actor, grid).assignments[0].id}" in keys_of(page)


def test_candidates_show_distance_load_and_skills_and_the_post_says_why(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assigned(town, "G3", "other")
    page = open_page(monkeypatch, make_user(), "assignments", area="G1")
    radio = page.radio(key=f"assign-{town['G1']}-person")
    assert radio.options == ["周安", "吴远"]
    captions = [caption.replace("\\", "") for caption in radio.proto.captions]
    assert captions == [
        "南寨社区 · 距居住社区 370 米 · 现包联 0 格 · 技能 法律",
        "祥云网格 · 距居住社区 730 米 · 现包联 1 格",
    ]
    assert text("zh_CN", "assignments.fits", skills="法律") in texts_of(page)
    page.text_input(key=f"assign-{town['G1']}-search").set_value("wuyuan").run()
    assert page.radio(key=f"assign-{town['G1']}-person").options == ["吴远"]
    page.text_input(key=f"assign-{town['G1']}-search").set_value("nobody").run()
    assert text("zh_CN", "assignments.empty.candidates") in texts_of(page)


def test_wrong_dates_are_refused_and_what_was_typed_stays(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, name = open_page(monkeypatch, make_user(), "assignments", area="G1"), f"assign-{town['G1']}"
    page.date_input(key=f"{name}-to").set_value(TODAY - timedelta(days=3))
    page.text_input(key=f"{name}-reason").set_value("就近包联")
    page = press(page, name)
    assert said(page, "error")[0].startswith("结束日期")
    assert page.text_input(key=f"{name}-reason").value == "就近包联"
    assert get_coverage(make_user()).covered == 0
    page.date_input(key=f"{name}-to").set_value(None)
    assert said(press(page, name), "success")


def test_the_second_is_told_when_two_end_one_assignment(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    actor, key = make_user(), assigned(town)
    page = open_page(monkeypatch, actor, "assignments", area="G1")
    page = press(page, f"end-{key}")
    assert said(page, "error") == ["请填写「理由」。"]
    end_assignment(make_user(), key, 1, TODAY, "调离")
    page.text_input(key=f"end-{key}-reason").set_value("轮换")
    page = press(page, f"end-{key}")
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert "调离" in said(page, "info")[0]
    assert page.text_input(key=f"end-{key}-reason").value == "轮换"
    page.date_input(key=f"end-{key}-day").set_value(TODAY + timedelta(days=1))
    assert said(press(page, f"end-{key}"), "success")


def test_history_and_staffing_stand_on_the_card(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    key = assign_member(
        make_user(), AssignmentForm(town["member"], town["G3"], "core_member", TODAY - timedelta(days=9))
    )
    end_assignment(make_user(), key, 1, TODAY - timedelta(days=1), "轮换")
    shown = texts_of(open_page(monkeypatch, make_user(), "assignments", area="G3"))
    assert text("zh_CN", "assignments.history", n=1) in shown
    assert text("zh_CN", "assignments.ended_because", reason="轮换") in shown
    assert text("zh_CN", "assignments.staffing.too_many", n=830, least=300, most=500, parts=2, grid="网格") in shown


def test_phones_are_masked(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assigned(town)
    shown = texts_of(open_page(monkeypatch, make_user(), "assignments", area="G1"))
    assert "138****1234" in shown
    assert "13800001234" not in shown


def test_the_proposal_gives_reasons_and_is_confirmed_by_row_and_all(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = make_user()
    page = press(open_page(monkeypatch, actor, "assignments"), "switch")
    assert text("zh_CN", "proposals.title") in texts_of(page)
    page = press(page, "propose")
    shown = texts_of(page)
    assert "距居住社区" in shown
    assert "现包联 0 格" in shown
    assert get_coverage(actor).covered == 0
    page.selectbox(key=f"proposal-post-{town['G3']}").set_value("patrol_volunteer").run()
    page = press(page, f"confirm-{town['G3']}")
    assert said(page, "success") == [text("zh_CN", "proposals.done", n=1)]
    assert [row.post for row in get_grid_card(actor, town["G3"]).assignments] == ["patrol_volunteer"]
    assert f"confirm-{town['G3']}" not in keys_of(page)
    page = press(page, f"other-{town['G2']}")  # the grid's own form has every candidate
    assert f"assign-{town['G2']}-person" in [radio.key for radio in page.radio]
    page = press(page, "switch")
    page = press(page, "confirm-all")
    assert said(page, "success") == [text("zh_CN", "proposals.done", n=2)]
    assert get_coverage(actor).covered == 3
    assert text("zh_CN", "proposals.empty", grid="网格") in texts_of(page)


def test_a_grid_leader_sees_the_own_grid_and_changes_nothing(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assigned(town)
    assigned(town, "G2", "other")
    leader = make_user(Role.GRID_LEADER, area=town["G1"])
    page = open_page(monkeypatch, leader, "assignments")
    shown = texts_of(page)
    assert "周安" in shown
    assert "吴远" not in shown
    assert "长春网格" not in shown
    assert not [key for key in keys_of(page) if key.startswith(("end-", "assign-", "switch"))]
    page = open_page(monkeypatch, leader, "assignments", area="G2", form="proposal")
    assert "吴远" not in texts_of(page)
    assert "propose" not in keys_of(page)


def test_a_party_member_sees_the_own_grids(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assigned(town)
    assigned(town, "G2", "other")
    member = make_user(Role.PARTY_MEMBER, person=town["member"], area=town["G1"])
    shown = texts_of(open_page(monkeypatch, member, "assignments"))
    assert text("zh_CN", "own_grids.title", grid="网格") in shown
    assert "升平网格" in shown
    assert "吴远" not in shown
    assert text("zh_CN", "own_grids.tasks.none") in shown
    none = make_user(Role.PARTY_MEMBER)
    assert text("zh_CN", "own_grids.none", grid="网格") in texts_of(open_page(monkeypatch, none, "assignments"))


def test_markup_in_names_and_reasons_is_shown_as_text(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "<script>alert(1)</script>${7*7}`"
    person = make_person(evil, area=town["community"], is_party_member=True)
    assign_member(make_user(), AssignmentForm(person, town["G1"], "core_member", TODAY, None, "</div><img src=x>"))
    page = open_page(monkeypatch, make_user(), "assignments", area="G1")
    bodies = "".join(element.proto.body for element in page.get("html") if not element.proto.body.startswith("<style"))
    assert "<script>alert" not in bodies
    assert "<img src=x" not in bodies
    assert "${7" not in bodies
    assert "&lt;script&gt;" in bodies


def test_unknown_addresses_do_no_harm(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for query in ({"area": "NONE"}, {"area": "<b>"}, {"area": "C"}, {"form": "x"}):
        page = open_page(monkeypatch, make_user(), "assignments", **query)
        assert not page.exception
        assert not said(page, "error")


@pytest.mark.parametrize("key", ["wanli", "lanshan", "linfeng", "chengdu"])
def test_each_profile_has_its_own_words(town: dict[str, int], monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    use_profile(key)
    page = open_page(monkeypatch, make_user(), "assignments", area="G1")
    assert not page.exception
    assert not said(page, "error")
    posts = page.selectbox(key=f"assign-{town['G1']}-post-{town['member']}").options
    assert "总支书记" not in posts
    assert len(posts) >= 2


def test_statements_do_not_grow_with_the_number_of_grids(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    actor: Actor = make_user()

    def counted() -> int:
        with recorded() as statements:
            open_page(monkeypatch, actor, "assignments", area="G1")
        statements.most(30)
        return len(statements)

    counted()  # what is kept in memory is read here
    few = counted()
    for number in range(12):
        grid = make_area(f"格{number}", parent=town["community"], code=f"N{number}")
        person = make_person(f"人{number}", area=grid, is_party_member=True)
        assign_member(actor, AssignmentForm(person, town["G1"], "core_member", TODAY))
    counted()
    assert counted() <= few
