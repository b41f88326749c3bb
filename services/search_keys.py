"""What a search looks through: a name, its pinyin, its initials."""

from pypinyin import lazy_pinyin

LENGTH = 400  # of the column


def search_key(name: str) -> str:
    """``"平安里 pinganli pal"``, in lower case: a search for any part of any of the three finds the name."""
    plain = " ".join(name.casefold().split())
    syllables = [syllable.casefold() for syllable in lazy_pinyin(plain) if syllable.strip()]
    spelled, initials = "".join(syllables), "".join(syllable[0] for syllable in syllables)
    words = dict.fromkeys((plain, spelled.replace(" ", ""), initials))
    return " ".join(words)[:LENGTH]
