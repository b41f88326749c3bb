"""The demo towns: the same for the same seed and day, apart from real data, with the stated figures."""

import dataclasses
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from config.profiles import PROFILE_KEYS, load_profile
from db.models import (
    Activity,
    Area,
    Attendance,
    Incident,
    IncidentEvent,
    Person,
    PledgeEvidence,
    PledgePhoto,
    Plot,
    PlotCheck,
    PlotPhoto,
    Room,
    RotaConfirmation,
    RotaDuty,
    ShopGood,
    User,
    UserSession,
    Visit,
    VisitPhoto,
    WhistleAnswer,
)
from db.session import Database
from domain.clock import local_date
from domain.incidents import OPEN, IncidentAction, replay
from domain.permissions import EVERYWHERE, SYSTEM, Role
from domain.plots import CheckResult, PlotKind
from services.accounts import sessions
from services.demo import NotADemo, build_demo, describe_demo, reset_demo
from services.incidents.courses import course_of
from services.incidents.repeats import list_repeat_places
from services.timelines.checks import verify_timelines
from tests.built_towns import TownShelf, in_use
from tests.factories import make_area

NOW = datetime(2026, 3, 18, 6, 32, tzinfo=UTC)  # 14:32 in Shanghai


@pytest.fixture(scope="module")
def town(built_towns: TownShelf, tmp_path_factory: pytest.TempPathFactory) -> Database:
    file = tmp_path_factory.mktemp("town") / "town.db"
    built_towns.copy("linfeng", NOW, file)
    return Database(f"sqlite:///{file}")


def test_the_same_seed_and_day_give_the_same_town(town: Database, tmp_path: Path) -> None:
    def digest(name: str, **choices: object) -> str:
        return build_demo("linfeng", target=Database(f"sqlite:///{tmp_path / name}"), **choices).digest  # type: ignore[arg-type]

    later = NOW.replace(hour=12)
    assert digest("a.db", now=NOW) == digest("b.db", now=later) != digest("c.db", now=NOW, seed=7)


@pytest.mark.parametrize("profile", PROFILE_KEYS)
def test_the_stated_figures_come_out(profile: str, built_towns: TownShelf, tmp_path: Path) -> None:
    report = built_towns.copy(profile, NOW, tmp_path / "town.db")
    target = Database(f"sqlite:///{tmp_path / 'town.db'}")
    held = [figure for figure in report.headline if figure.held is not None]
    for figure in held:
        assert figure.held == pytest.approx(figure.stated, rel=0.01 if figure.key == "area_km2" else 0), figure
    assert report.counts["incidents"] > 1000
    assert len(report.digest) == 64
    answers_are_believable(target)
    timetable_is_believable(target, profile)
    pictures_are_few_and_belong_to_records(target)
    daily_work_is_believable(target)


def pictures_are_few_and_belong_to_records(town: Database) -> None:
    """Some plots, visits and services have drawn pictures, taken when the record was made; a few of each."""
    records = ((PlotPhoto, PlotCheck, "check_id", "at"), (VisitPhoto, Visit, "visit_id", "at"),
               (PledgePhoto, PledgeEvidence, "evidence_id", "created_at"))  # fmt: skip
    with town.reading(EVERYWHERE) as session:
        for model, record, link, moment in records:
            photos = list(session.scalars(select(model).options(undefer(model.content))))
            assert 1 <= len(photos) <= 8
            for photo in photos:
                assert photo.taken_at == getattr(session.get_one(record, getattr(photo, link)), moment) <= NOW
                assert photo.content.startswith(b"\xff\xd8")
            assert sum(len(photo.content) for photo in photos) < 200_000
        assert {photo.stage for photo in session.scalars(select(PlotPhoto))} == {"before", "after"}


def daily_work_is_believable(town: Database) -> None:
    """Rotas with duties done and missed, plots of both kinds in every state, visits, goods."""
    today = local_date(NOW)
    with town.reading(EVERYWHERE) as session:
        over = session.scalar(select(func.count(RotaDuty.id)).where(RotaDuty.ends_on < today)) or 0
        coming = session.scalar(select(func.count(RotaDuty.id)).where(RotaDuty.starts_on > today)) or 0
        done = session.scalar(select(func.count(RotaConfirmation.id))) or 0
        plots = {row.id: row.kind for row in session.scalars(select(Plot))}
        checks = session.execute(select(PlotCheck.plot_id, PlotCheck.result)).all()
        visits, last = session.execute(select(func.count(Visit.id), func.max(Visit.at))).one()
        goods = session.scalar(select(func.count(ShopGood.id)).where(ShopGood.is_offered)) or 0
    assert over / 2 < done < over
    assert coming > 0
    assert set(plots.values()) == set(PlotKind)
    assert {result for _, result in checks} == set(CheckResult)
    assert plots.keys() > {plot for plot, _ in checks}
    assert visits > 10
    assert last <= NOW
    assert goods > 3


def timetable_is_believable(town: Database, profile: str) -> None:
    """Rooms are in use, and weekly programmes run where the profile has them."""
    with town.reading(EVERYWHERE) as session:
        rooms = session.scalar(select(func.count(Room.id))) or 0
        used = session.scalar(select(func.count(Activity.id)).where(Activity.room_id.is_not(None))) or 0
        weekly = session.scalar(select(func.count(Activity.id)).where(Activity.series_id.is_not(None))) or 0
    assert used > rooms > 0
    assert (weekly > 100) == bool(load_profile(profile).programmes)


def answers_are_believable(town: Database) -> None:
    """Whistles and call-backs: some late, some waived, some not content, and never out of proportion."""
    with town.reading(EVERYWHERE) as session:
        answers = list(session.scalars(select(WhistleAnswer)))
        called = list(session.scalars(select(Incident.call_satisfaction).where(Incident.called_at.is_not(None))))
        names = set(session.scalars(select(User.name).where(User.role == Role.DEPARTMENT)))
        phones = list(session.scalars(select(Incident.reporter_phone).where(Incident.reporter_phone.is_not(None))))
    assert "综合行政执法队" in names
    assert all(phone and phone.startswith("100") for phone in phones)
    came = [row for row in answers if row.reported_at]
    late = [row for row in came if row.reported_at and row.reported_at > row.due_at]
    assert len(came) > 30
    assert 0.02 < len(late) / len(came) < 0.4
    assert {row.rating for row in answers} >= {3, 4, 5}
    assert any(row.waived_at for row in answers)
    assert len({row.department_id for row in answers}) > 3
    assert 0.75 < sum(content != "dissatisfied" for content in called) / len(called) < 0.98


def test_nothing_in_the_town_lies_after_its_present(town: Database) -> None:
    with town.reading(EVERYWHERE) as session:
        assert (session.scalar(select(func.max(Incident.reported_at))) or NOW) <= NOW
        assert (session.scalar(select(func.max(IncidentEvent.at))) or NOW) <= NOW
        assert (session.scalar(select(func.max(Attendance.checked_out_at))) or NOW) <= NOW
        open_ones = session.scalar(select(func.count(Incident.id)).where(Incident.status.in_(OPEN)))
        late = session.scalar(select(func.count(Incident.id)).where(Incident.status.in_(OPEN), Incident.due_at < NOW))
        assert (open_ones or 0) > 3
        assert 0 <= (late or 0) < (open_ones or 0)


def test_every_life_is_a_way_of_its_lane_and_leads_to_the_columns(town: Database) -> None:
    profile, turns = load_profile("linfeng"), set()
    with town.reading(EVERYWHERE) as session:
        events: dict[int, list[IncidentEvent]] = defaultdict(list)
        for event in session.scalars(select(IncidentEvent).order_by(IncidentEvent.sequence)):
            events[event.incident_id].append(event)
        for row in session.scalars(select(Incident)):
            lane, timeline = profile.lane(row.lane).lane, events[row.id]
            assert replay(lane, [IncidentAction(event.action) for event in timeline]) == row.status
            found = course_of(timeline, None if lane.files else row.reported_at)
            assert {name: getattr(row, name) for name in found} == found
            turns |= {event.action for event in timeline}
    assert {"suspend", "resume", "reopen", "void", "escalate", "supervise", "return", "check", "verify"} <= turns


def test_the_records_beside_the_timelines_follow_from_them(town: Database) -> None:
    with in_use(town):
        assert verify_timelines().findings == []


def test_every_incident_lies_where_it_says(town: Database) -> None:
    from shapely import Point

    with town.reading(EVERYWHERE) as session:
        shapes = {area.id: area.geometry for area in session.scalars(select(Area))}
        for incident in session.scalars(select(Incident).limit(200)):
            assert shapes[incident.area_id or 0].buffer(1e-6).contains(Point(incident.lon, incident.lat))  # type: ignore[union-attr]


def test_people_are_invented_and_no_phone_can_ring(town: Database) -> None:
    with town.reading(EVERYWHERE) as session:
        phones = list(session.scalars(select(Person.phone)))
    kept = [phone for phone in phones if phone is not None]  # who agrees to be called no more has none
    assert len(kept) > len(phones) / 2
    assert all(phone.startswith("100") and len(phone) == 11 for phone in kept)


def test_a_database_with_other_records_is_refused(sqlite_db: Database) -> None:
    make_area("真实的网格")
    with pytest.raises(NotADemo):
        build_demo("linfeng", now=NOW, target=sqlite_db)
    with pytest.raises(NotADemo):
        reset_demo(SYSTEM)
    with sqlite_db.reading(EVERYWHERE) as session:
        assert session.scalars(select(Area.name)).all() == ["真实的网格"]
    assert describe_demo(SYSTEM) is None


def test_a_reset_brings_the_town_back_and_keeps_who_is_signed_in(built_towns: TownShelf, tmp_path: Path) -> None:
    built_towns.copy("linfeng", NOW, tmp_path / "copy.db")
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with in_use(copy):
        token = sessions.sign_in_to_demo(Role.ADMINISTRATOR)
        before = sessions.find_actor(token)
        make_area("临时加的", level="grid")
        report = reset_demo(dataclasses.replace(SYSTEM))
        with copy.reading(EVERYWHERE) as session:
            assert "临时加的" not in session.scalars(select(Area.name)).all()
            assert session.scalar(select(func.count(UserSession.id))) == 1
        assert sessions.find_actor(token) == before
        description = describe_demo(SYSTEM)
        assert description is not None
        assert description.digest == report.digest


def test_some_cases_are_linked_and_some_places_come_again(town: Database) -> None:
    with in_use(town):
        with town.reading(EVERYWHERE) as session:
            mains = set(session.scalars(select(Incident.main_id).where(Incident.main_id.is_not(None))))
            assert len(mains) > 5
            assert not session.scalar(
                select(func.count(Incident.id)).where(Incident.id.in_(mains), Incident.main_id.is_not(None))
            )
        page = list_repeat_places(SYSTEM, now=NOW)
        assert page.total > 5
        assert any(place.callers > place.cases for place in page.rows)
        assert verify_timelines().findings == []
