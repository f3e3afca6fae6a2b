"""Publishing in batches: confirms are awaited once for the whole batch.

An unroutable message comes back *and* is acked, a full queue nacks, a frozen broker blocks: each
message has its own fate, and only `DELIVERED` means that a queue has it on disk.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock
from typing import Any, Final, Protocol

import amqp

from services.common.messaging.wire import BROKER_ERRORS, BrokerAway, hang_up, opened

#: So long a relay waits for a frozen broker; its lease is renewed meanwhile (`KeepLeading`).
PUBLISH_TIMEOUT_SECONDS: Final = 2.5
TRANSIENT: Final = 1
PERSISTENT: Final = 2


class Fate(Enum):
    """What became of one published message."""

    #: Acked and not returned: in a queue, on disk; one that isn't mandatory, perhaps in none.
    DELIVERED = "delivered"
    RETURNED = "returned"  #: no queue takes this routing key
    REFUSED = "refused"  #: nacked: a queue is full


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be published. `message_id` is unique among the messages of one batch."""

    exchange: str
    routing_key: str
    message_id: str
    body: bytes
    content_type: str = "application/cloudevents+json"
    headers: Mapping[str, str | int] = field(default_factory=dict)
    mandatory: bool = True  #: it comes back if no queue takes it
    durable: bool = True  #: it survives a restart of the broker


class Publisher(Protocol):
    """Publishes a batch of messages."""

    def publish(self, messages: Sequence[Letter]) -> list[Fate]:
        """Return the fate of each message, in the order given.

        Raises:
            BrokerAway: Some or all were perhaps sent; none counts as delivered.
        """
        ...


class AmqpPublisher:
    """One connection with one confirming channel, opened when needed and after every fault.

    `declare(channel)` runs on every new connection, before anything is published. Safe to share
    between threads and greenlets: batches follow each other.
    """

    def __init__(
        self,
        uri: str,
        *,
        declare: Callable[[Any], None] = lambda _channel: None,
        timeout_seconds: float = PUBLISH_TIMEOUT_SECONDS,
    ) -> None:
        self._uri = uri
        self._declare = declare
        self._timeout = timeout_seconds
        self._lock = Lock()
        self._line: _Line | None = None

    def publish(self, messages: Sequence[Letter]) -> list[Fate]:
        """Publish one batch within the time-out; see `Publisher`."""
        if not messages:
            return []
        with self._lock:
            fates: list[Fate] = []
            try:
                fates = self._opened().publish(messages, self._timeout)
            except BROKER_ERRORS as error:
                raise BrokerAway(why=repr(error)) from error
            finally:
                if not fates or Fate.RETURNED in fates:
                    self._drop()  # what is on the wire is unknown, or the topology has a hole
            return fates

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        with self._lock:
            self._drop()

    def _opened(self) -> "_Line":
        if self._line is None:
            self._line = _Line(self._uri, self._declare, self._timeout)
        return self._line

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.hang_up()


class _Line:
    """A confirming channel and the batch that is under way on it."""

    def __init__(self, uri: str, declare: Callable[[Any], None], timeout_seconds: float) -> None:
        self._connection = opened(uri, timeout_seconds)
        try:
            declare(self._connection.channel())
            self._channel = self._connection.channel()
            self._channel.confirm_select()
        except BaseException:
            self.hang_up()
            raise
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._socket = self._connection.transport.sock
        self._tag = 0
        self._outstanding: dict[int, Letter] = {}
        self._returned: set[tuple[str, str, str]] = set()
        self._fates: dict[int, Fate] = {}

    def publish(self, messages: Sequence[Letter], timeout_seconds: float) -> list[Fate]:
        """Send all of `messages`, then wait until the broker has answered for each."""
        deadline = time.monotonic() + timeout_seconds
        self._returned.clear()
        self._fates.clear()
        first = self._tag + 1
        with self._gathered(deadline):
            for message in messages:
                self._send(message)
        while self._outstanding:
            self._connection.drain_events(timeout=_left(deadline))
        return [self._fates[tag] for tag in range(first, self._tag + 1)]

    @contextmanager
    def _gathered(self, deadline: float) -> Iterator[None]:
        """Let frames gather, then write them to the socket at once: a call each costs as much."""
        transport = self._connection.transport
        frames = bytearray()
        write, transport._write = transport._write, frames.extend  # noqa: SLF001 - no public way
        try:
            yield
        finally:
            transport._write = write  # noqa: SLF001
        self._socket.settimeout(_left(deadline))  # a full socket buffer blocks writing
        transport.write(bytes(frames))

    def hang_up(self) -> None:
        hang_up(self._connection)

    def _send(self, message: Letter) -> None:
        self._tag += 1
        self._outstanding[self._tag] = message
        wire = amqp.Message(
            message.body,
            content_type=message.content_type,
            delivery_mode=PERSISTENT if message.durable else TRANSIENT,
            message_id=message.message_id,
            application_headers=dict(message.headers),
        )
        self._channel._basic_publish(  # noqa: SLF001 - deferred confirms have no public call
            wire, message.exchange, message.routing_key, mandatory=message.mandatory
        )

    def _on_return(self, _error: Any, exchange: str, routing_key: str, message: Any) -> None:
        """Remember what came back; the broker sends this before the ack of the same message."""
        self._returned.add((exchange, routing_key, message.properties["message_id"]))

    def _on_ack(self, tag: int, multiple: bool) -> None:
        for done, message in self._answered(tag, multiple):
            back = (message.exchange, message.routing_key, message.message_id) in self._returned
            self._fates[done] = Fate.RETURNED if back else Fate.DELIVERED

    def _on_nack(self, tag: int, multiple: bool) -> None:
        for done, _ in self._answered(tag, multiple):
            self._fates[done] = Fate.REFUSED

    def _answered(self, tag: int, multiple: bool) -> list[tuple[int, Letter]]:
        tags = [one for one in self._outstanding if one <= tag] if multiple else [tag]
        return [(one, self._outstanding.pop(one)) for one in tags]


def _left(deadline: float) -> float:
    """Return the seconds until `deadline`, on the monotonic clock.

    Raises:
        TimeoutError: None are left.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the broker did not confirm in time")
    return left
