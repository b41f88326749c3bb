"""How text from people reaches the page: `safe` for HTML, `plain` for labels, which Streamlit reads as Markdown."""

import html

# Beyond < > & and quotes: folium writes texts into JavaScript template literals, where `${…}` runs without a "<".
_CODES = str.maketrans({char: f"&#{ord(char)};" for char in "`$\\{}"})

_MARKDOWN = frozenset("\\`*_{}[]()<>#+-.!|~:$")


def safe(text: object) -> str:
    """`str(text)` as HTML that shows exactly these characters, in elements, attributes and template literals."""
    return html.escape(str(text), quote=True).translate(_CODES)


def plain(text: object) -> str:
    """`str(text)` as Markdown that shows exactly these characters."""
    return "".join(f"\\{char}" if char in _MARKDOWN else char for char in str(text))
