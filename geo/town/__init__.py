"""Synthetic towns: believable streets, buildings, areas and addresses for demonstrations. Pure geometry."""

from geo.town.build import build_town
from geo.town.city import build_city
from geo.town.model import Address, Progress, Town, TownArea, TownStation
from geo.town.plan import (
    CityPlan,
    Counts,
    LevelPlan,
    PlanNotPossible,
    StationPlan,
    StationSite,
    TownPlan,
    suggest_counts,
)

__all__ = [
    "Address",
    "CityPlan",
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
    "build_city",
    "build_town",
    "suggest_counts",
]
