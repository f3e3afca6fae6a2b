"""Rings the tasks of one process that wait for a log to grow."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.following.followed_log import FollowedLog
from services.common.work.wake import Wake

#: How often somebody looks where the logs end while no doorbell can come.
LOOK_SECONDS: Final = 6.0
#: The same while they come: one may be lost on its way.
HEARING_LOOK_SECONDS: Final = 16.0


class Bell:
    """Knows who waits for which log."""

    def __init__(self, logs: Mapping[str, FollowedLog]) -> None:
        """Announce growth to `logs`, by service; nobody waits yet."""
        self.logs = logs
        self._waiting: dict[str, list[Wake]] = {name: [] for name in logs}
        self.hearing = False
        self.watch = Wake()

    def wake_for(self, logs: Iterable[str]) -> Wake:
        """Return what is rung when one of `logs` has grown."""
        wake = Wake()
        for name in logs:
            self._waiting[name].append(wake)
        return wake

    def ring(self, log: str, head: int) -> None:
        """Say that `log` goes up to `head`. A log that nobody here follows is passed over."""
        if log in self.logs and self.logs[log].announce(head):
            self._wake(log)

    def hears(self, *, hears: bool) -> None:
        """Learn whether doorbells come. Either way some may have been lost: somebody looks now."""
        self.hearing = hears
        self.watch.ring()

    def look(self) -> None:
        """Look where the logs end, and ring who hasn't heard of it.

        Raises:
            StoreAway: The database is away.
        """
        for name, log in self.logs.items():
            if log.look():
                self._wake(name)

    def _wake(self, log: str) -> None:
        for wake in self._waiting[log]:
            wake.ring()


class HeadWatch:
    """The task that finds what doorbells missed: a wiped broker, a lost message, a lost ring."""

    name: Final = "heads of logs"

    def __init__(self, bell: Bell) -> None:
        """Look for `bell`."""
        self._bell = bell
        self.wake: Wake | None = bell.watch

    def turn(self) -> float:
        """Look once."""
        self._bell.look()
        return HEARING_LOOK_SECONDS if self._bell.hearing else LOOK_SECONDS
