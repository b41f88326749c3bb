"""A table of records to read: the titles of its columns, and a line of cells for each record.

What people wrote stays text: a cell is escaped, unless it is ``Html``, which is made of escaped parts. Alignment is the
stylesheet's: the first column holds words and the others numbers, in ``WORDS`` all hold words.
"""

from collections.abc import Container, Iterable

from ui.i18n import t
from ui.safe import safe

SUMS = "lg-table"  # the last line is the sum of those above
PLAIN = "lg-table lg-table-plain"
WORDS = "lg-table lg-table-words"


class Html(str):
    """What goes to the page as it is. Whoever makes one has passed every part through ``safe``."""


def titles(prefix: str, *names: str) -> list[str]:
    """The texts ``prefix.name``."""
    return [t(f"{prefix}.{name}") for name in names]


def table_html(
    heads: Iterable[object],
    lines: Iterable[Iterable[object]],
    kind: str = PLAIN,
    *,
    named: bool = False,
    quiet: Container[int] = (),
) -> Html:
    """The table. ``kind``: classes of the stylesheet.

    ``named``: the first cell of a line is its head. ``quiet``: the numbers of lines, from 0, that stand back.
    """
    head = "".join(f'<th scope="col">{_escaped(words)}</th>' for words in heads)
    body = "".join(_line(line, named, number in quiet) for number, line in enumerate(lines))
    return Html(f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _line(cells: Iterable[object], named: bool, quiet: bool) -> str:
    first, *others = map(_escaped, cells)
    head = f'<th scope="row">{first}</th>' if named else f"<td>{first}</td>"
    tone = ' class="lg-quiet"' if quiet else ""
    return f"<tr{tone}>{head}{''.join(f'<td>{cell}</td>' for cell in others)}</tr>"


def link(address: str, words: object, hint: str = "", *, chosen: bool = False) -> Html:
    """Words that open an address of the program; ``hint`` is read at the pointer; ``chosen``: it is open now."""
    more = f' title="{safe(hint)}"' if hint else ""
    more += ' aria-current="true"' if chosen else ""
    return Html(f'<a href="{safe(address)}" target="_self"{more}>{_escaped(words)}</a>')


def marked(words: object, tone: str) -> Html:
    """Words in a tone of the stylesheet; "" is none."""
    return Html(f'<span class="{safe(tone)}">{_escaped(words)}</span>' if tone else _escaped(words))


def _escaped(words: object) -> str:
    return words if isinstance(words, Html) else safe(words)
