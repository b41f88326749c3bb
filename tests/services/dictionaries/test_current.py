"""The dictionary in use: seeded from the profile, kept with each incident, asked for limits and closing standards."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config.calendar import calendar_for
from config.profiles import PROFILE_KEYS, load_profile
from config.texts import refusal_text
from db.models import DictionaryRow, DictionaryVersion, Incident
from db.queries.dictionaries import list_dictionary_entries
from db.session import Database, transaction
from domain.clocks import ClockKind, Limit
from domain.dictionaries import Dictionary, PhotoRequired, StandardNotConfirmed
from domain.errors import NotFound
from domain.incidents import IncidentAction as A
from domain.incidents import IncidentStatus as S
from domain.permissions import EVERYWHERE
from services.dictionaries.current import (
    Asked,
    category_name,
    current_dictionary,
    forget_dictionary,
    limit_of,
    limits_of,
)
from services.dictionaries.seeds import seed_dictionary
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.incidents.reports import log_incident, preview_report
from services.incidents.views import IncidentView
from services.system.installations import current_profile, migrate
from services.timelines.checks import verify_timelines
from tests.incident_town import NOW, Street, form, logged, make_street
from tests.pictures import picture


def act(who: object, view: IncidentView, action: A, note: str = "", **values: object) -> IncidentView:
    return act_on_incident(who, view.id, action, view.version, note, now=NOW + timedelta(hours=1), **values)  # type: ignore[arg-type]


def answered(street: Street, **values: object) -> IncidentView:
    """A case that was fed back without a photo."""
    view = get_incident(street.command, logged(street.command, **values).id, NOW).view
    return act(street.leader_a, act(street.leader_a, view, A.TAKE_OVER), A.FEED_BACK, "已处理")


@pytest.mark.parametrize("key", PROFILE_KEYS)
def test_a_new_database_has_the_dictionary_of_its_profile(db: Database, key: str) -> None:
    profile = load_profile(key)
    with db.transaction(EVERYWHERE) as session:
        seed_dictionary(session, profile, NOW)
        seed_dictionary(session, profile, NOW)  # a second time changes nothing
    with db.reading(EVERYWHERE) as session:
        assert tuple(list_dictionary_entries(session)) == profile.entries
        version = session.get_one(DictionaryVersion, 1)
        assert (version.total, version.added, version.changed, version.closed) == (len(profile.entries),) * 2 + (0, 0)


def test_a_real_installation_begins_with_it(sqlite_db: Database) -> None:
    migrate()
    with sqlite_db.reading(EVERYWHERE) as session:
        assert tuple(list_dictionary_entries(session)) == current_profile().entries
    assert current_dictionary().version == 1


@pytest.mark.parametrize("table", ["dictionary_entries", "dictionary_versions"])
def test_the_database_itself_deletes_none(db: Database, table: str) -> None:
    with db.transaction(EVERYWHERE) as session:
        seed_dictionary(session, load_profile("chengdu"), NOW)
    with pytest.raises(DBAPIError, match="never deleted"), db.transaction(EVERYWHERE) as session:
        session.execute(text(f"DELETE FROM {table}"))


def test_an_incident_keeps_the_version_it_was_filed_under(db: Database) -> None:
    street = make_street()
    with transaction(EVERYWHERE) as session:
        seed_dictionary(session, current_profile(), NOW)
    early = logged(street.command, "early")
    with transaction(EVERYWHERE) as session:
        session.add(DictionaryVersion(number=2, at=NOW, author="x", note="", added=1, changed=1, closed=0, total=1))
        session.flush()
        old = session.query(DictionaryRow).filter_by(category="street_light", condition="").one()
        columns = {name: getattr(old, name) for name in DictionaryRow.__mapper__.attrs.keys() if name != "id"}  # noqa: SIM118
        session.add(
            DictionaryRow(
                **columns | {"class_name": "路灯故障", "limit_amount": 3.0, "first_version": 2, "standard": "灯已亮"}
            )
        )
        old.last_version = 1
    late = logged(street.command, "late")  # asks for the newest version in its own transaction
    forget_dictionary()
    first, second = (get_incident(street.command, one.id, NOW) for one in (early, late))
    assert (first.view.dictionary_version, second.view.dictionary_version) == (1, 2)
    assert (first.run.total, second.run.total) == (Limit(1, ClockKind.WORKING_DAY), Limit(3, ClockKind.WORKING_DAY))
    assert category_name("street_light", 1).zh == "路灯不亮"
    assert category_name("street_light").zh == "路灯故障"
    view = act(street.leader_a, act(street.leader_a, second.view, A.TAKE_OVER), A.FEED_BACK, "好了")
    with pytest.raises(StandardNotConfirmed) as refused:
        act(street.secretary, view, A.CLOSE)
    assert refused.value.values["standard"].zh == "灯已亮"
    # Reopened, the earlier one gets the limit of its own version again.
    view = act(street.leader_a, act(street.leader_a, first.view, A.TAKE_OVER), A.FEED_BACK, "好了")
    view = act(street.secretary, view, A.CLOSE, standard_confirmed=True)
    act(street.secretary, view, A.REOPEN, "又不亮了")
    assert get_incident(street.command, early.id, NOW).run.total == Limit(1, ClockKind.WORKING_DAY)


def test_a_class_that_no_version_has_is_refused(sqlite_db: Database) -> None:
    street = make_street()
    with pytest.raises(NotFound):
        log_incident(street.command, form(category="moon_dust"), NOW)
    with pytest.raises(NotFound):
        log_incident(street.command, form(condition="moon_dust"), NOW)
    with pytest.raises(NotFound):
        preview_report(street.command, category="moon_dust", urgency="normal", now=NOW)


def test_an_urgent_matter_has_two_limits_and_the_earlier_holds(sqlite_db: Database) -> None:
    profile = current_profile()
    night = datetime(2026, 3, 18, 15, tzinfo=UTC)
    urgent = Asked("road_damage", "urgent")
    assert [limit.clock for limit in limits_of(profile, urgent)] == [ClockKind.WORKING_DAY, ClockKind.EMERGENCY_HOUR]
    assert limit_of(profile, urgent, night, calendar_for(profile)) == Limit(2, ClockKind.EMERGENCY_HOUR)
    assert limits_of(profile, Asked("road_damage", "normal")) == (Limit(5, ClockKind.WORKING_DAY),)


def test_closing_is_refused_until_the_standard_is_said_to_be_met(db: Database) -> None:
    street = make_street()
    view = answered(street)
    with pytest.raises(StandardNotConfirmed) as refused:
        act(street.secretary, view, A.CLOSE)
    assert "设施已修复或更换" in refusal_text("zh_CN", refused.value)
    assert "repaired or replaced" in refusal_text("en", refused.value)
    view = act(street.secretary, view, A.CLOSE, standard_confirmed=True)
    assert view.status is S.CLOSED
    said = get_incident(street.command, view.id, NOW).timeline[-1].changes["standard"]
    assert said == "设施已修复或更换，可以安全使用。"
    assert verify_timelines().findings == []


def test_a_class_that_wants_a_photo_is_not_closed_without(db: Database) -> None:
    street = make_street()
    view = answered(street, category="litter", photos=(picture(),))  # a photo from before shows no result
    with pytest.raises(PhotoRequired):
        act(street.secretary, view, A.CLOSE, standard_confirmed=True)
    view = act(street.secretary, view, A.CLOSE, standard_confirmed=True, photos=(picture(),))
    assert view.status is S.CLOSED


def test_a_photo_from_before_a_reopening_is_not_enough(sqlite_db: Database) -> None:
    street = make_street()
    view = answered(street, category="litter")
    view = act(street.secretary, view, A.CLOSE, standard_confirmed=True, photos=(picture(),))
    later = NOW + timedelta(hours=2)
    for who, action, note in (
        (street.secretary, A.REOPEN, "又有垃圾"), (street.leader_a, A.TAKE_OVER, ""),
        (street.leader_a, A.FEED_BACK, "清了"),
    ):  # fmt: skip
        view = act_on_incident(who, view.id, action, view.version, note, now=later)
    with pytest.raises(PhotoRequired):
        act_on_incident(street.secretary, view.id, A.CLOSE, view.version, standard_confirmed=True, now=later)


def test_a_case_of_an_unknown_class_can_still_be_closed(sqlite_db: Database) -> None:
    street = make_street()
    view = answered(street)
    with transaction(EVERYWHERE) as session:
        session.get_one(Incident, view.id).category = "long_gone"
    card = get_incident(street.secretary, view.id, NOW)
    assert card.entry is None
    assert act(street.secretary, card.view, A.CLOSE).status is S.CLOSED


def test_the_dictionary_is_read_once_for_many_names(sqlite_db: Database) -> None:
    make_street()
    forget_dictionary()
    with sqlite_db.transaction(EVERYWHERE) as session:
        seed_dictionary(session, current_profile(), NOW)
    found = current_dictionary()
    assert isinstance(found, Dictionary)
    assert current_dictionary() is found
    with sqlite_db.reading(EVERYWHERE) as session:
        assert current_dictionary(session) is found


def test_the_condition_decides_the_limit_from_the_report_on(db: Database) -> None:
    street = make_street()
    preview = preview_report(street.command, category="manhole", condition="noisy", urgency="normal", now=NOW)
    assert preview.limit == Limit(2, ClockKind.WORKING_DAY)
    noisy = get_incident(street.command, logged(street.command, "a", category="manhole", condition="noisy").id, NOW)
    missing = get_incident(street.command, logged(street.command, "b", category="manhole", condition="missing").id, NOW)
    assert (noisy.view.condition, noisy.run.total, noisy.view.due_at) == ("noisy", preview.limit, preview.due_at)
    assert missing.run.total == Limit(2, ClockKind.EMERGENCY_HOUR)
    assert missing.entry is not None
    assert missing.entry.condition_name.zh == "井盖缺失"
