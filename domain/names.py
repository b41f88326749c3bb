"""Names and phone numbers as they may be shown: surnames, masked numbers (features A5, N6; LOOK.md section 7)."""

# Compound surnames in use today; a name of two characters that is one of them is read as surname and given name.
_COMPOUND_TEXT = """
欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 长孙 宇文 司徒 司空 端木 独孤 南宫 西门 东郭 百里 呼延
轩辕 澹台 公冶 太史 申屠 公羊 赫连 钟离 闾丘 濮阳 淳于 单于 太叔 仲孙 鲜于 闻人 完颜 纳兰 拓跋 第五 左丘 梁丘
东门 南门 万俟 歐陽 司馬 諸葛 東方 尉遲 公孫 長孫 獨孤 南宮 西門 軒轅 鍾離 閭丘 濮陽 單于 鮮于 聞人 納蘭 萬俟
"""
_COMPOUND = frozenset(_COMPOUND_TEXT.split())
_SHOWN_HEAD, _SHOWN_TAIL = 3, 4


def surname_of(name: str) -> str:
    """The surname: two characters for a compound one with a given name after it, the first word of a spaced name.

    An empty name gives "". A name in other letters ("Aynur Turdi") gives its first word, which is what is called.
    """
    name = name.strip()
    if not name or name.isascii() or " " in name or "·" in name:
        return name.replace("·", " ").split(" ")[0]
    return name[:2] if len(name) > 2 and name[:2] in _COMPOUND else name[0]


def mask_phone(phone: str | None) -> str:
    """A number with its middle hidden: 138****5678. Of a short one at most the last two digits stay; None gives "".

    The signs between the digits (+, -, spaces) stay where they are, so that the kind of number can still be told.
    """
    digits = sum(char.isdigit() for char in phone or "")
    head, tail = (_SHOWN_HEAD, _SHOWN_TAIL) if digits >= _SHOWN_HEAD + 2 * _SHOWN_TAIL else (0, min(2, digits // 3))
    return "".join(_masked(phone or "", head, digits - tail))


def _masked(phone: str, head: int, tail_from: int) -> list[str]:
    shown, place = [], 0
    for char in phone:
        if char.isdigit():
            shown.append(char if place < head or place >= tail_from else "*")
            place += 1
        else:
            shown.append(char if char in "+-() " else "*")
    return shown
