"""What the entry points on queues have in common: every delivery ends in ack, burial or requeue.

handled                -> ack
can't be read          -> buried in the service's dead letters (confirmed), then acked
`Corrupt` came out     -> the same
`Transient` came out   -> held and tried again after a pause, requeued after ten minutes; buried
                          after a minute where holding it would hold up others (`hopeless`)
anything else came out -> requeued after a pause; the delivery limit buries it in the end

Never a hot requeue, and nothing that a handler does (SystemExit too) ends the process.
"""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeVar, cast, overload

from eventlet.event import Event
from greenlet import GreenletExit
from nameko.extensions import Entrypoint, register_entrypoint

from services.common.errors import Corrupt, Transient
from services.common.messaging.consuming import Delivery, DrainingConsumer
from services.common.messaging.declare import declaring
from services.common.messaging.publisher import AmqpPublisher, Fate, Letter
from services.common.messaging.topology import dead_queue
from services.common.messaging.wire import BrokerAway

PREFETCH: Final = 16
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
#: Far below the broker's own limit for unacked messages (30 minutes), which would cut the channel.
HELD_AT_MOST_SECONDS: Final = 600.0
#: Key in nameko's configuration: called with the queue's name for every burial (a metric).
ON_BURIED: Final = "SHAOBAO_ON_BURIED"

Method = TypeVar("Method", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


class HandlerLeft(Exception):
    """A handler tried to end the process. Its message is treated as failed; the process stays."""


class QueueEntrypoint(Entrypoint):  # type: ignore[misc]
    """Takes the messages of one queue; `read` makes the handler's argument of a delivery."""

    consumer = DrainingConsumer()
    #: Each message that is held takes one of `prefetch` places from all others.
    hopeless_after_seconds: ClassVar[float] = 60.0

    def __init__(self, prefetch: int = PREFETCH, **options: Any) -> None:
        """Wire a handler. At most `prefetch` messages are in flight."""
        self.prefetch = prefetch
        self.stopping = Event()
        super().__init__(**options)

    # -- what a subclass says --------------------------------------------------------------------

    @property
    def queue(self) -> str:
        """The queue to read."""
        raise NotImplementedError

    def read(self, delivery: Delivery) -> object:
        """Return the handler's argument.

        Raises:
            Corrupt: The message can't be read.
        """
        raise NotImplementedError

    def refuse(self, delivery: Delivery, error: Corrupt) -> None:
        """Do what is to be done with a message that can't be read; it is acked afterwards.

        Raises:
            Transient: Not done; keep the message.
        """
        self.bury(delivery, str(error))

    def hopeless(self, error: Exception) -> bool:  # noqa: ARG002  a subclass looks at it
        """Say whether a message that has long met `error` is left to a person."""
        return False

    # -- nameko ----------------------------------------------------------------------------------

    def setup(self) -> None:
        """Join the service's consumer."""
        uri = self.container.config["AMQP_URI"]
        self.publisher = AmqpPublisher(uri, declare=declaring(self.container.service_name))
        self.consumer.register(self)

    def stop(self) -> None:
        """Take nothing new, finish what is in flight."""
        self.kill()
        self.consumer.release(self)
        self.publisher.close()

    def kill(self) -> None:
        """Wake up what pauses, so that it goes back to the queue."""
        if not self.stopping.ready():
            self.stopping.send(True)

    @overload
    @classmethod
    def decorator(cls, method: Method) -> Method: ...

    @overload
    @classmethod
    def decorator(cls, *, prefetch: int = PREFETCH) -> Callable[[Method], Method]: ...

    @classmethod
    def decorator(cls, method: Any = None, **options: Any) -> Any:
        """Decorate a method: `@replies`, or `@replies(prefetch=4)`."""

        def registered(found: Method) -> Method:
            guarded = staying(found)
            register_entrypoint(guarded, cls(**options))
            return guarded

        return registered if method is None else registered(method)

    # -- one delivery ----------------------------------------------------------------------------

    def take(self, delivery: Delivery) -> None:
        """Handle a delivery to its end; never raises."""
        try:
            self._take(delivery)
        except Exception:  # noqa: BLE001  raised further, it would end the process
            _log.exception("a delivery of %s failed outside its handler", self.queue)
            delivery.requeue()

    def _take(self, delivery: Delivery) -> None:
        try:
            argument = self.read(delivery)
        except Corrupt as error:
            self.put_away(delivery, functools.partial(self.refuse, delivery, error))
        else:
            _Attempts(self, delivery, argument).start()

    def put_away(self, delivery: Delivery, act: Callable[[], None]) -> None:
        """Do `act` until it works, then ack; give the message back if the service stops before."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                act()
            except Transient as away:
                _log.warning("a hopeless message of %s is kept: %s", self.queue, away)
                if self.paused(pause):
                    return delivery.requeue()
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                return delivery.ack()

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put a message into the service's dead letters, with the reason; confirmed.

        Raises:
            BrokerAway: It isn't there; keep the message.
        """
        _log.error("a message of %s is buried: %s", self.queue, reason)
        letter = Letter(
            exchange=dead_queue(self.container.service_name),
            routing_key=delivery.routing_key,
            message_id=delivery.message_id or "",
            body=delivery.body,
            content_type=delivery.content_type or "application/octet-stream",
            headers={"reason": reason[:1000], "queue": self.queue, "exchange": delivery.exchange},
        )
        if self.publisher.publish([letter]) != [Fate.DELIVERED]:
            raise BrokerAway(why="the dead letter queue is missing or full")
        self.container.config.get(ON_BURIED, lambda _queue: None)(self.queue)

    def paused(self, seconds: float) -> bool:
        """Pause; return True at once when the service stops."""
        return bool(self.stopping.wait(timeout=seconds))


class _Attempts:
    """The attempts at one readable message, each on a worker of its own."""

    def __init__(self, entrypoint: QueueEntrypoint, delivery: Delivery, argument: object) -> None:
        self._entrypoint = entrypoint
        self._delivery = delivery
        self._argument = argument
        self._pause = FIRST_PAUSE_SECONDS
        self._began = time.monotonic()

    def start(self) -> None:
        """Let a worker try."""
        self._entrypoint.container.spawn_worker(
            self._entrypoint, (self._argument,), {}, handle_result=self._on_result
        )

    def _on_result(self, _worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        """Settle the message. Runs inside nameko's worker: what is raised here ends the process."""
        error = exc_info[1] if exc_info else None
        try:
            if error is None:
                self._delivery.ack()
            else:
                self._entrypoint.container.spawn_managed_thread(
                    functools.partial(self._after, error), identifier="pause"
                )
        except Exception:  # noqa: BLE001  raised further, it would end the process
            _log.exception("a message of %s could not be settled", self._entrypoint.queue)
            self._delivery.requeue()
        return result, exc_info

    def _after(self, error: Exception) -> None:
        """Pause, then try again or give the message back; never raises."""
        try:
            if isinstance(error, Corrupt) or self._is_hopeless(error):
                bury = functools.partial(self._entrypoint.bury, self._delivery, repr(error))
                self._entrypoint.put_away(self._delivery, bury)
            elif isinstance(error, Transient) and self._held < HELD_AT_MOST_SECONDS:
                self._hold()
            else:
                known = self._delivery.deliveries_before
                wait = FIRST_PAUSE_SECONDS * 2 ** min(known, 10)
                self._entrypoint.paused(min(wait, LONGEST_PAUSE_SECONDS))
                self._delivery.requeue()
        except Exception:  # noqa: BLE001  raised further, it would end the process
            _log.exception("a message of %s goes back", self._entrypoint.queue)
            self._delivery.requeue()

    @property
    def _held(self) -> float:
        """Since when it is tried, in seconds."""
        return time.monotonic() - self._began

    def _is_hopeless(self, error: Exception) -> bool:
        entrypoint = self._entrypoint
        return self._held >= entrypoint.hopeless_after_seconds and entrypoint.hopeless(error)

    def _hold(self) -> None:
        if self._entrypoint.paused(self._pause):
            self._delivery.requeue()
            return
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self.start()


def staying(method: Method) -> Method:
    """Return `method`, unable to end the process: SystemExit becomes an ordinary failure."""

    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except (GreenletExit, Exception):
            raise
        except BaseException as error:
            raise HandlerLeft(repr(error)) from error

    return cast("Method", guarded)
