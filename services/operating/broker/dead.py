"""Dead letters of a service, for the operator: look, replay, drop. Looking loses nothing.

Letters are told apart by a key over their content, since message ids come from strangers.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from services.common.errors import Refused
from services.common.messaging.publisher import AmqpPublisher, Fate, Letter
from services.common.messaging.topology import WHOLE, dead_queue
from services.common.messaging.wire import BrokerAway, channel_to

BROWSE_AT_MOST: Final = 1000
#: A broker of the 4 line without our policies throws a message away at the twentieth look.
LOOKS_BEFORE_COPY: Final = 10
_KEY_LENGTH: Final = 12


class NoSuchDeadLetter(Refused):
    """Nobody has it any more, or the key is mistyped."""

    slug = "no-such-dead-letter"
    status = 404
    zh = "{service} 的死信中没有 {key}。"
    en = "{service} has no dead letter {key}."


class QueueRetired(Refused):
    """An older release read that queue; this one has none of that name, and misses nothing."""

    slug = "queue-retired"
    zh = "{queue} 是旧版本的队列，现已停用：该死信无须重放，可用 dead drop 删除。"
    en = (
        "{queue} was a queue of an older release, and nobody reads it any more: nothing is "
        "missing, 'dead drop' removes the letter."
    )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody could handle.

    `queue` is where it came from and where `replay` puts it again; `reason` is ours, or the
    broker's word ("delivery_limit", "expired", "maxlen").
    """

    key: str
    message_id: str
    queue: str
    routing_key: str
    reason: str
    body: bytes
    content_type: str

    @property
    def is_retired(self) -> bool:
        """Whether only an older release reads its queue."""
        return self.queue in WHOLE.retired


class DeadLetters:
    """The dead letters of one service. The user needs rights on the default exchange to replay."""

    def __init__(self, uri: str, service: str) -> None:
        self._uri = uri
        self._service = service
        self._queue = dead_queue(service)

    def list(self, limit: int = BROWSE_AT_MOST) -> list[DeadLetter]:
        """Return up to `limit` dead letters; all stay.

        Raises:
            BrokerAway: Try again.
        """
        with self._browsing(limit) as found:
            return [letter for letter, _ in found]

    def show(self, key: str) -> DeadLetter:
        """Return one dead letter.

        Raises:
            NoSuchDeadLetter: There is none of that key.
            BrokerAway: Try again.
        """
        for letter in self.list():
            if letter.key == key:
                return letter
        raise NoSuchDeadLetter(service=self._service, key=key)

    def replay(self, key: str) -> DeadLetter:
        """Put it into its queue again (confirmed), then take it away. Killed between: twice there.

        Raises:
            NoSuchDeadLetter: There is none of that key.
            QueueRetired, BrokerAway: It is still a dead letter.
        """
        return self._removed(key, again=True)

    def drop(self, key: str) -> DeadLetter:
        """Take it away for good; return it. Raises like `show`."""
        return self._removed(key, again=False)

    def _removed(self, key: str, *, again: bool) -> DeadLetter:
        with self._browsing(BROWSE_AT_MOST) as found:
            for letter, raw in found:
                if letter.key == key:
                    if again:
                        self._publish_again(letter)
                    raw.channel.basic_ack(raw.delivery_tag)
                    return letter
        raise NoSuchDeadLetter(service=self._service, key=key)

    @contextmanager
    def _browsing(self, limit: int) -> Iterator[Iterator[tuple[DeadLetter, Any]]]:
        """Give the letters, held by one channel; what isn't acked is back when this ends.

        A closed channel would give them back too, but a moment later: who looks again at once
        would find nothing.
        """
        with channel_to(self._uri) as channel:
            try:
                yield self._taken(channel, limit)
            finally:
                channel.basic_recover(requeue=True)

    def _taken(self, channel: Any, limit: int) -> Iterator[tuple[DeadLetter, Any]]:
        for _ in range(limit):
            raw = channel.basic_get(self._queue)
            if raw is None:
                return
            letter = self._read(raw)
            if _looked_at(raw) < LOOKS_BEFORE_COPY:
                yield letter, raw
            else:  # the copy is met later in this round
                self._publish(self._copy(letter))
                channel.basic_ack(raw.delivery_tag)

    def _copy(self, letter: DeadLetter) -> Letter:
        """Return the same dead letter, never looked at, with the same key."""
        headers = {"reason": letter.reason, "queue": letter.queue}
        return Letter(
            self._queue,
            letter.routing_key,
            letter.message_id,
            letter.body,
            letter.content_type,
            headers,
        )

    def _publish_again(self, letter: DeadLetter) -> None:
        if letter.is_retired:
            raise QueueRetired(queue=letter.queue)
        self._publish(_again(letter))

    def _publish(self, letter: Letter) -> None:
        publisher = AmqpPublisher(self._uri)
        try:
            if publisher.publish([letter]) != [Fate.DELIVERED]:
                raise BrokerAway(why=f"{letter.exchange or letter.routing_key} is missing or full")
        finally:
            publisher.close()

    def _read(self, raw: Any) -> DeadLetter:
        headers = raw.properties.get("application_headers") or {}
        body = raw.body.encode() if isinstance(raw.body, str) else bytes(raw.body)
        queue = headers.get("queue") or headers.get("x-first-death-queue")
        message_id = raw.properties.get("message_id") or ""
        routing_key = raw.delivery_info["routing_key"]
        return DeadLetter(
            key=_key(message_id, routing_key, str(queue), body),
            message_id=message_id,
            queue=str(queue or ""),
            routing_key=routing_key,
            reason=str(headers.get("reason") or headers.get("x-first-death-reason") or "unknown"),
            body=body,
            content_type=raw.properties.get("content_type") or "application/octet-stream",
        )


def _again(letter: DeadLetter) -> Letter:
    """Return what goes back into the letter's queue, by the default exchange."""
    return Letter("", letter.queue, letter.message_id, letter.body, letter.content_type)


def _looked_at(raw: Any) -> int:
    """Return how often a letter was given out before; the broker counts each look."""
    count = (raw.properties.get("application_headers") or {}).get("x-delivery-count", 0)
    return count if isinstance(count, int) else 0


def _key(message_id: str, routing_key: str, queue: str, body: bytes) -> str:
    digest = hashlib.sha256("\x1f".join((message_id, routing_key, queue)).encode() + body)
    return digest.hexdigest()[:_KEY_LENGTH]
