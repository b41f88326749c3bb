"""What a search looks through: a name, its pinyin, its initials, and what else names the thing."""

from pypinyin import lazy_pinyin

LENGTH = 400  # of the column


def search_key(name: str, *more: str) -> str:
    """``"平安里 pinganli pal"``, in lower case: a search for any part of any of the three finds the name.

    ``more`` (such as a code) is appended.
    """
    plain = " ".join(name.casefold().split())
    syllables = [syllable.casefold() for syllable in lazy_pinyin(plain) if syllable.strip()]
    spelled, initials = "".join(syllables), "".join(syllable[0] for syllable in syllables)
    words = dict.fromkeys((plain, spelled.replace(" ", ""), initials, *(word.casefold() for word in more)))
    return " ".join(words)[:LENGTH]
