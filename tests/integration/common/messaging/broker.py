"""What tests ask of a broker: one vhost, seen by AMQP and by the management API."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import amqp

from services.common.messaging.declare import declaring, restore_departments
from services.common.messaging.publisher import AmqpPublisher
from services.common.messaging.wire import channel_to
from services.operating.broker.apply import Plan, apply_rights
from services.operating.broker.management import Management
from tests.support.waiting import PATIENCE_SECONDS


@contextmanager
def publishing(uri: str, service: str | None = None) -> Iterator[AmqpPublisher]:
    """Give a publisher that waits for a broker with much else to do; it declares for `service`."""
    declare = declaring(service) if service else lambda _channel: None
    found = AmqpPublisher(uri, declare=declare, timeout_seconds=PATIENCE_SECONDS)
    with closing(found):
        yield found


@dataclass
class Broker:
    """A vhost of a real broker."""

    uri: str
    management: Management
    users: list[str] = field(default_factory=list)

    def uri_of(self, user: str, password: str) -> str:
        """The address of the vhost for another user."""
        parts = urlsplit(self.uri)
        netloc = f"{user}:{password}@{parts.hostname}:{parts.port}"
        return urlunsplit(parts._replace(netloc=netloc))

    def brought_to(self, plan: Plan) -> tuple[str, ...]:
        """Apply `plan`, then make departments' queues as escalation does; return the changes."""
        changes = tuple(map(str, apply_rights(self.uri, self.management, plan)))
        restore_departments(self.uri, plan.departments, resend=lambda _code: None)
        return changes

    def publish(self, exchange: str, key: str, body: bytes, **properties: Any) -> None:
        """Publish raw bytes, as a stranger would."""
        with channel_to(self.uri, PATIENCE_SECONDS) as channel:
            channel.basic_publish(amqp.Message(body, **properties), exchange, key)

    def take(self, queue: str) -> list[Any]:
        """Take and ack all messages of `queue`."""
        found = []
        with channel_to(self.uri, PATIENCE_SECONDS) as channel:
            while (message := channel.basic_get(queue)) is not None:
                channel.basic_ack(message.delivery_tag)
                found.append(message)
        return found

    def queues(self, start: str = "") -> list[str]:
        """The names of the queues that begin with `start`."""
        found = self.management.get("queues", self.management.vhost)
        return [one["name"] for one in found if one["name"].startswith(start)]

    def cut_all(self) -> None:
        """Close every connection from the broker's side."""
        for connection in self.management.get("vhosts", self.management.vhost, "connections"):
            self.management.delete("connections", connection["name"])

    def waiting(self, queue: str) -> int:
        """How many messages are ready in `queue`."""
        with channel_to(self.uri, PATIENCE_SECONDS) as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)
