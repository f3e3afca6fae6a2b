"""Gives the commits of a log the positions by which it is followed, and rings who follows it."""

from collections.abc import Callable
from typing import Final

from services.common.eventlog.ports import Outbox
from services.common.work.wake import Wake

WINDOW_COMMITS: Final = 500
#: How often it looks for commits of which nobody told it.
LOOK_SECONDS: Final = 5.0


class Sequencer:
    """Puts what was appended into the one order of its log. Two may race; see `Outbox.stamp`.

    It needs nothing but the database: a broker that is away stops no processor.
    """

    name: Final = "sequencer"

    def __init__(self, outbox: Outbox, grown: Callable[[int], None]) -> None:
        """Wire the log; `grown(head)` is told where it ends when that is news."""
        self.wake: Wake | None = Wake()
        self._outbox = outbox
        self._grown = grown
        self._told = 0

    def turn(self) -> float:
        """Give the next commits their positions; return the seconds to pause.

        Raises:
            StoreAway: The database is away; the next turn finishes this one.
        """
        stamped = self._outbox.stamp(WINDOW_COMMITS)
        head = self._outbox.head()
        if head > self._told:
            self._told = head
            self._grown(head)
        return 0.0 if stamped else LOOK_SECONDS
