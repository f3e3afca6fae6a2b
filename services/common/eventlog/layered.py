"""A mapping that never changes: with more entries it is another one, which shares most of this one.

Loaded streams are values, and one of them may be a plan that comes to nothing: so what is added to
one must not show in another. Copying the whole at every append would make long streams slow.
"""

from collections.abc import Iterator, Mapping
from typing import Final


class Layered(Mapping[str, int]):
    """Layers of entries; each is more than twice as large as the one above it.

    So there are log2(n) of them at most, and adding n entries one by one writes each entry anew
    log2(n) times at most. What was written is never changed.
    """

    __slots__ = ("layers",)

    def __init__(self, *layers: Mapping[str, int]) -> None:
        """Take `layers` from the lowest on, as they are; nobody may change them afterwards."""
        self.layers: Final = tuple(each for each in layers if each)

    def with_entries(self, entries: Mapping[str, int]) -> "Layered":
        """Return a mapping that has `entries`, too; where both have a key, theirs counts."""
        if not entries:
            return self
        below, above = list(self.layers), dict(entries)
        while below and len(below[-1]) <= 2 * len(above):
            above = {**below.pop(), **above}
        return Layered(*below, above)

    def __getitem__(self, key: str) -> int:
        for each in reversed(self.layers):
            if key in each:
                return each[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for each in self.layers for key in each))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Layered({dict(self)!r})"
