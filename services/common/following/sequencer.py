"""Gives the commits of a log the positions by which it is followed, and rings who follows it."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import Outbox
from services.common.work.wake import Wake

WINDOW_COMMITS: Final = 500
#: How often it looks for commits of which nobody told it.
LOOK_SECONDS: Final = 6.0
#: More than this that was handed over and not placed: this replica doesn't lead.
MOST_HANDED: Final = 10_000

#: Is told where a log ends now, and the commits at its end as far as they are at hand.
Grown = Callable[[int, Sequence[Commit]], None]


class Sequencer:
    """Puts what was appended into the one order of its log. Two may race; see `Outbox.stamp`.

    It needs nothing but the database: a broker that is away stops no processor. What this process
    has appended is handed over in memory; for the rest it looks when it is told, and now and then.
    """

    name: Final = "sequencer"

    def __init__(
        self, outbox: Outbox, grown: Grown, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Wire the log; `grown` hears of its end when that is news."""
        self._wake = Wake()
        self.wake: Wake | None = self._wake
        self._outbox = outbox
        self._grown = grown
        self._monotonic = monotonic
        self._handed: list[Commit] = []
        self._handed_in = 0  #: their epoch
        self._look_at = 0.0
        self._told = 0

    @property
    def epoch(self) -> int:
        """What to ask before an append, and to hand over with it."""
        return self._outbox.epoch

    def appended(self, commits: Sequence[Commit], epoch: int) -> None:
        """Hear of commits that this process has appended; `epoch` as it was before."""
        if (self._handed and epoch != self._handed_in) or len(self._handed) >= MOST_HANDED:
            self._handed = []
            epoch = 0
        if epoch:
            self._handed.extend(commits)
            self._handed_in = epoch
            self._wake.ring()
        else:
            self.look()

    def look(self) -> None:
        """Hear that there are commits of which nobody knows more: another replica's."""
        self._look_at = 0.0
        self._wake.ring()

    def turn(self) -> float:
        """Give the next commits their positions; return the seconds to pause.

        Raises:
            StoreAway: The database is away; the next turn finishes this one.
        """
        try:
            if self._monotonic() >= self._look_at:
                self._find()
            if self._handed:
                self._place()
        except Exception:
            self._look_at = 0.0  # nobody remembers what was taken in hand: it is found
            raise
        return 0.0 if self._handed else max(0.0, self._look_at - self._monotonic())

    def _find(self) -> None:
        """Look for commits; a whole window lets it look again at once.

        Not every find does: who goes on looking finds what is being handed over, again and again.
        """
        self._look_at = self._monotonic() + LOOK_SECONDS  # first: who wants another look gets it
        if self._outbox.stamp(WINDOW_COMMITS) >= WINDOW_COMMITS:  # of long streams it takes more
            self._look_at = 0.0
        self._tell(())

    def _place(self) -> None:
        """Give what was handed over its places; what is not sure to be next is looked for."""
        handed = self._handed[:WINDOW_COMMITS]
        del self._handed[: len(handed)]
        placed = self._outbox.place(handed, self._handed_in)
        if placed is None:
            self._look_at = 0.0
        self._tell(placed or ())

    def _tell(self, commits: Sequence[Commit]) -> None:
        head = self._outbox.head()
        if head > self._told:
            self._told = head
            self._grown(head, commits)
