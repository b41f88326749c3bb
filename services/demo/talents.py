"""The talent pool of the demo: people who agreed and who did not, needs that are open, asked for and met (示例)."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from config.profiles import Profile
from db.models import (
    Activity,
    Attendance,
    Consent,
    Person,
    Station,
    TalentAsk,
    TalentNeed,
    TalentOffer,
    User,
    Volunteer,
)
from domain.clock import from_local, local_date
from domain.consents import ConsentChannel, ConsentPurpose
from domain.permissions import Role
from domain.talents import AskState, MatchReason, NeedState, OfferTime
from services.demo.rows import Rows
from services.lists.search_keys import search_key

# Of so many volunteers one agreed; of so many of these one left again.
OFFERS, LEAVES = 12, 9
NOT_CALLED = 97  # of so many volunteers one does not want to be called any more
MOST_TALENTS = 400
# What people say of a skill, and what is wanted of it.
WORDS = {
    "mediation": ("楼上楼下的事，愿意坐下来说和", "邻居为停车位争执，请人说和"),
    "law": ("合同、房产问题可以帮着看看", "为老年人讲防诈骗和遗嘱"),
    "medicine": ("退休护士，量血压、换药都行", "义诊需要量血压的人手"),
    "electrics": ("有电工证，帮老人换灯、修插座", "活动室两盏灯不亮，请人换"),
    "teaching": ("小学生作业辅导，数学语文都可以", "周末作业辅导缺一位老师"),
    "music": ("会二胡、会写春联，愿意教", "合唱队排练请人教唱"),
    "haircutting": ("理发二十年，可以上门", "为行动不便的老人上门理发"),
    "repairs": ("修锁、修水龙头，小活随叫", "小修小补集市缺一位师傅"),
    "gardening": ("养花种草，阳台绿化可以教", "院里花箱换季，请人指点"),
    "computing": ("教老人用手机挂号、视频", "手机课堂请一位老师"),
    "cooking": ("会做面点，节日可以教大家", "百家宴请人掌勺"),
}


@dataclass(frozen=True)
class _Talent:
    person: int
    area: int
    skills: tuple[str, ...]


def add_talents(rows: Rows, profile: Profile, now: datetime, rng: random.Random) -> None:
    """Talents with consent, some on paper, some who left again; nothing of them is of today."""
    _add_contact_words(rows, now)
    talents = _add_people(rows, profile, now, rng)
    _add_needs(rows, talents, now, rng)


def _add_contact_words(rows: Rows, now: datetime) -> None:
    """Each volunteer left the number with a word when they joined; a few withdrew, and their number is erased."""
    office = next(row["id"] for row in rows.of(User) if row["role"] == Role.COMMUNITY_SECRETARY)
    accounts = {row["person_id"] for row in rows.of(User)}
    for number, volunteer in enumerate(rows.of(Volunteer), 1):
        person = rows.of(Person)[volunteer["person_id"] - 1]
        joined = min(from_local(volunteer["joined_on"], time(15, 0)), now - timedelta(days=31))
        _say_contact(rows, person["id"], 1, True, office, "", joined)
        if number % NOT_CALLED == 0 and person["id"] not in accounts:
            withdrawn = from_local(local_date(now) - timedelta(days=1 + number % 30), time(10, 20))
            _say_contact(rows, person["id"], 2, False, office, "本人来电", withdrawn)
            person["phone"] = None


def _say_contact(rows: Rows, person: int, sequence: int, given: bool, user: int, note: str, at: datetime) -> None:
    rows.add(
        Consent, person_id=person, purpose=ConsentPurpose.CONTACT.value, sequence=sequence, given=given,
        channel=ConsentChannel.SAID.value, note=note, user_id=user, at=at,
    )  # fmt: skip


def _add_people(rows: Rows, profile: Profile, now: datetime, rng: random.Random) -> list[_Talent]:
    account = {row["person_id"]: row["id"] for row in rows.of(User) if row["role"] == Role.VOLUNTEER}
    office = next(row["id"] for row in rows.of(User) if row["role"] == Role.COMMUNITY_SECRETARY)
    extra = [skill.key for skill in profile.skills]
    found: list[_Talent] = []
    for number, volunteer in enumerate(rows.of(Volunteer)):
        person = rows.of(Person)[volunteer["person_id"] - 1]
        own = account.get(person["id"])
        if (not own and (number % OFFERS or len(found) >= MOST_TALENTS)) or not person["area_id"]:
            continue
        skills = tuple(sorted({*filter(None, person["skills"].split(",")), rng.choice(extra)}))
        person["skills"] = ",".join(skills)
        _add_offer(rows, person["id"], skills[0], rng)
        if own:
            _say(rows, person["id"], 1, True, own, "", _evening(now, 45))
        if own or _add_words(rows, person["id"], office, len(found), now, rng):
            found.append(_Talent(person["id"], person["area_id"], skills))
    return found


def _add_offer(rows: Rows, person: int, skill: str, rng: random.Random) -> None:
    sentence = WORDS[skill][0] if skill in WORDS else ""
    times = [time.value for time in OfferTime if rng.random() < 0.5]
    rows.add(TalentOffer, person_id=person, sentence=sentence, sentence_key=search_key(sentence), times=",".join(times))


def _add_words(rows: Rows, person: int, office: int, number: int, now: datetime, rng: random.Random) -> bool:
    """The words of a person; whether the last one is yes."""
    joined = _evening(now, rng.randint(60, 400))
    _say(rows, person, 1, True, office, f"同意书 {number + 1} 号，社区档案柜", joined)
    leaves = rng.randrange(LEAVES) == 0
    if leaves:
        _say(rows, person, 2, False, office, "本人来电退出", joined + timedelta(days=rng.randint(5, 50)))
    return not leaves


def _say(rows: Rows, person: int, sequence: int, given: bool, user: int, note: str, at: datetime) -> None:
    channel = ConsentChannel.ON_PAPER if note else ConsentChannel.OWN_ACCOUNT
    rows.add(
        Consent, person_id=person, purpose=ConsentPurpose.TALENT_POOL.value, sequence=sequence, given=given,
        channel=channel.value, note=note, user_id=user, at=at,
    )  # fmt: skip


def _evening(now: datetime, days_ago: int) -> datetime:
    return from_local(local_date(now) - timedelta(days=days_ago), time(19, 0))


def _add_needs(rows: Rows, talents: list[_Talent], now: datetime, rng: random.Random) -> None:
    """Past ones that were met, coming ones that are open, asked for, declined; each of another skill."""
    stations = [row for row in rows.of(Station) if row["area_id"]]
    leaders = {row["area_id"]: row["id"] for row in rows.of(User) if row["role"] == Role.GRID_LEADER}
    busy: set[int] = _busy(rows, now)
    own = {row["person_id"] for row in rows.of(User) if row["role"] == Role.VOLUNTEER}
    chosen = [talent for talent in talents if talent.person in own]
    chosen += [talent for talent in rng.sample(talents, min(len(talents), 24)) if talent not in chosen]
    for number, talent in enumerate(chosen):
        skill, leader = talent.skills[0], leaders.get(talent.area)
        if leader is None or skill not in WORDS:
            continue
        state = ("waiting", "met", "open", "met", "declined", "met")[number % 6]
        past = state == "met" and number % 12 != 1
        if not past and talent.person in busy and talent.person not in own:
            continue
        day = local_date(now) + timedelta(days=-rng.randint(4, 90) if past else rng.randint(3, 20))
        begins = from_local(day, time(rng.choice((9, 14, 19)), 0))
        made = min(begins, now) - timedelta(days=rng.randint(2, 4), hours=2)
        station = next((row["id"] for row in stations if row["area_id"] == talent.area), None)
        need = rows.add(
            TalentNeed, skill=skill, text=WORDS[skill][1], area_id=talent.area, activity_id=None, station_id=station,
            starts_at=begins, until=begins + timedelta(hours=2),
            state=(NeedState.MET if state == "met" else NeedState.OPEN).value, created_by=leader, created_at=made,
        )  # fmt: skip
        if state != "open":
            _add_ask(rows, need, talent.person, leader, state, made + timedelta(hours=1))


def _add_ask(rows: Rows, need: int, person: int, leader: int, state: str, at: datetime) -> None:
    kind = {"met": AskState.ACCEPTED, "waiting": AskState.WAITING, "declined": AskState.DECLINED}[state]
    reasons = (MatchReason.SKILL, MatchReason.INSIDE, MatchReason.NOT_ASKED)
    rows.add(
        TalentAsk, need_id=need, person_id=person, state=kind.value, reasons=",".join(reasons), asked_by=leader,
        asked_at=at, answered_at=None if state == "waiting" else at + timedelta(hours=5),
    )  # fmt: skip


def _busy(rows: Rows, now: datetime) -> set[int]:
    """Who has a place at an activity to come: a promise at the same time would be a clash."""
    coming = {row["id"] for row in rows.of(Activity) if row["starts_at"] > now}
    people = {row["id"]: row["person_id"] for row in rows.of(Volunteer)}
    return {people[row["volunteer_id"]] for row in rows.of(Attendance) if row["activity_id"] in coming}
