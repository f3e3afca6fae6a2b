"""Policies and rights on the broker, as data: what the operator's `apply` sets and reads back.

A queue gets one policy, so the patterns below never overlap. Queue arguments can't be changed
without a redeclare error; a policy can, so limits live here.
"""

from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.streams import SERVICES
from services.common.messaging import topology

#: Deliveries of one message before it is a dead letter; explicit, 4.0's default but not 3.10's.
DELIVERY_LIMIT: Final = 20
#: Browsing a dead letter counts as a delivery; it must never be thrown away for being looked at.
BROWSE_LIMIT: Final = 1_000_000
CALL_AGE_SECONDS: Final = 7 * 24 * 3600
DEPARTMENT_QUEUE_LENGTH: Final = 10_000
#: The topic permission that makes a routing key an identity.
OWN_KEYS_ONLY: Final = r"^{username}\."
_NOTHING: Final = "^$"
#: configure, write, read of who runs `apply` and the operator's command line.
ADMINISTRATOR_RIGHTS: Final = (".*", ".*", ".*")


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """A policy for the queues whose name matches `pattern`."""

    name: str
    pattern: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may declare, publish to and read: regular expressions on names.

    `topic` is the pattern of routing keys on `departments.replies`, or None: no limit.
    """

    user: str
    configure: str
    write: str
    read: str
    topic: str | None = None


def policies() -> tuple[QueuePolicy, ...]:
    """Return every policy of the vhost."""
    return (
        *(_inbox_policy(service) for service in SERVICES),
        QueuePolicy("dead", r"\.dead$", {"delivery-limit": BROWSE_LIMIT}),
        QueuePolicy("department-replies", _exactly(topology.REPLIES_QUEUE), _lossless()),
        QueuePolicy("department-calls", r"^departments\.[a-z0-9-]+\.calls$", _calls()),
        QueuePolicy("department-outcomes", r"^departments\.[a-z0-9-]+\.outcomes$", _outcomes()),
    )


def _inbox_policy(service: str) -> QueuePolicy:
    """A doorbell lost on the way to the dead letters is rung again by the sweeper."""
    queue, dead = topology.inbox_queue(service), topology.dead_queue(service)
    definition = {"delivery-limit": DELIVERY_LIMIT, "dead-letter-exchange": dead}
    return QueuePolicy(f"{service}-inbox", _exactly(queue), definition)


def _lossless() -> dict[str, Any]:
    """Dead letters are confirmed by the dead letter queue before they leave (needs overflow)."""
    return {
        "delivery-limit": DELIVERY_LIMIT,
        "dead-letter-exchange": topology.dead_queue(topology.CALLER),
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
    """Return what a service may do.

    Everybody may declare the bus and bind every inbox (`topology.of_service` says why). A right
    to write to a queue is only one to bind it: publishing goes by exchange, and the default
    exchange is nobody's.
    """
    everybody = "|".join(SERVICES)
    configure = rf"({everybody})\.(events|inbox|dead)"
    write = rf"({everybody})\.(inbox|dead)|{service}\.events"
    read = rf"({everybody})\.(events|dead)|{service}\.inbox"
    if service == topology.CALLER:
        exchanges = r"|escalation\.replies|departments\.(calls|outcomes|replies)"
        ours = rf"{exchanges}|departments\.[a-z0-9-]+\.(calls|outcomes)"
        configure, write, read = configure + ours, write + ours, read + exchanges
    return Rights(service, f"^({configure})$", f"^({write})$", f"^({read})$")


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
        topic=OWN_KEYS_ONLY,
    )


def _exactly(name: str) -> str:
    return "^" + name.replace(".", r"\.") + "$"
