"""Following by position on a real MongoDB: two replicas that race, killed again and again."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from uuid import uuid4

import pytest

from services.common.clock import RealClock
from services.common.contracts.commit import Commit, Tip
from services.common.eventlog.mongo import client
from services.common.eventlog.mongo_log import COMMITS, MongoLog, create_indexes
from services.common.following.cursors import Cursor
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.running.stores import Stores
from services.terminal.environment import CHECKOUT
from tests.support.cycle import note
from tests.support.cycle_outcome import assert_right_cycle, counted_in
from tests.support.examples import draft
from tests.support.ring import SERVICES
from tests.support.waiting import eventually

KILLS = 8
SEED = 20_261_126
HOPS = 4
FOLLOWING = 20  #: commits that follow from what one round begins, at least
#: Consumer -> the service whose view holds its cursor.
CONSUMERS = {**{service: service for service in SERVICES.values()}, "counts": "metrics"}


@pytest.fixture
def stores(mongodb_uri: str) -> Iterator[Stores]:
    """Empty databases under a prefix of their own, with the indexes of the logs."""
    with client(mongodb_uri) as connected:
        found = Stores(connected, f"cycle_{uuid4().hex[:8]}_")
        for service in SERVICES.values():
            create_indexes(found.log(service))
        yield found
        for name in connected.list_database_names():
            if name.startswith(found.prefix):
                connected.drop_database(name)


class Replicas:
    """Two processes that do the same work."""

    def __init__(self, uri: str, stores: Stores) -> None:
        self._words = [uri, stores.prefix]
        self._running: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """Start one, and wait until it works."""
        process = subprocess.Popen(  # noqa: S603  our own words
            [sys.executable, "-m", f"{__package__}.cycle_process", *self._words],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    def kill(self, index: int) -> None:
        """Kill one where it stands."""
        process = self._running.pop(index)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def kill_all(self) -> None:
        while self._running:
            self.kill(0)


@pytest.fixture
def replicas(mongodb_uri: str, stores: Stores) -> Iterator[Replicas]:
    found = Replicas(mongodb_uri, stores)
    try:
        yield found
    finally:
        found.kill_all()


def commits_of(stores: Stores) -> list[Commit]:
    """Return every commit, stream by stream."""
    return [
        commit
        for service, log in stores.readers().items()
        for stream in sorted(stores.log(service)[COMMITS].distinct("stream"))
        for commit in log.read(stream)
    ]


def cursors_of(stores: Stores) -> dict[str, Cursor]:
    return {
        consumer: MongoCursors(stores.view(service)).load(consumer)
        for consumer, service in CONSUMERS.items()
    }


def unplaced(stores: Stores) -> int:
    return sum(
        stores.log(service)[COMMITS].count_documents({"position": None})
        for service in SERVICES.values()
    )


def begin(stores: Stores, number: int) -> None:
    """Write one commit in each log, from which some twenty follow."""
    for category, service in SERVICES.items():
        first = draft(f"{category}-start{number}", note(HOPS, "outside"))
        now = RealClock().now()
        MongoLog(service, stores.log(service)).append(replace(first, recorded_at=now), Tip())


def count_of(stores: Stores) -> int:
    """Return how many commits there are."""
    return sum(
        stores.log(service)[COMMITS].estimated_document_count() for service in SERVICES.values()
    )


def at_rest(stores: Stores) -> bool:
    """Say whether everything has its place and every cursor stands at the heads."""
    heads = {name: log.head() for name, log in stores.readers().items()}
    return not unplaced(stores) and all(
        cursor.positions and all(heads[log] == at for log, at in cursor.positions.items())
        for cursor in cursors_of(stores).values()
    )


def test_whatever_is_killed_the_cycle_comes_out_right(stores: Stores, replicas: Replicas) -> None:
    choose = Random(SEED)  # noqa: S311  moments, not secrets
    replicas.start()
    replicas.start()
    killed_at_work = 0
    for number in range(KILLS):
        begin(stores, number)
        wanted = count_of(stores) + choose.randint(0, FOLLOWING // 2)
        eventually(
            lambda: count_of(stores) >= wanted,  # noqa: B023  it is over before the next round
            awaited="the moment of the kill",
            every=0.002,
        )
        killed_at_work += not at_rest(stores)
        replicas.kill(choose.randrange(2))
        replicas.start()
    eventually(lambda: at_rest(stores), awaited="everything to be followed", within_seconds=180)
    replicas.kill_all()
    assert killed_at_work >= KILLS / 2, "it was over before it was disturbed"
    commits = commits_of(stores)
    assert len(commits) >= KILLS * FOLLOWING
    heads = {name: log.head() for name, log in stores.readers().items()}
    assert_right_cycle(
        commits,
        counted=counted_in(MongoDocuments(stores.view("metrics"))),
        cursors=cursors_of(stores),
        heads=heads,
    )
