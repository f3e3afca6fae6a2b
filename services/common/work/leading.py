"""Leading: of the replicas of a service one does what one is enough for, under one lease.

A gauge of which one replica knows the value must not outlive that replica's lease: the next one
would show another value beside it, and nobody would notice that neither looks any more.
"""

import time
from collections.abc import Callable
from typing import Final

from services.common.errors import Transient
from services.common.work.lease import LEFT_SECONDS, Lease
from services.common.work.wake import Wake

#: What is left of the lease when it is renewed: less than when it may be.
SPARE_SECONDS: Final = LEFT_SECONDS - 0.1


class Leadership:
    """A lease that remembers its last answer. `KeepLeading` sees to it that it doesn't run out."""

    def __init__(self, lease: Lease, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Watch `lease`; nobody is the leader yet."""
        self._lease = lease
        self._monotonic = monotonic
        self._believed_until = 0.0
        self._given_back = False

    def hold(self) -> bool:
        """Take or renew the lease; say whether it is ours.

        Raises:
            Transient: Nobody knows: not believed any more.
        """
        try:
            held = not self._given_back and self._lease.hold()
        except Transient:
            self._believed_until = 0.0
            raise
        self._believed_until = self._monotonic() + self._lease.left() if held else 0.0
        return held

    def left(self) -> float:
        """For how many seconds the lease is ours, if nobody asks again."""
        return max(0.0, self._believed_until - self._monotonic())

    def release(self) -> None:
        """Let another have the lease now, and for good: this process is ending.

        A task that is in the middle of a turn must not take it again.
        """
        self._believed_until = 0.0
        self._given_back = True
        self._lease.release()

    def believed(self) -> bool:
        """Say whether the lease was ours a moment ago. Asks nobody: for scrapes."""
        return self._monotonic() < self._believed_until


class KeepLeading:
    """The task that renews the lease while the leader's other tasks have nothing to do."""

    name: Final = "lease"
    wake: Wake | None = None

    def __init__(self, leadership: Leadership) -> None:
        """Keep `leadership`; put it into a `Leased`, which gives it back at the end."""
        self._leadership = leadership

    def turn(self) -> float:
        """Renew the lease when it is time, and remember that it is ours."""
        self._leadership.hold()
        return max(self._leadership.left() - SPARE_SECONDS, LEFT_SECONDS / 2)
