"""Synthetic towns: believable streets, buildings, areas and addresses for demonstrations. Pure geometry."""

from geo.town.build import build_town
from geo.town.model import Address, Progress, Town, TownArea, TownStation
from geo.town.plan import Counts, LevelPlan, PlanNotPossible, StationPlan, StationSite, TownPlan, suggest_counts

__all__ = [
    "Address",
    "Counts",
    "LevelPlan",
    "PlanNotPossible",
    "Progress",
    "StationPlan",
    "StationSite",
    "Town",
    "TownArea",
    "TownPlan",
    "TownStation",
    "build_town",
    "suggest_counts",
]
