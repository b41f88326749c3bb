"""What an area is called on the map: "01 望棠" rather than its 15 digits and its full name."""

import re
from functools import lru_cache

from services.system.installations import current_profile


def label_parts(code: str, name: str, level: str) -> tuple[str, str]:
    """(number, name) for the map. Grids and finer levels show the sequence of their code; others their name alone."""
    return _parts(current_profile().key, code, name, level)


@lru_cache(maxsize=20_000)
def _parts(profile: str, code: str, name: str, level: str) -> tuple[str, str]:
    present = current_profile()
    if level not in present.level_keys[present.grid_depth :]:
        return "", name
    sequence = code[-3:] if code[-3:].isdigit() else code[-2:] if code[-2:].isdigit() else ""
    number = f"{int(sequence):02d}" if sequence else ""
    return number, _short(name, present.level(level).name.zh)


def numbered(name: str, number: str, level: str) -> str:
    """The name of a part: its number before the level's own name, 望棠网格 → 望棠一网格, else behind the name."""
    found = next((item.name.zh for item in current_profile().levels if item.key == level), "")
    ending = next((ending for ending in _endings(found) if ending and name.endswith(ending)), "")
    return f"{name.removesuffix(ending)}{number}{ending}"


def _endings(level_name: str) -> list[str]:
    return [level_name, *(word for word in re.split(r"\W+", level_name) if word.endswith("格"))]


def _short(name: str, level_name: str) -> str:
    """Without the level's own name at the end, as long as a name of its own is left: 望棠网格 → 望棠.

    Of a level with two names, 小区（网格）, the one that says 格 counts: 阳光小区 is a name.
    """
    endings = _endings(level_name)
    left = next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)
    return left if len(left) >= 2 and not any(char.isdigit() for char in left) else name
