"""What goes over the bus: one CloudEvents 1.0 message per event, structured JSON.

They are for outside subscribers; our own services read the log. Data is left out when the message
would pass 64 KiB.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.codec import canonical, plain
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import UnknownEvent, name_of, type_of

CONTENT_TYPE: Final = "application/cloudevents+json"
BODY_LIMIT_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it goes out: AMQP message id, routing key and body."""

    id: str
    routing_key: str
    body: str


def messages_of(commit: Commit, log: str) -> Iterator[Message]:
    """Return the messages of a stamped commit of `log`, one per event, in order."""
    for index, fact in enumerate(commit.facts):
        name = name_of(fact.event)
        yield Message(fact.id, name, _body(commit, fact, log, name, index))


def _body(commit: Commit, fact: Fact, log: str, name: str, index: int) -> str:
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": fact.id,
        "source": f"/shaobao/{log}",
        "type": name,
        "subject": commit.stream,
        "time": fact.occurred_at,
        "dataschema": f"/schemas/{name}/{_shape(fact.event)}",
        "datacontenttype": "application/json",
        "streamversion": commit.version,
        "eventindex": index,
        "eventcount": len(commit.draft.events),
        "position": commit.position,
        "correlationid": commit.draft.correlation,
        "causationid": _causation(commit),
    }
    whole = canonical({**attributes, "data": _data(fact.event)})
    return whole if len(whole.encode()) <= BODY_LIMIT_BYTES else canonical(attributes)


def _shape(event: object) -> int:
    return event.version if isinstance(event, UnknownEvent) else type_of(event).version


def _data(event: object) -> Any:
    return event.data if isinstance(event, UnknownEvent) else plain(event)


def _causation(commit: Commit) -> str:
    cause = commit.cause
    return f"{cause.stream}@{cause.version}" if cause else commit.draft.command_id
