"""Streams that were folded lately: a checkpoint in memory, from which the next load goes on.

What lies here was read at majority or acknowledged by it, and commits never change: so a load that
starts from here and reads what is newer finds what a load from nothing would. Without reading, such
a state may be behind: it may only lead to appends, which are guarded by (stream, version).
"""

from collections import OrderedDict
from typing import Any, Final, Generic, TypeVar

L = TypeVar("L")
#: Streams that are remembered; the least recently used leave first.
REMEMBERED: Final = 5000


class States(Generic[L]):
    """The last known fold of each of some streams, by name."""

    def __init__(self, most: int = REMEMBERED) -> None:
        """Start with nothing."""
        self._most = most
        self._known: OrderedDict[str, L] = OrderedDict()

    def of(self, stream: str) -> L | None:
        """Return what is known of `stream`."""
        found = self._known.get(stream)
        if found is not None:
            self._known.move_to_end(stream)
        return found

    def keep(self, stream: str, loaded: Any) -> None:
        """Remember a fold, unless a newer one is known."""
        known: Any = self._known.get(stream)
        if known is None or known.tip.version <= loaded.tip.version:
            self._known[stream] = loaded
        self._known.move_to_end(stream)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
