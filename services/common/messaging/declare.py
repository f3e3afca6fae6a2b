"""Puts the topology on the broker by AMQP. Declaring twice changes nothing.

Services call this on every connection, so a wiped broker heals by itself; policies, users and
rights need the management API and are the operator's (`apply.py`).
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from amqp.exceptions import NotFound

from services.common.messaging import topology
from services.common.messaging.topology import Binding, Topology
from services.common.messaging.wire import channel_to


def declare(channel: Any, part: Topology) -> None:
    """Declare every exchange, queue and binding of `part`."""
    for exchange in part.exchanges:
        channel.exchange_declare(exchange.name, exchange.kind, durable=True, auto_delete=False)
    for queue in part.queues:
        _declare_queue(channel, queue)
    for queue in part.retired:
        channel.queue_delete(queue)
    for binding in part.bindings:
        channel.queue_bind(binding.queue, binding.exchange, binding.key)


def declaring(service: str) -> Callable[[Any], None]:
    """Return what declares, on a channel, everything that `service` needs."""
    return partial(declare, part=topology.of_service(service))


def declare_at(uri: str, part: Topology = topology.WHOLE) -> None:
    """Declare `part` on the broker at `uri`.

    Raises:
        BrokerAway: The broker is away or refused.
    """
    with channel_to(uri) as channel:
        declare(channel, part)


def restore_departments(
    uri: str, codes: Iterable[str], resend: Callable[[str], None]
) -> tuple[str, ...]:
    """Declare the queues of departments; return the codes whose queue had to be created.

    `resend(code)` sends the open, unreceived calls again into a created queue. The outcomes queue
    is declared after that and so is the seal: killed in between, the next turn resends again. Run
    it under a lease: two at once may delete outcomes that were not read (departments repeat).

    Raises:
        BrokerAway: The broker is away or refused. What `resend` raises goes through.
    """
    with channel_to(uri) as channel:
        missing = tuple(code for code in codes if not _complete(channel.connection, code))
        for code in missing:
            calls, outcomes = topology.department_bindings(code)
            channel.queue_delete(outcomes.queue)
            _declare_bound(channel, calls)
            resend(code)
            _declare_bound(channel, outcomes)
    return missing


def _complete(connection: Any, code: str) -> bool:
    """Tell whether both queues of a department are there."""
    return all(queue_exists(connection, one.queue) for one in topology.department_bindings(code))


def queue_exists(connection: Any, queue: str) -> bool:
    """Tell whether `queue` is there. A "no" costs the broker's closing of a channel."""
    with connection.channel() as channel:
        try:
            channel.queue_declare(queue, passive=True)
        except NotFound:
            return False
        return True


def _declare_bound(channel: Any, binding: Binding) -> None:
    _declare_queue(channel, binding.queue)
    channel.queue_bind(binding.queue, binding.exchange, binding.key)


def _declare_queue(channel: Any, queue: str) -> None:
    channel.queue_declare(
        queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
    )
