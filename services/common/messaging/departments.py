"""Calls to departments, their replies, and what became of each reply.

Calls go out by a consumer of escalation, not by the relay: a full or missing department queue stops
only itself. What the messages say is escalation's business; here they are plain CloudEvents.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.codec import canonical
from services.common.contracts.streams import derived
from services.common.contracts.strict_json import NotStrictJson, strict_json
from services.common.errors import Corrupt, Transient
from services.common.messaging.publisher import Fate, Letter, Publisher
from services.common.messaging.topology import (
    DEPARTMENT_CALLS,
    DEPARTMENT_OUTCOMES,
)

#: Longer message ids than this are nobody's uuid.
ID_LIMIT: Final = 200
#: What may stand in a log and go back to the department: visible ASCII.
_ID: Final = re.compile(rf"[!-~]{{1,{ID_LIMIT}}}")
_KIND: Final = re.compile(r"[a-z][a-z-]{0,31}")


class DepartmentUnreachable(Transient):
    """The department's queue is missing or full. Try again in tiers; alarm; take the second path.

    `fate`: "returned" (no queue: `restore_departments` makes it) or "refused" (full).
    """


class UnreadableReply(Corrupt):
    """A department's message is no reply. `code` says whose it is, `message_id` which, or ""."""


@dataclass(frozen=True, slots=True)
class DepartmentReply:
    """A reply as it came in. `code` is proved by the broker (topic permission), nothing else is.

    `body` is the CloudEvent, a JSON object; `kind` is the routing key after the code.
    """

    code: str
    kind: str
    message_id: str
    body: Mapping[str, Any]


class DepartmentLine:
    """The way to departments, over any `Publisher`: a broker or a memory bus.

    `message` is a CloudEvent with a string `id`, which is the message id on the wire too.
    """

    def __init__(self, publisher: Publisher) -> None:
        """Wire a publisher."""
        self._publisher = publisher

    def send(self, code: str, message: Mapping[str, Any]) -> None:
        """Put a call (or a change to one) into the department's queue; on disk on return.

        Raises:
            DepartmentUnreachable: This department's queue is missing or full.
            Transient: The broker is away.
        """
        self._publish(DEPARTMENT_CALLS, code, message)

    def send_many(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str | None]:
        """Put calls into the queues of departments, by code; say of each why it was not put there.

        None: it is in the queue, on disk.

        Raises:
            BrokerAway: The broker is away; nobody knows what was sent.
        """
        letters = [_letter(DEPARTMENT_CALLS, code, message) for code, message in messages]
        fates = self._publisher.publish(letters)
        return [
            None if fate is Fate.DELIVERED else f"the queue of {code}: {fate.value}"
            for (code, _), fate in zip(messages, fates, strict=True)
        ]

    def outcome(self, code: str, message: Mapping[str, Any]) -> None:
        """Tell the department what became of its reply; on disk on return. Raises like `send`."""
        self._publish(DEPARTMENT_OUTCOMES, code, message)

    def _publish(self, exchange: str, code: str, message: Mapping[str, Any]) -> None:
        fate = self._publisher.publish([_letter(exchange, code, message)])[0]
        if fate is not Fate.DELIVERED:
            raise DepartmentUnreachable(code=code, exchange=exchange, fate=fate.value)


def _letter(exchange: str, code: str, message: Mapping[str, Any]) -> Letter:
    return Letter(exchange, code, str(message["id"]), canonical(message).encode())


def reply_of(routing_key: str, message_id: str | None, body: bytes) -> DepartmentReply:
    """Return the reply that a department sent.

    Raises:
        UnreadableReply: No strict JSON object; no id, an ill-formed one or two; or no kind.
    """
    code, _, kind = routing_key.partition(".")
    unreadable = {"code": code, "message_id": ascii(message_id or "")[1:-1][:ID_LIMIT]}
    try:
        found = strict_json(body)
    except NotStrictJson as error:
        raise UnreadableReply(why=str(error), **unreadable) from error
    if not isinstance(found, dict):
        raise UnreadableReply(why="the body is no JSON object", **unreadable)
    identity = message_id or found.get("id")
    why = _fault(kind, identity, found.get("id"))
    if why is not None or not isinstance(identity, str):
        raise UnreadableReply(why=why, **unreadable)
    return DepartmentReply(code, kind, identity, found)


def _fault(kind: str, identity: object, inner: object) -> str | None:
    """Say what is wrong with a reply, or None."""
    if not _KIND.fullmatch(kind):
        return "the routing key names no reply"
    if not isinstance(identity, str) or not _ID.fullmatch(identity):
        return f"message_id and id are missing, or not 1 to {ID_LIMIT} visible ASCII characters"
    if inner is not None and inner != identity:
        return "message_id and id differ"
    return None


def refusal_of(error: UnreadableReply) -> dict[str, Any]:
    """Return the outcome message for a reply that can't be read: always the same id for it."""
    code, message_id = str(error.facts["code"]), str(error.facts["message_id"])
    return {
        "specversion": "1.0",
        "id": derived("unreadable", code, message_id, str(error.facts["why"])),
        "source": "/shaobao/escalation",
        "type": "outcome",
        "datacontenttype": "application/json",
        "data": {
            "in_reply_to": message_id,
            "outcome": "refused",
            "reason": f"unreadable: {error.facts['why']}",
            "allowed": [],
        },
    }
