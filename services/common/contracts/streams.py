"""Names of streams and ids, and how one follows from another.

A stream is `<category>-<id>`, split at the first dash. Ids come from events (uuid5), so that a
repeated reaction meets what it made the first time.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("5d0b7b0e-2b8c-5f0e-9c52-0f0a5a0c7e11")

#: Which service owns the streams of a category; its log is the only place where they are written.
LOG_OF_CATEGORY: Final = {
    "request": "intake",
    "workOrder": "dispatch",
    "registry": "dispatch",
    "raise": "escalation",
    "whistle": "escalation",
    "call": "escalation",
    "duty": "escalation",
    "clock": "escalation",
}
#: The services that write a log, and all of them.
LOGS: Final = ("intake", "dispatch", "escalation")
SERVICES: Final = (*LOGS, "metrics")
REGISTRY_KINDS: Final = ("units", "categories", "duties", "catalogue", "policies")


def derived(*parts: str | int) -> str:
    """Return the id that follows from `parts`: the same parts, the same id, on every machine."""
    return str(uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts)))


def category_of(stream: str) -> str:
    """Return the category of `stream`."""
    return stream.partition("-")[0]


def id_of(stream: str) -> str:
    """Return the id of `stream`: what follows the first dash."""
    return stream.partition("-")[2]


def log_of(stream: str) -> str:
    """Return the service whose log holds `stream`.

    Raises:
        KeyError: No service owns such a category.
    """
    return LOG_OF_CATEGORY[category_of(stream)]


def logs_with(categories: Iterable[str]) -> tuple[str, ...]:
    """Return the services, by name, whose logs hold streams of `categories`.

    Raises:
        KeyError: No service owns such a category.
    """
    return tuple(sorted({LOG_OF_CATEGORY[each] for each in categories}))


def request_stream(request_id: str) -> str:
    """Return the stream of a request."""
    return f"request-{request_id}"


def work_order_id(request_id: str) -> str:
    """Return the id of the one work order of a request."""
    return derived(request_stream(request_id), "order")


def work_order_stream(order_id: str) -> str:
    """Return the stream of a work order."""
    return f"workOrder-{order_id}"


def raise_id(order_id: str, number: int) -> str:
    """Return the id of the `number`-th (from 1) raise of a work order.

    `WorkOrderRaised` carries it. It follows from the order and the count, not from the event's
    id: what decides the event doesn't know its version yet.
    """
    return derived(work_order_stream(order_id), "raise", number)


def raise_stream(of: str) -> str:
    """Return the stream of a raise."""
    return f"raise-{of}"


def whistle_stream(whistle_id: str) -> str:
    """Return the stream of a whistle."""
    return f"whistle-{whistle_id}"


def call_id(whistle_id: str, unit: str) -> str:
    """Return the id of the one call of `unit` in a whistle."""
    return derived(whistle_id, unit)


def call_stream(of: str) -> str:
    """Return the stream of a call."""
    return f"call-{of}"


def duty_id(whistle_id: str, number: int) -> str:
    """Return the id of the `number`-th (from 1) standing duty of a whistle."""
    return derived(whistle_id, number)


def duty_stream(of: str) -> str:
    """Return the stream of a standing duty."""
    return f"duty-{of}"


def clock_stream(subject_id: str) -> str:
    """Return the clock stream of a request, a whistle or a standing duty, by its id."""
    return f"clock-{subject_id}"


def registry_stream(kind: str) -> str:
    """Return the stream of a registry kind, e.g. `registry-units`."""
    return f"registry-{kind}"


def event_id(stream: str, version: int, index: int) -> str:
    """Return the id of one event: `<stream>@<version>.<index>`."""
    return f"{stream}@{version}.{index}"


def reaction_id(source: str, version: int, target: str) -> str:
    """Return the command id of the reaction of `target` to one source commit."""
    return derived(source, version, target)
