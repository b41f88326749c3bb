"""What an organisation of an area is called: the names of area and tier, the level's word said once."""

from config.profiles import Profile


def organisation_name(profile: Profile, tier: str, area: str = "", level: str = "") -> str:
    """南寨社区 + 社区党支部 = 南寨社区党支部; 望棠 + 社区党支部 = 望棠社区党支部; without an area the tier alone."""
    words = profile.tier(tier).name.zh
    if not area:
        return words
    own = next((found.name.zh for found in profile.levels if found.key == level), "")
    said = next((found.name.zh for found in profile.levels if words.startswith(found.name.zh)), "")
    # 六弯巷5院 + 院落党小组 = 六弯巷5院党小组: the short word for the level stands there as well.
    if said and (said != own or area.endswith((own, own[0]))):
        words = words.removeprefix(said)
    return f"{area}{words}"
