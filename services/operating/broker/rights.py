"""Policies and rights on the broker, as data: what the operator's `apply` sets and reads back.

A queue gets one policy, so the patterns below never overlap. Queue arguments can't be changed
without a redeclare error; a policy can, so limits live here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.streams import LOGS
from services.common.messaging import topology

#: Deliveries of one message before it is a dead letter; explicit, 4.0's default but not 3.10's.
DELIVERY_LIMIT: Final = 20
#: Browsing a dead letter counts as a delivery; it must never be thrown away for being looked at.
BROWSE_LIMIT: Final = 1_000_000
CALL_AGE_SECONDS: Final = 7 * 24 * 3600
DEPARTMENT_QUEUE_LENGTH: Final = 10_000
_NOTHING: Final = "^$"
#: The queues of departments, by escalation's own naming.
_QUEUES_OF_DEPARTMENTS: Final = r"departments\.[a-z0-9-]+\.(calls|outcomes)"
#: configure, write, read of who runs `apply` and the operator's command line.
ADMINISTRATOR_RIGHTS: Final = (".*", ".*", ".*")


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """A policy for the queues whose name matches `pattern`."""

    name: str
    pattern: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TopicRight:
    """Under which routing keys a user may publish to a topic exchange, and bind a queue to it."""

    exchange: str
    write: str
    read: str


#: What makes the routing key of a reply an identity.
OWN_REPLIES_ONLY: Final = TopicRight(topology.DEPARTMENT_REPLIES, r"^{username}\.", _NOTHING)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may declare, publish to and read: regular expressions on names.

    `topic` limits the keys on one exchange; None: no limit.
    """

    user: str
    configure: str
    write: str
    read: str
    topic: TopicRight | None = None


def policies() -> tuple[QueuePolicy, ...]:
    """Return every policy of the vhost."""
    return (
        QueuePolicy("dead", r"\.dead$", {"delivery-limit": BROWSE_LIMIT}),
        QueuePolicy("department-replies", _exactly(topology.REPLIES_QUEUE), _lossless()),
        QueuePolicy("department-calls", r"^departments\.[a-z0-9-]+\.calls$", _calls()),
        QueuePolicy("department-outcomes", r"^departments\.[a-z0-9-]+\.outcomes$", _outcomes()),
    )


def _lossless() -> dict[str, Any]:
    """Dead letters are confirmed by the dead letter queue before they leave (needs overflow)."""
    return {
        "delivery-limit": DELIVERY_LIMIT,
        "dead-letter-exchange": topology.dead_queue(topology.NOTIFIER),
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    }


def _calls() -> dict[str, Any]:
    """A department that doesn't read stops only itself: its queue ages and fills."""
    return _lossless() | {
        "message-ttl": CALL_AGE_SECONDS * 1000,
        "max-length": DEPARTMENT_QUEUE_LENGTH,
    }


def _outcomes() -> dict[str, Any]:
    """A full outcomes queue must not hold up replies of others: the oldest outcomes go."""
    return {
        "delivery-limit": BROWSE_LIMIT,
        "message-ttl": CALL_AGE_SECONDS * 1000,
        "max-length": DEPARTMENT_QUEUE_LENGTH,
        "overflow": "drop-head",
    }


def service_rights(service: str) -> Rights:
    """Return what a service may do: declare its part, ring and hear, publish its events, bury.

    A right to write to a queue is only one to bind it (publishing goes by exchange, and the default
    exchange is nobody's); so is one to read an exchange.
    """
    part = topology.of_service(service)
    bells = rf"{service}\.bell\.[0-9a-f]+"
    bound = [each.queue for each in part.bindings]
    configure = [*(each.name for each in part.exchanges), *part.queues, *part.retired]
    write = [*bound, topology.dead_queue(service)]
    read = [*(each.exchange for each in part.bindings), topology.BELLS]
    patterns = [bells]
    if service in LOGS:
        write += [topology.events_exchange(service), topology.BELLS]
    if service == topology.NOTIFIER:
        calls = [topology.DEPARTMENT_CALLS, topology.DEPARTMENT_OUTCOMES]
        write += calls
        read += [*calls, topology.REPLIES_QUEUE]
        patterns.append(_QUEUES_OF_DEPARTMENTS)
    return Rights(
        user=service,
        configure=_any_of(configure, *patterns),
        write=_any_of(write, *patterns),
        read=_any_of(read, bells),
        topic=_bells_of(service),
    )


def _bells_of(service: str) -> TopicRight:
    """Let nobody ring for another's log: who believed that it goes further would wait for nothing.

    A service without a log can't ring at all.
    """
    own = _any_of(f"{service}.{each}" for each in ("advanced", "appended"))
    heard = _any_of(topology.bell_keys(service))
    return TopicRight(topology.BELLS, own if service in LOGS else _NOTHING, heard)


def department_rights(code: str) -> Rights:
    """Return what a department may do: read its two queues, reply under its own name.

    Raises:
        BadDepartmentCode: `code` can't be a user name that is safe inside a pattern.
    """
    topology.calls_queue(code)
    return Rights(
        user=code,
        configure=_NOTHING,
        write=_exactly(topology.DEPARTMENT_REPLIES),
        read=rf"^departments\.{code}\.(calls|outcomes)$",
        topic=OWN_REPLIES_ONLY,
    )


def _exactly(name: str) -> str:
    return "^" + _quoted(name) + "$"


def _any_of(names: Iterable[str], *patterns: str) -> str:
    """Return the pattern of any of `names`, or of what matches one of `patterns`."""
    return "^(" + "|".join([*map(_quoted, dict.fromkeys(names)), *patterns]) + ")$"


def _quoted(name: str) -> str:
    return name.replace(".", r"\.")
