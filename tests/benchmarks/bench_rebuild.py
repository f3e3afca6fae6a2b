"""6. Metrics' read models from nothing against one scan of the same logs, decoded and dropped.

`ours` is the command itself, its processes' start included, told to use one process or two.
"""

import os
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import partial

import pytest

from services.common.contracts.streams import LOGS
from services.common.eventlog.mongo import client
from services.common.eventlog.mongo_log import COMMITS, to_commit
from services.common.running.desks import make_indexes
from services.common.running.stores import Stores
from services.metrics import wiring
from services.terminal.environment import CHECKOUT
from tests.benchmarks.history import lived, store
from tests.benchmarks.results import Row
from tests.benchmarks.session import Bench
from tests.benchmarks.timing import NOTHING, Taken, in_turns, once
from tests.support.copied_history import copy_history

pytestmark = pytest.mark.benchmark
LIVES = 250
COPIES_A_SECOND = 6  #: of the time given: about forty thousand events
ROUNDS = 1


@pytest.fixture
def stores(bench: Bench) -> Iterator[Stores]:
    found = Stores(client(bench.database.uri), f"bench{uuid.uuid4().hex[:6]}_")
    yield found
    for database in (*(found.log(log) for log in LOGS), found.view("metrics")):
        found.client.drop_database(database.name)
    found.client.close()


def forget(stores: Stores) -> None:
    """Forget everything that metrics knows."""
    stores.client.drop_database(stores.view("metrics").name)
    make_indexes(stores, "metrics", {each.name: each.indexed for each in wiring.READ_MODELS})


def rebuild(bench: Bench, stores: Stores, processes: int) -> None:
    """Make it again by the command."""
    names = {"MONGODB_URI": bench.database.uri, "DATABASE_PREFIX": stores.prefix}
    subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-m", "services.cli", "rebuild", "metrics", "--processes", str(processes)],
        cwd=CHECKOUT,
        env={**os.environ, **names, "SHAOBAO_HOME": str(bench.place / "home")},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def scan(stores: Stores, events: int) -> int:
    """Read and decode every commit in the order of positions; return how many `events` they are."""
    for log in LOGS:
        rows = stores.log(log)[COMMITS].find({"position": {"$gt": 0}}).sort("position", 1)
        for row in rows:
            assert to_commit(row).facts
    return events


def documents(stores: Stores) -> int:
    """Return how many documents metrics keeps."""
    view = stores.view("metrics")
    return sum(view[each.name].count_documents({}) for each in wiring.READ_MODELS)


def by_processes(bench: Bench, stores: Stores, events: int, processes: int) -> Taken:
    """Time a rebuild; the processor's time is that of the command and all its processes."""
    forget(stores)
    cpu, started = _children_seconds(), time.monotonic()
    rebuild(bench, stores, processes)
    wall = time.monotonic() - started
    return Taken((wall / events,) * events, wall, _children_seconds() - cpu)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_rebuild(bench: Bench, stores: Stores) -> None:
    store(lived(LIVES), stores)
    copies = int(bench.seconds * COPIES_A_SECOND)
    events = copy_history(stores, copies)
    for processes in (2, 1):
        ours = partial(by_processes, bench, stores, events, processes)
        found = in_turns(ROUNDS, {"ours": ours, "scan": lambda: once(lambda: scan(stores, events))})
        _tell(bench, f"{events} events, {processes} processes", found, documents(stores))


def _tell(bench: Bench, case: str, found: Mapping[str, Taken], written: int) -> None:
    ours, limit = found.get("ours", NOTHING), found.get("scan", NOTHING)
    bench.tell(
        Row(
            "rebuild",
            case.replace(" 1 processes", " 1 process"),
            "events/s",
            ours.rate,
            limit.rate,
            "one scan of the three logs in the order of positions, decoded and dropped",
            details={
                "cpu_ms": ours.cpu_ms,
                "limit_cpu_ms": limit.cpu_ms,
                "documents_written": written,
                "events_per_cpu_second": 1000 / ours.cpu_ms,
            },
        )
    )
