"""The nameko extension that hears doorbells, and the task by which a replica rings the leader.

A process hears on a queue of its own that goes when it goes: transient and without acks. A bell
that is lost, with the broker or on its way, is made up for by who looks where logs end.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol
from uuid import uuid4

from nameko.extensions import DependencyProvider

from services.common.contracts.codec import Undecodable
from services.common.contracts.doorbell import Doorbell, appended, doorbell
from services.common.messaging.consuming import DrainingConsumer
from services.common.messaging.publisher import Letter, Publisher
from services.common.messaging.topology import BELLS, bell_keys, bell_queue
from services.common.work.wake import Wake

#: How long a replica that has nothing to tell waits to be woken.
IDLE_SECONDS: Final = 60.0

_log = logging.getLogger(__name__)


class Ear(Protocol):
    """What hears doorbells: cheap, and it never raises."""

    def rung(self, doorbell: Doorbell) -> None:
        """Hear a doorbell."""
        ...

    def hears(self, *, hears: bool) -> None:
        """Learn whether doorbells can come: what rang in the meantime is lost."""
        ...


class Doorbells(DependencyProvider):  # type: ignore[misc]
    """Hands every doorbell to the ear that `ear(container)` returns."""

    consumer = DrainingConsumer()

    def __init__(self, ear: Callable[[Any], Ear]) -> None:
        self._given = ear

    def new_queue(self) -> str:
        """Return a name that no connection has had: the broker may take the last for alive."""
        return bell_queue(self.container.service_name, uuid4().hex)

    @property
    def keys(self) -> Sequence[str]:
        """The routing keys of the doorbells that concern this service."""
        return bell_keys(self.container.service_name)

    def setup(self) -> None:
        """Join the service's consumer."""
        self._ear = self._given(self.container)
        self.consumer.listen(self)

    def hear(self, body: bytes | str) -> None:
        """Hand over one message; what can't be read is nobody's doorbell."""
        try:
            self._ear.rung(doorbell(body))
        except Undecodable as error:
            _log.warning("a doorbell can't be read: %s", error)

    def connected(self, *, connected: bool) -> None:
        """Let the ear know whether it hears."""
        self._ear.hears(hears=connected)


class RingLeader:
    """The task of a replica that appends and doesn't lead: it rings the one that does.

    Without it what it has appended would wait until the leader looks by itself.
    """

    name: Final = "ring the leader"

    def __init__(self, log: str, publisher: Publisher, leads: Callable[[], bool]) -> None:
        """Ring for `log`; `leads()` says whether this replica is the leader itself."""
        self._wake = Wake()
        self.wake: Wake | None = self._wake
        self._log = log
        self._publisher = publisher
        self._leads = leads
        self._heard = 0  #: appends
        self._told = 0

    def appended(self) -> None:
        """Hear that this replica has appended."""
        self._heard += 1
        self._wake.ring()

    def turn(self) -> float:
        """Ring, unless it would ring itself or nothing was appended.

        Raises:
            BrokerAway: The leader looks by itself within seconds.
        """
        heard = self._heard  # what comes while the broker is asked is told by the next turn
        if heard > self._told and not self._leads():
            self._publisher.publish([letter_of(appended(self._log, uuid4().hex))])
        self._told = heard
        return IDLE_SECONDS


def letter_of(bell: Doorbell) -> Letter:
    """Return a doorbell as it is published: nobody needs to be there."""
    return Letter(
        exchange=BELLS,
        routing_key=f"{bell.log}.{bell.type.removeprefix('log.')}",
        message_id=bell.id,
        body=bell.body,
        mandatory=False,
        durable=False,
    )
