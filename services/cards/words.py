"""Figures of cards in words, for paper, the public page and the screen alike."""

from typing import TypedDict

from config.texts import text
from domain.cards import CardFigure
from services.cards.figures import FigureView
from services.system.installations import current_profile


class FigureWords(TypedDict):
    """What stands at a figure: label, value, unit; ``wide``: the value is words and set smaller."""

    label: str
    value: str
    unit: str
    wide: bool


def figure_words(figure: FigureView, language: str) -> FigureWords:
    """A figure as it is read: `按期兑现 3 / 4 项`; 样本不足 or — where there is no value."""
    label = text(language, f"cards.figure.{figure.key}")
    if figure.key is CardFigure.POSTS:
        names = text(language, "look.list_comma").join(
            dict.fromkeys(post_words(record.title, language) for record in figure.records)
        )
        return FigureWords(label=label, value=names or "—", unit="", wide=True)
    if figure.value is None:
        small = figure.key is CardFigure.RATING and figure.of
        value = text(language, "cards.small_sample", n=figure.of) if small else "—"
        return FigureWords(label=label, value=value, unit="", wide=True)
    if isinstance(figure.value, str):
        return FigureWords(label=label, value=figure.value, unit="", wide=True)
    value = f"{figure.value:g}"
    if figure.key is CardFigure.RATING:
        return FigureWords(label=label, value=value, unit=text(language, "cards.unit.stars", n=figure.of), wide=False)
    if figure.of is not None:
        value = f"{value} / {figure.of}"
    return FigureWords(label=label, value=value, unit=text(language, f"cards.unit.{figure.unit}"), wide=False)


def post_words(key: str, language: str) -> str:
    """The name of a post; the key itself once the profile has it no more."""
    profile = current_profile()
    names = {post.key: post.name for post in (*profile.posts, *profile.grid_posts)}
    return names[key].text(language) if key in names else key
