"""7. Following: a reaction and a read model for each of many commits, against one group insert."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener, CommandStartedEvent

from services.common.chart import Chart
from services.common.clock import RealClock
from services.common.contracts.commit import Fact, Tip
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.contracts.streams import id_of
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.mongo import ON_DISK
from services.common.eventlog.mongo_log import COMMITS, MongoLog, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.processor import Processor
from services.common.following.projecting import Projector, ReadModel
from services.common.following.reacting import Ask, Reactor
from services.common.running.stores import Stores
from tests.benchmarks.results import Row
from tests.benchmarks.session import Bench
from tests.support.cycle import Counted, NoChart, Poke, count_notes, decide, evolve, note
from tests.support.examples import draft

pytestmark = pytest.mark.benchmark
STREAMS = 300
VERSIONS = 5
GROUP = 500
FOLLOWED = STREAMS * VERSIONS
FOLLOWS = frozenset({"request"})
NOTES = ReadModel("notes", FOLLOWS, lambda commit: commit.stream, count_notes)


class Counter(CommandListener):
    """Counts requests to the database."""

    def __init__(self) -> None:
        self.requests = 0

    def started(self, event: CommandStartedEvent) -> None:  # noqa: ARG002  only how many
        self.requests += 1

    def succeeded(self, event: Any) -> None: ...

    def failed(self, event: Any) -> None: ...


@dataclass
class Followed:
    """One way of following a history of its own, and what that took."""

    uri: str
    counter: Counter = field(default_factory=Counter)
    prefix: str = field(default_factory=lambda: f"following_{uuid4().hex[:8]}_")

    def __post_init__(self) -> None:
        connected: MongoClient[Any] = MongoClient(self.uri, event_listeners=[self.counter])
        self.stores = Stores(connected, self.prefix)
        self.log = MongoLog("dispatch", self.stores.log("dispatch"))
        for each in ("intake", "dispatch"):
            create_indexes(self.stores.log(each))
        self._write()

    def _write(self) -> None:
        """Write the history that is to be followed, and give it its places."""
        intake = MongoLog("intake", self.stores.log("intake"))
        for number in range(STREAMS):
            tip = Tip()
            for _ in range(VERSIONS):
                wanted = draft(
                    f"request-{number}", note(1, "outside"), recorded_at=RealClock().now()
                )
                tip = intake.append(wanted, tip).tip
        outbox = MongoOutbox("intake", self.stores.log("intake"), RealClock())
        while outbox.stamp(GROUP):
            pass

    def consumers(self) -> Iterator[Reactor | Projector]:
        yield Reactor(
            "dispatch",
            follows=FOLLOWS,
            reactions={ProgressNoted: (when_noted,)},
            aggregates=[Aggregate("workOrder", Counted(), decide, evolve)],
            log=self.log,
            chart=NoChart(),  # type: ignore[arg-type]
            clock=RealClock(),
        )
        yield Projector("dispatch.notes", NOTES, MongoDocuments(self.stores.view("dispatch")))

    def measured(self, follow: Callable[[], None]) -> dict[str, float]:
        """Follow; return commits a second, and for each commit the requests and the processor."""
        self.counter.requests = 0
        began, cpu = time.perf_counter(), time.process_time()
        follow()
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        done = self.stores.log("dispatch")[COMMITS].count_documents({})
        assert done == FOLLOWED, f"{done} reactions of {FOLLOWED}"
        return {
            "rate": FOLLOWED / took,
            "requests": (self.counter.requests - 1) / FOLLOWED,
            "cpu_ms": cpu * 1000 / FOLLOWED,
        }

    def by_position(self) -> None:
        for consumer in self.consumers():
            cursors = MongoCursors(self.stores.view("dispatch"))
            processor = Processor(consumer, logs=self.stores.readers(), cursors=cursors)
            while processor.turn():
                pass

    def drop(self) -> None:
        for name in self.stores.client.list_database_names():
            if name.startswith(self.prefix):
                self.stores.client.drop_database(name)
        self.stores.client.close()


def when_noted(fact: Fact, _: Chart) -> Iterable[Ask]:
    """Tell the order of the same name."""
    yield Ask(f"workOrder-{id_of(fact.stream)}", Poke(1, fact.id))


def inserted(uri: str) -> float:
    """Return how many documents a second two group inserts a group come to: the parts' limit."""
    connected: MongoClient[Any] = MongoClient(uri)
    name = f"following_{uuid4().hex[:8]}"
    places = [connected[name].get_collection(each, write_concern=ON_DISK) for each in ("a", "b")]
    began = time.perf_counter()
    for first in range(0, FOLLOWED, GROUP):
        for place in places:
            place.insert_many(
                [{"_id": first + each, "body": "x" * 700} for each in range(GROUP)], ordered=False
            )
    took = time.perf_counter() - began
    connected.drop_database(name)
    connected.close()
    return FOLLOWED / took


def test_following(bench: Bench) -> None:
    followed = Followed(bench.database.uri)
    ours = followed.measured(followed.by_position)
    followed.drop()
    bench.tell(
        Row(
            "following",
            "by position",
            "commits/s",
            ours["rate"],
            inserted(bench.database.uri),
            f"two group inserts of {GROUP} documents for as many commits, w=majority, j=true",
            details={name: ours[name] for name in ("requests", "cpu_ms")},
        )
    )
