"""Reads queues for nameko entry points and stops without doing anything twice.

nameko's own consumer closes its connection while handlers still run, so their acks are lost and
every graceful stop repeats the messages in flight. This one leaves only when nobody consumes and
nothing is in flight; it outlives the broker, and no exception of it ends the process.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import eventlet
from amqp import spec
from eventlet.event import Event
from nameko.extensions import SharedExtension

from services.common.messaging.declare import declaring
from services.common.messaging.topology import BELLS
from services.common.messaging.wire import BROKER_ERRORS, connected, hang_up

CONNECT_TIMEOUT_SECONDS: Final = 5.0
HEARTBEAT_SECONDS: Final = 20
#: How long the reading loop sleeps when nothing comes; then it looks after the heartbeats.
GLANCE_SECONDS: Final = 5.0
#: How often who stops asks whether all is settled.
SETTLED_SECONDS: Final = 0.05
RECONNECT_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
#: Key in nameko's configuration: called with True when messages can arrive, else False (a metric).
ON_CONNECTED: Final = "SHAOBAO_ON_CONNECTED"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivery:
    """One message in flight. Settle it once; a lost connection settles it by redelivery."""

    body: bytes
    exchange: str
    routing_key: str
    message_id: str | None
    headers: Mapping[str, Any]
    content_type: str | None
    raw: Any
    source: "ReaderChannel"
    settled: bool = field(default=False, init=False)

    @property
    def deliveries_before(self) -> int:
        """How often the broker has delivered it before; a hint, 0 if unknown."""
        count = self.headers.get("x-delivery-count", 0)
        return count if isinstance(count, int) else 0

    def ack(self) -> None:
        """It is done."""
        self._settle("basic_ack")

    def requeue(self) -> None:
        """Somebody else, or we, shall have it again."""
        self._settle("basic_reject", requeue=True)

    def _settle(self, method: str, **options: bool) -> None:
        if self.settled:
            return
        self.settled = True
        try:
            getattr(self.raw.channel, method)(self.raw.delivery_tag, **options)
        except (*BROKER_ERRORS, AttributeError) as error:
            # the broker gives it out again; half a frame may be on the wire, so no more of that
            _log.info("%s of %s came too late: %r", method, self.message_id, error)
            if self.raw.channel.connection is not None:
                hang_up(self.raw.channel.connection)
        finally:
            self.source.in_flight -= 1


class Reader(Protocol):
    """An entry point that takes messages of one queue."""

    queue: str
    prefetch: int

    def take(self, delivery: Delivery) -> None:
        """Handle a message on a greenlet of its own; must settle it, must not raise."""
        ...


class Listener(Protocol):
    """What hears messages that nobody keeps: a queue of this connection, without acks."""

    keys: Sequence[str]

    def new_queue(self) -> str:
        """Return the name of its queue on one connection, another each time."""
        ...

    def hear(self, body: bytes | str) -> None:
        """Take a message at once; must not raise."""
        ...

    def connected(self, *, connected: bool) -> None:
        """Learn that from now on messages can arrive, or no more; must not raise."""
        ...


@dataclass(slots=True, eq=False)
class ReaderChannel:
    """A reader, its channel on the present connection, and what it has in flight."""

    reader: Reader
    wanted: bool = True
    channel: Any = None
    tag: str = ""
    in_flight: int = 0


class DrainingConsumer(SharedExtension):  # type: ignore[misc]
    """One connection for all readers of a service, a channel and a prefetch for each."""

    def __init__(self) -> None:
        self._sources: dict[Reader, ReaderChannel] = {}
        self._listeners: list[Listener] = []
        self._thread: Any = None
        self._connected = False
        self._closing = Event()
        self._channel: Any = None  #: of the present connection, for no reader
        self._told = False  #: whether somebody wants the loop to look at what is wanted

    # -- what entry points call ------------------------------------------------------------------

    def register(self, reader: Reader) -> None:
        """Read the reader's queue from the start on."""
        self._sources[reader] = ReaderChannel(reader)

    def listen(self, listener: Listener) -> None:
        """Let `listener` hear doorbells from the start on."""
        self._listeners.append(listener)

    def release(self, reader: Reader) -> None:
        """Take nothing new for `reader`; return when all that it took is settled."""
        source = self._sources[reader]
        source.wanted = False
        self._interrupt()
        while source.in_flight or (source.tag and self._connected):
            eventlet.sleep(SETTLED_SECONDS)

    # -- what nameko calls -----------------------------------------------------------------------

    def start(self) -> None:
        """Start reading; a broker that is away is no reason not to start."""
        if self._thread is None and (self._sources or self._listeners):
            self._tell(connected=False)
            self._thread = self.container.spawn_managed_thread(self.run, identifier="consumer")

    def stop(self) -> None:
        """Close the connection; entry points have released their queues before."""
        self.kill()
        if self._thread is not None:
            self._thread.wait()

    def kill(self) -> None:
        """Close the connection soon; what is in flight is delivered again."""
        if not self._closing.ready():
            self._closing.send(True)
            self._interrupt()

    # -- the loop --------------------------------------------------------------------------------

    def run(self) -> None:
        """Stay connected and read, until told to close."""
        waits = iter(RECONNECT_SECONDS)
        while not self._closing.ready():
            try:
                for _ in self._session():
                    waits = iter(RECONNECT_SECONDS)
            except BROKER_ERRORS as error:
                _log.warning("the broker is away: %r", error)
            except Exception:  # noqa: BLE001  a thread that dies would end the process
                _log.exception("reading failed")
            if not self._closing.ready():
                self._closing.wait(timeout=next(waits, RECONNECT_SECONDS[-1]))

    def _session(self) -> Iterator[None]:
        """Read over one connection; yields after each glance at it."""
        uri = self.container.config["AMQP_URI"]
        with connected(uri, CONNECT_TIMEOUT_SECONDS, HEARTBEAT_SECONDS) as connection:
            try:
                channel = connection.channel()
                declaring(self.container.service_name)(channel)
                self._channel = channel
                # the first message may come before the last queue is read
                self._tell(connected=True)
                for listener in self._listeners:
                    _listen(connection.channel(), listener)
                    listener.connected(connected=True)
                for source in self._sources.values():
                    self._consume(connection, source)
                while not self._closing.ready():
                    self._glance(connection)
                    yield
            finally:
                self._channel = None
                self._tell(connected=False)
                for listener in self._listeners:
                    listener.connected(connected=False)
                for source in self._sources.values():
                    source.channel, source.tag = None, ""

    def _tell(self, *, connected: bool) -> None:
        self._connected = connected
        self.container.config.get(ON_CONNECTED, lambda _connected: None)(connected)

    def _consume(self, connection: Any, source: ReaderChannel) -> None:
        if not source.wanted:
            return
        source.channel = connection.channel()
        source.channel.basic_qos(0, source.reader.prefetch, False)
        source.tag = source.channel.basic_consume(
            source.reader.queue, callback=lambda raw: self._deliver(source, raw)
        )

    def _glance(self, connection: Any) -> None:
        """Read what comes, and stop reading what nobody wants any more."""
        self._told = False
        for source in self._sources.values():
            if source.tag and not source.wanted:
                # the channel stays open for the acks of what is in flight
                source.channel.basic_cancel(source.tag)
                source.tag = ""
        if self._told:  # while we cancelled: what should have woken us was read there
            return
        with suppress(TimeoutError):
            connection.drain_events(timeout=GLANCE_SECONDS)
        connection.heartbeat_tick()

    def _interrupt(self) -> None:
        """Wake the loop: the broker's answer to a question that changes nothing ends its sleep."""
        self._told = True
        if self._channel is not None:
            with suppress(*BROKER_ERRORS, AttributeError):  # hung up: so the loop is awake
                self._channel.send_method(spec.Basic.Qos, "lBb", (0, 0, False))

    def _deliver(self, source: ReaderChannel, raw: Any) -> None:
        """Hand a message to its reader; one that arrives after the stop goes back unread."""
        if not source.wanted:
            return
        source.in_flight += 1
        delivery = received(raw, source)
        try:
            self.container.spawn_managed_thread(
                lambda: source.reader.take(delivery), identifier=source.reader.queue
            )
        except Exception:
            delivery.requeue()
            raise


def _listen(channel: Any, listener: Listener) -> None:
    """Declare the listener's queue, which goes with the connection, and hear what comes."""
    queue = listener.new_queue()
    channel.queue_declare(queue, exclusive=True, durable=False, auto_delete=True)
    for key in listener.keys:
        channel.queue_bind(queue, BELLS, key)
    channel.basic_consume(queue, no_ack=True, callback=lambda message: listener.hear(message.body))


def received(raw: Any, source: ReaderChannel) -> Delivery:
    """Return the delivery of an amqp message, its body as the bytes that were sent."""
    properties = raw.properties
    body = raw.body
    if isinstance(body, str):  # amqp decodes what names an encoding
        body = body.encode(properties.get("content_encoding") or "utf-8")
    return Delivery(
        body=body,
        exchange=raw.delivery_info["exchange"],
        routing_key=raw.delivery_info["routing_key"],
        message_id=properties.get("message_id"),
        headers=properties.get("application_headers") or {},
        content_type=properties.get("content_type"),
        raw=raw,
        source=source,
    )
