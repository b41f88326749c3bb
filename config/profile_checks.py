"""What a profile's type cannot say: keys are unique, references are known, lanes are sound."""

from typing import TYPE_CHECKING

from domain.areas import CODE_SCHEMES
from domain.incidents import lane_faults
from domain.whistles import WhistleReason

if TYPE_CHECKING:  # profiles.py calls this module
    from config.profiles import Profile


def profile_faults(profile: "Profile") -> list[str]:
    """What is wrong with a profile, in English for its author; empty = sound."""
    return [*_repeated_keys(profile), *_unknown_keys(profile), *_lane_faults(profile), *_other_faults(profile)]


def _repeated_keys(profile: "Profile") -> list[str]:
    names = ("levels", "tiers", "station_kinds", "teams", "activity_kinds", "sources", "urgencies", "lanes", "headline",
             "cards", "whistles", "goods", "rooms")  # fmt: skip
    lists = {name: getattr(profile, name) for name in (*names, "families")}
    lists["posts"] = profile.posts + profile.grid_posts
    lists["classes"] = tuple(item for family in profile.families for item in family.classes)
    conditions = {f"classes.{item.key}.conditions": item.conditions for item in lists["classes"]}
    lists |= {name: found for name, found in conditions.items() if found}
    keys = {name: [item.key for item in items] for name, items in lists.items()}
    return [
        f"{name}: {key} twice" for name, found in keys.items() for key in sorted(set(found)) if found.count(key) > 1
    ]


def _unknown_keys(profile: "Profile") -> list[str]:
    town, levels = profile.town, {level.key for level in profile.levels}
    kinds, teams = {kind.key for kind in profile.station_kinds}, {team.key for team in profile.teams}
    named = [(scale.top.value, levels, "town.scales.top") for scale in town.scales]
    named += [(area.level, levels, "town.scales.areas") for scale in town.scales for area in scale.areas]
    named += [(name.level, levels, "town.names") for name in town.names]
    named += [(tier.level.value, levels, "tiers.level") for tier in profile.tiers if tier.level]
    named += [(station.kind, kinds, "stations.kind") for station in profile.stations]
    named += [(station.kind, kinds, "town.stations") for station in town.stations]
    named += [(kind, kinds, "headline.of") for figure in profile.headline for kind in figure.of]
    named += [(team.parent, teams, "teams.parent") for team in profile.teams if team.parent]
    activities = {kind.key for kind in profile.activity_kinds}
    named += [(programme.kind, activities, "programmes.kind") for programme in profile.programmes]
    named += [(kind, kinds, "programmes.station_kinds") for one in profile.programmes for kind in one.station_kinds]
    named += [(profile.rhythm.unit.value, levels | {"team"}, "rhythm.unit")]
    named += [(kind, activities, "rhythm.hobby_kinds") for kind in profile.rhythm.hobby_kinds.value]
    named += [(kind, activities, "rhythm.governing_kinds") for kind in profile.rhythm.governing_kinds.value]
    lanes = {lane.key for lane in profile.lanes}
    named += [(source.lane.value, lanes, "sources.lane") for source in profile.sources if source.lane]
    named += [
        (profile.grid_level.value, levels, "grid_level"),
        (profile.code_scheme.value, set(CODE_SCHEMES), "code_scheme"),
    ]
    return [f"{where}: {key} is unknown" for key, known, where in named if key not in known]


def _lane_faults(profile: "Profile") -> list[str]:
    found = [f"lanes.{choice.key}: {fault}" for choice in profile.lanes for fault in lane_faults(choice.lane)]
    for choice in profile.lanes if not found else ():
        missing = choice.lane.statuses ^ {step.status for step in choice.steps}
        found += [f"lanes.{choice.key}.steps: {status} is missing or never reached" for status in sorted(missing)]
    return found


def _other_faults(profile: "Profile") -> list[str]:
    found = [] if any(post.leads for post in profile.grid_posts) else ["grid_posts: none leads"]
    if not profile.hours:
        found.append("working_hours: none")
    if {choice.key for choice in profile.whistles} != {reason.value for reason in WhistleReason}:
        found.append("whistles: not the three reasons")
    days = [version.valid_from for version in profile.tariffs]
    if days != sorted(set(days)):
        found.append("tariffs: not in the order of their days")
    for version in profile.tariffs:
        if len({rule.kind for rule in version.rules}) < len(version.rules):
            found.append(f"tariffs.{version.valid_from}: a kind twice")
    widths = {part.level for part in profile.scheme.parts} if profile.code_scheme.value in CODE_SCHEMES else set()
    if widths and (strange := [level.key for level in profile.levels if level.key not in widths]):
        found.append(f"levels: {', '.join(strange)} not in the code scheme")
    return found
