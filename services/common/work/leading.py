"""Whether this process is the leader, as far as those may believe it who only want to look.

A gauge of which one replica knows the value must not outlive that replica's lease: the next one
would show another value beside it, and nobody would notice that neither looks any more.
"""

import time
from collections.abc import Callable
from typing import Final

from services.common.errors import Transient
from services.common.work.lease import LEASE_SECONDS, Lease

#: For how long a held lease is believed without asking again; below what it lasts.
BELIEVED_SECONDS: Final = LEASE_SECONDS / 2


class Leadership:
    """A lease that remembers its last answer. Ask for it at least every `BELIEVED_SECONDS`."""

    def __init__(self, lease: Lease, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Watch `lease`; nobody is the leader yet."""
        self._lease = lease
        self._monotonic = monotonic
        self._believed_until = 0.0

    def hold(self) -> bool:
        """Take or renew the lease; say whether it is ours.

        Raises:
            Transient: Nobody knows: not believed any more.
        """
        try:
            held = self._lease.hold()
        except Transient:
            self._believed_until = 0.0
            raise
        self._believed_until = self._monotonic() + BELIEVED_SECONDS if held else 0.0
        return held

    def release(self) -> None:
        """Let another have the lease now."""
        self._believed_until = 0.0
        self._lease.release()

    def believed(self) -> bool:
        """Say whether the lease was ours a moment ago. Asks nobody: for scrapes."""
        return self._monotonic() < self._believed_until
