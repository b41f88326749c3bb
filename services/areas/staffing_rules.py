"""The staffing rule of each level: what is in force, its change with the reason, and what it was before (feature A6).

The profile's value is the start; a change is kept for good and the last one is in force (docs/decisions/0215).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.profile_parts import Staffing
from config.profiles import Profile
from db.models import StaffingChange
from db.queries.audit import add_audit_entry
from db.queries.locks import hold
from db.queries.receipts import add_receipt, find_receipt
from db.queries.staffing import StaffingChangeRow, list_staffing_changes, map_staffing_in_force
from db.session import reading, transaction
from domain.areas import StaffingRule
from domain.clock import utc_now
from domain.errors import NotFound, Refusal, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Permission, require
from domain.staffing import StaffingRules, checked_rule
from domain.texts import clean_line
from services.system.installations import current_profile

REASON_LENGTH = 400
_SUBJECT = "staffing_rule"


class StaffingUnchanged(Refusal):
    """The rule is in force already."""

    code = "staffing_unchanged"


@dataclass(frozen=True)
class StaffingView:
    """The rule of a level and the profile's. ``version``: how often it was changed; it travels with every edit.

    ``change``: the last one, None while the profile's value was never touched.
    """

    level: str
    rule: StaffingRule
    profile_rule: StaffingRule
    is_example: bool  # the profile's value, which holds, is marked 示例
    version: int
    change: StaffingChangeRow | None


@dataclass(frozen=True)
class StaffingForm:
    """What a level's rule is to be, both bounds included. The profile's own bounds: back to the profile."""

    level: str
    least: int | None
    most: int | None
    reason: str = ""
    form_key: str = ""


def rules_in(session: Session) -> StaffingRules:
    """The rules in force, as every finding, proposal and preview uses them."""
    return _in_force(current_profile(), map_staffing_in_force(session))


def _in_force(profile: Profile, changed: Mapping[str, StaffingChangeRow]) -> StaffingRules:
    own = {level: StaffingRule(row.least, row.most) for level, row in changed.items() if row.least and row.most}
    return profile.staffing_rules.replaced(own)


def list_staffing_rules(actor: Actor) -> list[StaffingView]:
    """The rule of each level that has one, from the top."""
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        return _views(session, current_profile())


def list_rule_changes(actor: Actor) -> list[StaffingChangeRow]:
    """What was changed, by whom, when and why; the latest first, at most 100."""
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        return list_staffing_changes(session)


def rules_if(actor: Actor, form: StaffingForm) -> StaffingRules:
    """The rules as they would be with the form, for a look before it is saved. Raises InvalidStaffingRule, NotFound."""
    require(actor, Permission.STAFFING_EDIT)
    wanted = checked_rule(form.least, form.most)
    with reading(EVERYWHERE) as session:
        _view_of(session, form.level)
        return rules_in(session).replaced({form.level: wanted})


def edit_staffing_rule(actor: Actor, form: StaffingForm, version: int, now: datetime | None = None) -> int:
    """Put another rule into force and answer with its number, the same for the same form sent twice.

    ``version`` is the one that the form showed. Raises InvalidStaffingRule, StaffingUnchanged, StaleRecord, EmptyText
    without a reason, NotFound for a level without a rule.
    """
    require(actor, Permission.STAFFING_EDIT)
    now, reason = now or utc_now(), clean_line(form.reason, "reason", REASON_LENGTH)
    with transaction(EVERYWHERE) as session:
        known = find_receipt(session, actor.user_id, _SUBJECT, form.form_key)
        if known is not None:
            return known
        hold(session, _SUBJECT)  # two at once: the second is told
        view = _view_of(session, form.level)
        if view.version != version:
            raise StaleRecord()
        number = _write(session, actor, view, form, reason, now)
        add_receipt(session, actor.user_id, _SUBJECT, form.form_key, number, now)
        return number


def _write(session: Session, actor: Actor, view: StaffingView, form: StaffingForm, reason: str, now: datetime) -> int:
    wanted, old = checked_rule(form.least, form.most), view.rule
    if wanted == old:
        raise StaffingUnchanged()
    back = wanted == view.profile_rule
    session.add(
        StaffingChange(
            level=view.level, number=view.version + 1, least=None if back else wanted.least,
            most=None if back else wanted.most, old_least=old.least, old_most=old.most, reason=reason,
            changed_at=now, changed_by=actor.user_id or None,
        )
    )  # fmt: skip
    detail = f"{view.level}: {old.least}-{old.most} → {wanted.least}-{wanted.most}; {reason}"
    add_audit_entry(session, actor.user_id, "areas.staffing", _SUBJECT, now, detail=detail)
    return view.version + 1


def _view_of(session: Session, level: str) -> StaffingView:
    for view in _views(session, current_profile()):
        if view.level == level:
            return view
    raise NotFound(subject="level", key=level)


def _views(session: Session, profile: Profile) -> list[StaffingView]:
    changed = map_staffing_in_force(session)
    rules = _in_force(profile, changed).by_level
    return [
        _view(level.staffing, level.key, rules[level.key], changed.get(level.key))
        for level in profile.levels
        if level.staffing
    ]


def _view(start: Staffing, level: str, rule: StaffingRule, change: StaffingChangeRow | None) -> StaffingView:
    own = change is not None and change.least is not None
    version = change.number if change else 0
    return StaffingView(level, rule, start.rule, start.is_example and not own, version, change)
