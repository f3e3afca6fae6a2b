"""4. From a whistle's approval to the call being read from the department's queue."""

import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import amqp
import pytest

from services.common.eventlog.mongo import client, durable
from services.common.messaging.topology import calls_queue
from services.common.messaging.wire import channel_to
from services.common.running.stores import Stores
from tests.benchmarks.listening import Listener
from tests.benchmarks.lives import CALLED, Whistle
from tests.benchmarks.results import Row
from tests.benchmarks.running import Doors, RealTime, Tokens, four_services
from tests.benchmarks.session import Bench
from tests.benchmarks.timing import percentile
from tests.support.waiting import eventually

pytestmark = pytest.mark.benchmark
WHISTLES_A_SECOND = 6  #: of the time given: some three dozen in six seconds
HOPS = 3  #: approved and called through the relay to who rings escalation, the call to its queue


@contextmanager
def raw_chain(bench: Bench) -> Iterator["Chain"]:
    """Give the least that has to happen after the answer: one durable commit, three hops."""
    stores = Stores(client(bench.database.uri), f"bench{uuid.uuid4().hex[:6]}_")
    with channel_to(bench.broker.uri) as channel:
        queue = f"bench.hop.{uuid.uuid4().hex[:6]}"
        channel.queue_declare(
            queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
        chain = Chain(stores, channel, queue)
        yield chain
        chain.stop()
    stores.client.drop_database(stores.log("raw").name)
    stores.client.close()


class Chain:
    """Durable inserts and confirmed publishing to a quorum queue that is consumed at once."""

    def __init__(self, stores: Stores, channel: amqp.Channel, queue: str) -> None:
        self._rows = durable(stores.log("raw"), "rows")
        self._channel = channel
        self._queue = queue
        self._arrived = 0
        self._tag = channel.basic_consume(queue, no_ack=True, callback=self._on_message)

    def _on_message(self, _message: amqp.Message) -> None:
        self._arrived += 1

    def stop(self) -> None:
        """Leave nothing on the broker."""
        self._channel.basic_cancel(self._tag)
        self._channel.queue_delete(self._queue)

    def once(self) -> float:
        """Go the way once; return its seconds."""
        started = time.monotonic()
        self._rows.insert_one({"_id": str(uuid.uuid4()), "body": "x" * 700})
        for _ in range(HOPS):
            wanted = self._arrived + 1
            message = amqp.Message("x" * 900, delivery_mode=2)
            self._channel.basic_publish(message, "", self._queue)
            while self._arrived < wanted:
                self._channel.connection.drain_events(timeout=30)
        return time.monotonic() - started


def has_calls_queue(bench: Bench) -> bool:
    """Escalation declares the departments' queues itself, soon after its start."""
    try:
        with channel_to(bench.broker.uri) as channel:
            channel.queue_declare(calls_queue(CALLED), passive=True)
    except Exception as error:
        raise AssertionError(f"no queue yet: {error}") from error
    return True


def measured(bench: Bench, installation: RealTime, count: int) -> tuple[list[float], list[float]]:
    """Return the seconds of `count` approvals, from the answer, and of as many raw chains."""
    eventually(lambda: has_calls_queue(bench), awaited="the department's queue", within_seconds=60)
    ours, raw = [], []
    with (
        closing(Listener(bench.broker.uri, [CALLED])) as listener,
        closing(Doors(installation, Tokens(installation))) as doors,
    ):
        town = Whistle(doors, listener)
        town.approve(town.blow())  # warms every connection up
        with raw_chain(bench) as chain:
            for whistle in [town.blow() for _ in range(count)]:
                installation.wait_until_followed()
                ours.append(town.approve(whistle)[1])
                raw.append(chain.once())
    return ours, raw


def test_calls(bench: Bench) -> None:
    with four_services(bench) as installation:
        ours, raw = measured(bench, installation, max(6, int(bench.seconds * WHISTLES_A_SECOND)))
    for percent in (50, 99):
        bench.tell(
            Row(
                "calls",
                f"p{percent} of {len(ours)} approvals, each when the last is over",
                "ms",
                percentile(ours, percent) * 1000,
                percentile(raw, percent) * 1000,
                f"one durable insert and {HOPS} confirmed hops over a quorum queue",
                better="less",
            )
        )
