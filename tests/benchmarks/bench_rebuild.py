"""6. Metrics' read models from nothing against one scan of the same logs, decoded and dropped."""

import uuid
from collections.abc import Iterator

import pytest

from services.common.contracts.streams import LOGS
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import client
from services.common.eventlog.mongo_log import COMMITS, to_commit
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.processors import processors_of
from services.common.running.desks import make_indexes
from services.common.running.stores import Stores
from services.metrics import wiring
from tests.benchmarks.history import lived, store
from tests.benchmarks.results import Row
from tests.benchmarks.session import Bench
from tests.benchmarks.timing import in_turns, once

pytestmark = pytest.mark.benchmark
LIVES_A_SECOND = 50  #: of the time given: about eight thousand events in six seconds
ROUNDS = 1


@pytest.fixture
def stores(bench: Bench) -> Iterator[Stores]:
    found = Stores(client(bench.database.uri), f"bench{uuid.uuid4().hex[:6]}_")
    yield found
    for database in (*(found.log(log) for log in LOGS), found.view("metrics")):
        found.client.drop_database(database.name)
    found.client.close()


def rebuild(stores: Stores) -> None:
    """Forget everything that metrics knows, then follow the three logs to their ends."""
    stores.client.drop_database(stores.view("metrics").name)
    logs = stores.readers()
    documents = MongoDocuments(stores.view("metrics"))
    make_indexes(stores, "metrics", {each.name: each.indexed for each in wiring.READ_MODELS})
    processors = processors_of(
        wiring.consumers(documents),
        logs=logs,
        cursors=MongoCursors(stores.view("metrics")),
        observers=(LiveChart(logs["dispatch"]).observe,),
    )
    for processor in processors:
        while processor.turn():
            pass
        assert not processor.held()


def scan(stores: Stores) -> None:
    """Read and decode every commit in the order of positions."""
    for log in LOGS:
        rows = stores.log(log)[COMMITS].find({"position": {"$gt": 0}}).sort("position", 1)
        for row in rows:
            assert to_commit(row).facts


def test_rebuild(bench: Bench, stores: Stores) -> None:
    lives = int(bench.seconds * LIVES_A_SECOND)
    events = store(lived(lives), stores)

    def counted(act: object) -> int:
        assert callable(act)
        act(stores)
        return events

    found = in_turns(
        ROUNDS,
        {
            "ours": lambda: once(lambda: counted(rebuild)),
            "scan": lambda: once(lambda: counted(scan)),
        },
    )
    bench.tell(
        Row(
            "rebuild",
            f"{events} events of {lives} lives",
            "events/s",
            found["ours"].rate,
            found["scan"].rate,
            "one scan of the three logs in the order of positions, decoded and dropped",
            details={"cpu_ms": found["ours"].cpu_ms, "limit_cpu_ms": found["scan"].cpu_ms},
        )
    )
