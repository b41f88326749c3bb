"""The page of organisations, coverage and people as its roles use it."""

from datetime import date

import pytest

from config.profiles import PROFILE_KEYS, load_profile
from config.texts import text
from db.models import AuditEntry
from db.session import Database, reading
from domain.clock import local_date, utc_now
from domain.permissions import EVERYWHERE, Actor, Role
from services.organisations.changes import OrganisationForm, add_organisation, rename_organisation
from services.organisations.tree import organisation_coverage, organisation_tree, tier_order
from services.people.posts import PostForm, hold_post, list_posts_of
from services.people.register import PeopleFilter, PersonForm, edit_person, find_people, get_person_view
from tests.factories import make_area, make_person, make_user, use_profile
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.statements import recorded
from ui.safe import safe

SINCE = date(2022, 1, 1)
VIEWS = ("tree", "coverage", "people")


@pytest.fixture
def town(sqlite_db: Database) -> dict[str, int]:
    street = make_area("青棠街道", level="street", code="S", box=(112.4, 34.6, 112.43, 34.61))
    community = make_area("南寨社区", level="community", parent=street, code="C", box=(112.4, 34.6, 112.42, 34.61))
    found = {"street": street, "community": community}
    for number, name in enumerate(("升平", "长春"), 1):
        west = 112.39 + 0.01 * number
        box = (west, 34.6, west + 0.01, 34.61)
        found[f"G{number}"] = make_area(f"{name}网格", parent=community, code=f"G{number}", box=box)
    chief = make_user()
    found["top"] = add_organisation(chief, OrganisationForm("街道党工委", "street_committee", None, "S", SINCE))
    branch = OrganisationForm("南寨社区党支部", "community_branch", found["top"], "C", SINCE)
    found["branch"] = add_organisation(chief, branch)
    group = OrganisationForm("升平网格党小组", "grid_group", found["branch"], "G1", SINCE)
    found["group"] = add_organisation(chief, group)
    found["person"] = make_person(
        "周安", area=found["G1"], is_party_member=True, organisation_id=found["group"], phone="13800001234"
    )
    return found


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_empty_page_says_what_to_do_next_in_the_readers_language(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, view: str, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(locale=locale), "organisations", view=view)
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    key = {"tree": "organisations.empty", "coverage": "org_coverage.none", "people": "people.empty.none"}[view]
    assert text(locale, key) in shown
    assert safe(text(locale, f"{key}.next")) in shown
    assert not [word for word in shown.split() if word.startswith(("organisations.", "people.", "org_coverage."))]


@pytest.mark.parametrize("role", [Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT])
@pytest.mark.parametrize("view", VIEWS)
def test_a_role_without_the_right_is_refused(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch, role: Role, view: str
) -> None:
    page = open_page(monkeypatch, make_user(role), "organisations", view=view, person=town["person"])
    assert is_closed(page)
    assert "周安" not in texts_of(page)


@pytest.mark.parametrize("key", PROFILE_KEYS)
def test_each_profile_shows_its_own_tiers(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    use_profile(key)
    profile, chief, parent = load_profile(key), make_user(), None
    for tier in tier_order(profile):
        parent = add_organisation(chief, OrganisationForm(f"{tier} 甲", tier, parent, "", SINCE))
    shown = texts_of(open_page(monkeypatch, chief, "organisations", org=parent or 0))
    assert [tier for tier in tier_order(profile) if profile.tier(tier).name.zh not in shown] == []


def test_the_tree_shows_counts_and_the_card_areas_posts_and_members(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_post(make_user(), PostForm(town["person"], "mediator", SINCE, organisation_id=town["branch"]))
    page = press(open_page(monkeypatch, make_user(), "organisations"), f"org-{town['branch']}")
    shown = texts_of(page)
    assert page.query_params["org"] in (str(town["branch"]), [str(town["branch"])])
    for words in ("南寨社区党支部", "上级：街道党工委", "党员 1 人", "下级 1 个", "矛盾调解员", "周安"):
        assert words in shown
    page.text_input(key="org_search").set_value("升平").run()
    assert [key for key in keys_of(page) if key.startswith("org-")] == [f"org-{town['group']}"]
    page = press(page, f"member-0-{town['person']}")
    assert page.query_params["person"] in (str(town["person"]), [str(town["person"])])
    assert "138****1234" in texts_of(page)


def test_a_branch_moves_with_what_is_under_it(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    chief = make_user()
    other = add_organisation(chief, OrganisationForm("第二党工委", "street_committee", None, "", SINCE))
    key = f"move-{town['branch']}"
    page = open_page(monkeypatch, chief, "organisations", org=town["branch"])
    assert town["group"] not in [option for option in page.selectbox(key=f"{key}-parent").options]
    page.selectbox(key=f"{key}-parent").set_value(other)
    page = press(page, key)
    assert said(page, "success") == [text("zh_CN", "organisations.done.saved")]
    node = organisation_tree(chief).find(town["group"])
    assert node is not None
    assert node.path == f"/{other}/{town['branch']}/{town['group']}/"


def test_the_second_is_told_when_two_rename(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    chief, key = make_user(), f"rename-{town['group']}"
    page = open_page(monkeypatch, chief, "organisations", org=town["group"])
    node = organisation_tree(chief).find(town["group"])
    assert node is not None
    rename_organisation(chief, node.id, node.version, "别人的名字")
    page.text_input(key=f"{key}-name").set_value("我的名字")
    page = press(page, key)
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert page.text_input(key=f"{key}-name").value == "我的名字"
    page = press(page, key)
    assert said(page, "success")
    page.text_input(key=f"{key}-name").set_value(" ")
    assert said(press(page, key), "error") == ["请填写「名称」。"]


def test_what_is_missing_is_listed_and_set_up(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    chief = make_user()
    page = open_page(monkeypatch, chief, "organisations", view="coverage")
    shown = texts_of(page)
    assert text("zh_CN", "org_coverage.fraction", covered=1, total=2) in shown
    assert text("zh_CN", "org_coverage.formula") in shown
    assert "长春网格" in shown
    assert "升平网格" not in shown
    assert len(page.get("vega_lite_chart")) + len(page.get("arrow_vega_lite_chart")) == 1
    key = f"new-{town['branch']}-G2"
    assert page.text_input(key=f"{key}-name").value == "长春网格党小组"
    page = press(page, key)
    assert said(page, "success") == [text("zh_CN", "organisations.done.added", name="长春网格党小组")]
    assert organisation_coverage(chief)[-1].missing == []


def test_a_secretary_sees_the_own_branch_with_its_top(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_area("别的社区", level="community", parent=town["street"], code="D")
    other = OrganisationForm("别的社区党支部", "community_branch", town["top"], "D", SINCE)
    add_organisation(make_user(), other)
    make_person("吴远", area=street)
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=town["community"])
    shown = texts_of(open_page(monkeypatch, secretary, "organisations"))
    assert "南寨社区党支部" in shown
    assert "别的社区党支部" not in shown
    assert text("zh_CN", "organisations.above_scope") in shown
    page = open_page(monkeypatch, secretary, "organisations", org=town["top"])
    assert text("zh_CN", "organisations.none") in texts_of(page)
    assert "吴远" not in texts_of(open_page(monkeypatch, secretary, "organisations", view="people"))


def test_a_leader_looks_and_changes_nothing(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    leader = make_user(Role.GRID_LEADER, area=town["G1"])
    for view in VIEWS:
        page = open_page(monkeypatch, leader, "organisations", view=view, person=town["person"], form="new")
        assert not said(page, "error")
        assert not [key for key in keys_of(page) if key.startswith(("rename", "move", "link", "new-", "unlink"))]
        assert not keys_of(page) & {"person-new", "person-edit", f"phone-{town['person']}"}
    assert "周安" in texts_of(page)


def test_a_person_is_recorded_and_the_form_keeps_what_was_refused(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    chief = make_user()
    page = press(open_page(monkeypatch, chief, "organisations", view="people"), "person-new")
    page.text_input(key="person-new-phone").set_value("139 1234 5678")
    page = press(page, "person-new-save")
    assert said(page, "error") == ["请填写「姓名」。"]
    assert page.text_input(key="person-new-phone").value == "139 1234 5678"
    page.text_input(key="person-new-name").set_value("欧阳春")
    page.checkbox(key="person-new-agreed").set_value(True)
    page.toggle(key="person-new-member").set_value(True)
    page.selectbox(key="person-new-area").set_value("G2")
    page = press(page, "person-new-save")
    assert said(page, "success") == [text("zh_CN", "people.done.saved", name="欧阳春")]
    [person] = find_people(chief, PeopleFilter(search="oyc")).people
    assert (person.phone, person.area, person.is_party_member) == ("139 **** 5678", "长春网格", True)


def test_the_second_is_told_when_two_change_one_person(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    chief, name = make_user(), f"person-{town['person']}"
    page = open_page(monkeypatch, chief, "organisations", view="people", person=town["person"], form="edit")
    assert page.text_input(key=f"{name}-phone").value == ""
    edit_person(chief, town["person"], 1, PersonForm("周安二", None, True, town["group"], "G1"))
    page.text_input(key=f"{name}-name").set_value("周安三")
    page = press(page, f"{name}-save")
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert "周安二" in said(page, "info")[0]
    page = press(page, f"{name}-save")
    assert said(page, "success")
    person = get_person_view(chief, town["person"])
    assert (person.name, person.phone) == ("周安三", "138****1234")


def test_a_phone_is_shown_for_a_reason_that_is_recorded(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"phone-{town['person']}"
    page = open_page(monkeypatch, make_user(), "organisations", view="people", person=town["person"])
    assert "13800001234" not in texts_of(page)
    page = press(page, key)
    assert said(page, "error") == ["请填写「理由」。"]
    page.text_input(key=f"{key}-reason").set_value("核对走访安排")
    page = press(page, key)
    assert any("13800001234" in words for words in said(page, "info"))
    assert "13800001234" not in texts_of(page.run())
    with reading(EVERYWHERE) as session:
        details = [entry.detail for entry in session.query(AuditEntry).filter_by(action="person.uncover_phone")]
    assert details == ["核对走访安排"]


def test_posts_are_counted_once_for_people_and_once_for_posts(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_profile("lanshan")
    chief, name = make_user(), f"hold-{town['person']}"
    hold_post(chief, PostForm(town["person"], "mediator", SINCE, organisation_id=town["group"]))
    page = open_page(monkeypatch, chief, "organisations", view="people", person=town["person"])
    page.selectbox(key=f"{name}-post").set_value("assigned_member")
    page = press(page, name)
    assert said(page, "success")
    assert len(list_posts_of(chief, town["person"])) == 2
    shown = texts_of(page)
    figures = next(words for words in shown.split("\n") if "lg-figures" in words)
    assert [figures.count(f"<b>{number}<u>") for number in (1, 2)] == [2, 1]
    assert text("zh_CN", "people.posts_n", n=2) in shown
    page = press(page, name)
    assert said(page, "error") == [text("zh_CN", "errors.already_held")]
    held = list_posts_of(chief, town["person"])[-1].id
    page.date_input(key=f"end-post-{held}-day").set_value(local_date(utc_now()))
    page = press(page, f"end-post-{held}")
    assert said(page, "success")
    assert len([post for post in list_posts_of(chief, town["person"]) if post.until is None]) == 1


def test_markup_in_names_is_shown_as_text(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "<script>alert(1)</script>${7*7}`"
    node = organisation_tree(make_user()).find(town["branch"])
    assert node is not None
    rename_organisation(make_user(), node.id, node.version, evil)
    person = make_person(evil, area=town["G1"], is_party_member=True, organisation_id=town["branch"])
    for query in ({"org": town["branch"]}, {"view": "coverage"}, {"view": "people", "person": person}):
        page = open_page(monkeypatch, make_user(), "organisations", **query)
        bodies = [element.proto.body for element in page.get("html")]
        shown = "".join(body for body in bodies if not body.startswith("<style") and "lingeTicker" not in body)
        assert "<script>" not in shown
        assert "${7" not in shown


def test_unknown_addresses_do_no_harm(town: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for query in ({"org": 999}, {"org": "x"}, {"view": "<b>"}, {"view": "people", "person": "x"}):
        page = open_page(monkeypatch, make_user(), "organisations", **query)
        assert not page.exception
        assert not said(page, "error")
    page = open_page(monkeypatch, make_user(), "organisations", view="people", person=999)
    assert said(page, "error") == [text("zh_CN", "errors.not_found")]


@pytest.mark.parametrize("view", VIEWS)
def test_statements_do_not_grow_with_the_number_of_rows(
    town: dict[str, int], monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    actor: Actor = make_user()

    def counted() -> int:
        with recorded() as statements:
            open_page(monkeypatch, actor, "organisations", view=view)
        statements.most(26)
        return len(statements)

    counted()
    few = counted()
    for number in range(12):
        make_area(f"格{number}", parent=town["community"], code=f"N{number}")
        form = OrganisationForm(f"小组{number}", "grid_group", town["branch"], "", SINCE)
        group = add_organisation(actor, form)
        make_person(f"人{number}", area=town["G1"], is_party_member=True, organisation_id=group)
    counted()
    assert counted() <= few
