"""The same thing done by several at the same moment, on both databases: once, or refused in words; never a failure."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from db.session import Database
from domain.clock import utc_now
from domain.errors import Refusal
from domain.permissions import SYSTEM, Actor, Role
from services.accounts import sessions, users
from services.accounts.users import UserForm, list_accounts
from services.activities import plans as activity_plans
from services.activities.plans import ActivityForm
from services.organisations import changes as organisation_changes
from services.organisations.changes import OrganisationForm
from services.organisations.tree import organisation_tree
from services.people import assignments, posts, volunteers
from services.people import register as people
from services.people.assignments import AssignmentForm, get_grid_card
from services.people.posts import PostForm
from services.people.register import PersonForm, find_people
from services.people.volunteers import VolunteerForm, list_volunteers
from services.stations import register as stations
from services.stations.register import StationForm, list_stations
from tests import factories as make

DAY, PASSWORD = date(2026, 1, 1), "correct horse"
AREA = "A-AT-ONCE"
MANY = 6


@pytest.fixture
def chief(db: Database) -> Actor:
    street = make.make_area("街道", level="street", box=(112.4, 34.6, 112.43, 34.61))
    make.make_area("网格", parent=street, code=AREA, box=(112.4, 34.6, 112.43, 34.61))
    return make.make_user()


def at_once(calls: Sequence[Callable[[], Any]]) -> Counter[str]:
    """Start all at the same moment; how many ended in what: the answer, or the code of the refusal."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        gate.wait(30)
        try:
            return f"made {call()}"
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))


def same_form(actor: Actor, name: str) -> Callable[[], Any]:
    """One form, with one key, and what it says that it made."""
    begins = utc_now() + timedelta(days=1)
    plan = ActivityForm("义诊", "community_service", begins, begins + timedelta(hours=2), place="广场")
    station = StationForm("新站", "service_centre", 112.41, 34.605)
    calls: dict[str, Callable[[], Any]] = {
        "activity": lambda: activity_plans.plan_activity(actor, plan, "k").id,
        "station": lambda: stations.create_station(actor, station, "k").id,
        "volunteer": lambda: volunteers.register_volunteer(actor, VolunteerForm("苏木", None, None), "k").id,
        "person": lambda: people.add_person(actor, PersonForm("苏木", "", form_key="k")),
        "organisation": lambda: organisation_changes.add_organisation(
            actor, OrganisationForm("支部", "street_committee", None, AREA, DAY, "k")
        ),
    }
    return calls[name]


@pytest.mark.parametrize("name", ["activity", "station", "volunteer", "person", "organisation"])
def test_a_form_sent_many_times_at_once_makes_one_record(chief: Actor, name: str) -> None:
    found = at_once([same_form(chief, name)] * MANY)
    assert list(found.values()) == [MANY]
    assert next(iter(found)).startswith("made ")
    made = {
        "station": len(list_stations(chief)),
        "volunteer": list_volunteers(chief).total,
        "person": find_people(chief).total,
        "organisation": len(organisation_tree(chief).nodes),
    }
    assert made.get(name, 1) == 1


def test_the_same_assignment_and_post_come_once_when_sent_at_once(chief: Actor) -> None:
    person = make.make_person("石磊", is_party_member=True)
    grid = people_area(chief)
    form = AssignmentForm(person, grid, "core_member", DAY, form_key="k")
    assert list(at_once([lambda: assignments.assign_member(chief, form)] * MANY).values()) == [MANY]
    # From two desks: two forms, one of which comes second.
    found = at_once(
        [lambda n=n: assignments.assign_member(chief, replace(form, form_key=f"other{n}")) for n in range(MANY)]
    )
    assert set(found) == {"assignment_overlap"}
    assert len(get_grid_card(chief, grid).assignments) == 1
    post = PostForm(person, "mediator", DAY, area=AREA)
    held = at_once([lambda n=n: posts.hold_post(chief, replace(post, form_key=f"{n}")) for n in range(MANY)])
    assert sum(count for what, count in held.items() if what.startswith("made")) == 1


def people_area(chief: Actor) -> int:
    from services.areas.register import find_areas

    return find_areas(chief, search=AREA).areas[0].id


def test_there_is_one_first_administrator_when_two_come_at_once(db: Database) -> None:
    found = at_once(
        [lambda n=n: sessions.make_first_administrator(f"root{n}", "管理", PASSWORD) and "in" for n in range(MANY)]
    )
    assert found == {"made in": 1, "already_set_up": MANY - 1}
    assert len(list_accounts(SYSTEM)) == 1


def test_an_account_name_is_given_once_when_asked_for_at_once(db: Database) -> None:
    form = UserForm("duty", "值班", "visitor", PASSWORD)
    found = at_once([lambda: users.add_user(SYSTEM, form).username] * MANY)
    assert found["made duty"] == 1
    assert sum(found[code] for code in ("user_exists", "stale_record")) == MANY - 1


def test_an_administrator_is_left_when_all_are_disabled_at_once(db: Database) -> None:
    names = [f"root{n}" for n in range(4)]
    for name in names:
        make.make_user(Role.ADMINISTRATOR, username=name)
    found = at_once([lambda name=name: users.set_active(SYSTEM, name, False).is_active for name in names])
    assert found == {"made False": 3, "last_administrator": 1}


def test_an_area_is_linked_once_when_two_link_it_at_once(chief: Actor) -> None:
    tree = organisation_changes.add_organisation(chief, OrganisationForm("支部", "street_committee", None, "", DAY))
    found = at_once([lambda: organisation_changes.link_area(chief, tree, AREA, DAY) and "in"] * MANY)
    assert found["made in"] == 1
    assert organisation_tree(chief).nodes[0].areas == 1


def test_wrong_passwords_sent_at_once_are_all_counted(db: Database) -> None:
    make.make_user(username="duty", password_hash=sessions.hash_password(PASSWORD))
    found = at_once([lambda: sessions.sign_in("duty", "wrong password")] * 8)
    assert set(found) <= {"sign_in_failed", "account_locked"}
    with pytest.raises(sessions.AccountLocked):
        sessions.sign_in("duty", PASSWORD)
