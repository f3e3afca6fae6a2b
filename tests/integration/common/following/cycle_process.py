"""One replica of the three services of the cycle, and of their relays, on real logs.

Its arguments are the database's address and the prefix of the databases. It says `ready`, and then
goes on until it is killed.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from services.common.clock import RealClock
from services.common.errors import Transient
from services.common.eventlog.mongo import client
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.processor import Processor
from services.common.following.projecting import Projector
from services.common.following.reacting import Reactor
from services.common.running.stores import Stores
from tests.support.cycle import (
    COUNTS,
    reactor_of,
)
from tests.support.ring import SERVICES

IDLE_SECONDS = 0.005
#: Small, so that a kill falls between batches as well as into one.
BATCH_COMMITS = 7
STAMPED = 5


def processors(stores: Stores) -> Iterator[Processor]:
    """Yield the processor of each service's reactions, and of the counter."""
    for category, service in SERVICES.items():
        log = MongoLog(service, stores.log(service))
        reactor = reactor_of(category, log, RealClock())
        yield _processor(stores, service, reactor)
    counter = Projector("counts", COUNTS, MongoDocuments(stores.view("metrics")))
    yield _processor(stores, "metrics", counter)


def _processor(stores: Stores, service: str, consumer: Reactor | Projector) -> Processor:
    return Processor(
        consumer,
        logs=stores.readers(),
        cursors=MongoCursors(stores.view(service)),
        batch_commits=BATCH_COMMITS,
    )


def main(uri: str, prefix: str) -> None:
    """Stamp and follow, for ever."""
    stores = Stores(client(uri), prefix)
    outboxes = [MongoOutbox(name, stores.log(name), RealClock()) for name in SERVICES.values()]
    turns: list[Callable[[], int]] = [partial(each.stamp, STAMPED) for each in outboxes]
    turns += [each.turn for each in processors(stores)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        if not any([_turned(turn) for turn in turns]):  # noqa: C419  everybody gets a turn
            time.sleep(IDLE_SECONDS)


def _turned(turn: Callable[[], int]) -> int:
    try:
        return turn()
    except Transient:
        return 1


if __name__ == "__main__":
    main(*sys.argv[1:])
