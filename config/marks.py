"""Where a value of a profile comes from: stated by the system itself, or an example (示例).

Every value of a profile lies under a mark; tests/config walks them all. A nested mark holds for what it encloses.
"""

from collections.abc import Iterable
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from domain.errors import NotFound

T = TypeVar("T")
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class Frozen(BaseModel):
    """A value that cannot be changed; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Frozen):
    """A name in both languages."""

    zh: Text
    en: Text

    def text(self, locale: str) -> str:
        """The name for a locale such as zh_CN or en."""
        return self.zh if locale.startswith("zh") else self.en


class Marked(Frozen):
    """``sourced`` names the row of the field notes (such as L7) and quotes it; ``example`` has neither."""

    origin: Literal["sourced", "example"]
    ref: Annotated[str, StringConstraints(pattern=r"^[LWNFC]\d{1,2}$")] | None = None
    evidence: Text | None = None

    @property
    def is_example(self) -> bool:
        """Whether the screen must say 示例."""
        return self.origin == "example"

    @model_validator(mode="after")
    def _evidence_fits(self) -> Self:
        if self.origin == "sourced" and not (self.ref and self.evidence):
            raise ValueError("a sourced value needs ref and evidence")
        if self.origin == "example" and (self.ref or self.evidence):
            raise ValueError("an example has no ref or evidence")
        return self


class Value(Marked, Generic[T]):
    """One marked value."""

    value: T


class Keyed(Frozen):
    """What is found by its key."""

    key: Key


class Item(Keyed, Marked):
    """One entry of a list: key, name, mark."""

    name: Names


KeyedItem = TypeVar("KeyedItem", bound=Keyed)


def find_keyed(items: Iterable[KeyedItem], key: str, kind: str) -> KeyedItem:
    """The entry of that key. Raises NotFound, naming the kind of thing that was looked for."""
    for item in items:
        if item.key == key:
            return item
    raise NotFound(kind=kind, key=key)
