"""Codes met in files against the profile's scheme: what tells areas apart, and whose part a code says it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.profiles import Profile
from domain.areas import CodeScheme, InvalidAreaCode, parse_code

_FOLLOWED = 0.5  # above this share of its codes, a file is taken to follow the scheme
_SEPARATORS = "-_./:"
_DISTRICT_DIGITS = 6


@dataclass(frozen=True)
class CodeReader:
    """The scheme and the levels of a profile, from the top."""

    scheme: CodeScheme
    levels: tuple[str, ...]

    def fits(self, code: str, level: str) -> bool:
        """Whether a code is one of the scheme's for that level. Any is, where the scheme is free."""
        try:
            parse_code(code, self.scheme, level)
        except InvalidAreaCode:
            return False
        return True

    def key(self, code: str, level: str) -> str:
        """What tells the areas of a level apart: 110105 and 110105000000 are one district."""
        if self.scheme.free:
            return code
        try:
            return "".join(parse_code(code, self.scheme, level).values())
        except InvalidAreaCode:
            return code

    def keys_above(self, code: str, level: str) -> list[tuple[str, str]]:
        """The (level, key) that a code of the scheme names above itself, the nearest first; none if it does not fit."""
        if self.scheme.free or not self.fits(code, level):
            return []
        parts = {name: digits for name, digits in parse_code(code, self.scheme, level).items() if name != "object"}
        names = list(parts)[:-1]
        return [
            (name, "".join(parts[part] for part in names[: place + 1])) for place, name in reversed([*enumerate(names)])
        ]

    def is_followed(self, codes: Sequence[str], level: str) -> bool:
        """Whether a file follows the scheme: then the codes that do not fit it are mistakes, and else its own."""
        return sum(self.fits(code, level) for code in codes) > _FOLLOWED * len(codes)


def code_reader(profile: Profile) -> CodeReader:
    """The reader for a profile's codes."""
    return CodeReader(profile.scheme, tuple(level.key for level in profile.levels))


def prefixes(code: str) -> list[str]:
    """What a code that follows no scheme may have in front, longest first.

    Parts before a separator ("LC-03-005" → "LC-03", "LC"); of digits alone, from six on, which is a district's code.
    """
    digits = code.isascii() and code.isdigit()
    places = range(len(code) - 1, 0, -1)
    return [code[:place] for place in places if code[place] in _SEPARATORS or (digits and place >= _DISTRICT_DIGITS)]
