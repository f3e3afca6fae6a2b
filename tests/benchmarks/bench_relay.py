"""2. The relay at a backlog against confirmed publishing alone: the same bodies, the same bus."""

import uuid
from collections.abc import Iterator
from typing import Any

import amqp
import pytest

from services.common.clock import RealClock
from services.common.contracts.envelope import messages_of
from services.common.eventlog.mongo import client
from services.common.eventlog.mongo_log import COMMITS, MongoLogReader, _row, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.sequencer import Sequencer
from services.common.messaging.declare import declare_at, declaring
from services.common.messaging.publisher import AmqpPublisher
from services.common.messaging.relay import BATCH_LETTERS, WINDOW_COMMITS, Relay
from services.common.messaging.topology import events_exchange
from services.common.messaging.wire import channel_to
from services.common.running.stores import Stores
from tests.benchmarks.commits import sealed_commits
from tests.benchmarks.results import Row
from tests.benchmarks.session import ROUNDS, Bench
from tests.benchmarks.timing import in_turns, once

pytestmark = pytest.mark.benchmark
COMMITS_A_SECOND = 400  #: a modest guess of the backlog that drains in the time given
EXCHANGE = events_exchange("dispatch")
SUBSCRIBER = "bench.subscriber"


@pytest.fixture
def stores(bench: Bench) -> Iterator[Stores]:
    found = Stores(client(bench.database.uri), f"bench{uuid.uuid4().hex[:6]}_")
    create_indexes(found.log("dispatch"))
    yield found
    found.client.drop_database(found.log("dispatch").name)
    found.client.close()


class Backlog:
    """Commits that wait for the relay; the same letters for whoever publishes without it."""

    def __init__(self, stores: Stores, uri: str, size: int) -> None:
        self._rows = stores.log("dispatch")[COMMITS]
        self._size = size
        outbox = MongoOutbox("dispatch", stores.log("dispatch"), RealClock())
        self.publisher = AmqpPublisher(uri, declare=declaring("dispatch"))
        self._sequencer = Sequencer(outbox, lambda _head, _commits: None)
        self._relay = Relay(
            outbox, MongoLogReader("dispatch", stores.log("dispatch")), self.publisher
        )
        letters = [m for each in sealed_commits(size) for m in messages_of(each, "dispatch")]
        self._letters = [(m.id, m.routing_key, m.body.encode()) for m in letters]
        self._uri = uri

    def fill(self) -> None:
        """Append without the cost of appending."""
        commits = list(sealed_commits(self._size))
        for first in range(0, len(commits), 500):
            self._rows.insert_many([_row(each) for each in commits[first : first + 500]])

    def relay(self) -> int:
        """Let the relay take turns until nothing is pending."""
        self._sequencer.look()
        while self._sequencer.turn() == 0:
            pass
        while self._relay.turn() == 0:
            pass
        return self._size

    def publish(self) -> int:
        """Publish the same letters: py-amqp, confirms awaited per batch, nothing else."""
        with channel_to(self._uri) as channel:
            channel.confirm_select()
            open_tags: set[int] = set()
            channel.events["basic_ack"].add(lambda tag, many: _acked(open_tags, tag, many))
            for first in range(0, len(self._letters), BATCH_LETTERS):
                batch = self._letters[first : first + BATCH_LETTERS]
                open_tags.update(range(first + 1, first + 1 + len(batch)))
                for message_id, key, body in batch:
                    wire = amqp.Message(body, delivery_mode=2, message_id=message_id)
                    channel._basic_publish(wire, EXCHANGE, key)
                while open_tags:
                    channel.connection.drain_events(timeout=30)
        return self._size


def _acked(open_tags: set[int], tag: int, multiple: bool) -> None:
    open_tags -= {each for each in open_tags if each <= tag} if multiple else {tag}


def test_relay(bench: Bench, stores: Stores) -> None:
    declare_at(bench.broker.uri)
    with channel_to(bench.broker.uri) as channel:  # a subscriber who keeps everything
        channel.queue_declare(
            SUBSCRIBER, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
        channel.queue_bind(SUBSCRIBER, EXCHANGE, "#")
    size = max(WINDOW_COMMITS, int(bench.seconds / ROUNDS * COMMITS_A_SECOND))
    backlog = Backlog(stores, bench.broker.uri, size)

    def relayed() -> Any:
        backlog.fill()
        return once(backlog.relay)

    found = in_turns(ROUNDS, {"ours": relayed, "raw": lambda: once(backlog.publish)})
    backlog.publisher.close()
    with channel_to(bench.broker.uri) as channel:
        channel.queue_delete(SUBSCRIBER)
    bench.tell(
        Row(
            "relay",
            f"backlog of {size} commits",
            "commits/s",
            found["ours"].rate,
            found["raw"].rate,
            f"py-amqp, the same bodies to the same quorum queue, confirms per {BATCH_LETTERS}",
            details={"cpu_ms": found["ours"].cpu_ms, "limit_cpu_ms": found["raw"].cpu_ms},
        )
    )
