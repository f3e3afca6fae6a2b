"""Group commit: who writes at the same time writes together, in one request and one wait.

Shared by the logs and the vaults.

Whoever finds nobody writing writes at once, alone. Those who come meanwhile are the next group, and
the first of them writes for all. If several just did, more are coming: then he waits a moment for
them, which costs the machine less than another write.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Final, Generic, TypeVar

from services.common.errors import Transient

I = TypeVar("I")  # noqa: E741  an item
R = TypeVar("R")
MOST: Final = 100
#: So many in one group are a crowd. The next group, if it comes soon, waits until as many are there
#: again, but not longer than this; it looks a few times.
CROWD: Final = 3
CROWD_SECONDS: Final = 0.003
LOOKS: Final = 3
SOON_SECONDS: Final = 0.02


class WriterLost(Transient):
    """Who wrote for the group was ended in the middle: nobody knows what was written. Try again."""


@dataclass(eq=False, slots=True)
class _Waiting(Generic[I, R]):
    item: I
    turn: Event = field(default_factory=Event)
    answered: bool = False
    results: list[R] = field(default_factory=list)
    error: Exception | None = None

    def result(self) -> R:
        if self.error is not None:
            raise self.error
        return self.results[0]


class GroupCommit(Generic[I, R]):
    """Gathers items of several threads or greenlets and writes them in groups."""

    def __init__(
        self,
        write: Callable[[Sequence[I]], Sequence[R]],
        key: Callable[[I], Hashable],
        most: int = MOST,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Write by `write`, which returns a result for each item; no two of one `key` together."""
        self._sleep = sleep
        self._monotonic = monotonic
        self._crowd = 0  #: how many the last group had, if that was a crowd
        self._crowded_until = 0.0
        self._write = write
        self._key = key
        self._most = most
        self._lock = Lock()
        self._busy = False
        self._waiting: list[_Waiting[I, R]] = []
        self._appointed: _Waiting[I, R] | None = None  #: whose writer hasn't begun yet

    def write(self, item: I) -> R:
        """Write `item`, with others if there are any; return its result. Raises as `write_all`."""
        return self.write_all([item])[0]

    def write_all(self, items: Sequence[I]) -> list[R]:
        """Write `items`, with others if there are any; return a result for each.

        Raises:
            WriterLost: See there.
            Exception: What writing their group raised.
        """
        if not items:
            return []  # who brings nothing must not be waited for by who comes after
        mine: list[_Waiting[I, R]] = [_Waiting(each) for each in items]
        try:
            self._join(mine)
            for each in mine:
                each.turn.wait()
                if not each.answered:
                    self._write_group()
        except BaseException:
            self._leave(mine)
            raise
        return [each.result() for each in mine]

    def _join(self, mine: Sequence[_Waiting[I, R]]) -> None:
        """Wait with the others; who finds nobody writing has the first turn."""
        with self._lock:
            self._waiting.extend(mine)
            if not self._busy:
                self._busy, self._appointed = True, mine[0]
                mine[0].turn.set()

    def _leave(self, mine: Sequence[_Waiting[I, R]]) -> None:
        """Go without being written: we are being ended, and another has our turn if it was ours."""
        with self._lock:
            self._waiting = [each for each in self._waiting if each not in mine]
            ours = self._appointed in mine
        if ours:
            self._hand_on(())

    def _write_group(self) -> None:
        self._wait_for_crowd()
        group = self._next_group()
        try:
            for each, result in zip(group, self._write([one.item for one in group]), strict=True):
                each.results.append(result)
                each.answered = True
        except Exception as error:  # noqa: BLE001  raised where each of them waits
            for each in group:
                each.error, each.answered = error, True
        finally:
            self._hand_on(group)

    def _wait_for_crowd(self) -> None:
        if self._monotonic() >= self._crowded_until:
            return
        for _ in range(LOOKS):
            if len(self._waiting) >= self._crowd:
                return
            self._sleep(CROWD_SECONDS / LOOKS)

    def _next_group(self) -> list[_Waiting[I, R]]:
        """Take who has waited longest, and whoever can go along."""
        with self._lock:
            self._appointed = None
            group: dict[Hashable, _Waiting[I, R]] = {}
            for each in self._waiting:
                if len(group) < self._most:
                    group.setdefault(self._key(each.item), each)
            taken = list(group.values())
            self._waiting = [each for each in self._waiting if each not in taken]
            return taken

    def _hand_on(self, group: Sequence[_Waiting[I, R]]) -> None:
        """Let the group go, and the first of those who came meanwhile write."""
        for each in group:
            if not each.answered:  # we are being ended
                each.error, each.answered = WriterLost(items=len(group)), True
        if len(group) >= CROWD:
            self._crowd = len(group)
            self._crowded_until = self._monotonic() + SOON_SECONDS
        with self._lock:
            following = self._appointed = self._waiting[0] if self._waiting else None
            self._busy = following is not None
        for each in group:
            each.turn.set()
        if following is not None:
            following.turn.set()


def at_once(*calls: Callable[[], None]) -> None:
    """Do several calls that wait, at the same time.

    Raises:
        BaseException: What the first of them that failed raised, when all are over: also if it was
            ended. Whoever goes on counts on all of them.
    """
    faults: list[BaseException] = []

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001  raised below, where the caller is
            faults.append(error)

    first, *others = calls
    threads = [Thread(target=guarded, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    guarded(first)
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
