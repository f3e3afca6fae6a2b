"""Appends against raw inserts, in a process patched like a service. Prints one line of JSON.

python -m tests.benchmarks.appending MONGODB_URI WRITERS SECONDS ROUNDS
"""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402
from collections.abc import Callable  # noqa: E402

import bson  # noqa: E402

from services.common.contracts.commit import Tip  # noqa: E402
from services.common.eventlog.mongo import Row, client, durable  # noqa: E402
from services.common.eventlog.mongo_log import MongoLog, _row, create_indexes  # noqa: E402
from services.common.running.stores import Stores  # noqa: E402
from tests.benchmarks.commits import drafts, sealed_commits  # noqa: E402
from tests.benchmarks.timing import Taken, closed_loop, in_turns  # noqa: E402


def appender(log: MongoLog) -> Callable[[], None]:
    """Return a writer with streams of its own."""
    source, tip = drafts(), Tip()

    def append() -> None:
        nonlocal tip
        draft, is_first = next(source)
        tip = log.append(draft, Tip() if is_first else tip).tip

    return append


def inserter(stores: Stores, row: Row) -> Callable[[], None]:
    """Return a writer of documents as long as a commit's, by `_id` alone."""
    rows = durable(stores.log("raw"), "rows")
    size = len(bson.encode(row))
    filled = {"_id": str(uuid.uuid4()), "body": ""}
    body = "x" * (size - len(bson.encode(filled)))

    def insert() -> None:
        rows.insert_one({"_id": str(uuid.uuid4()), "body": body})

    return insert


def main(uri: str, writers: int, seconds: float, rounds: int) -> None:
    """Measure in turns and tell."""
    stores = Stores(client(uri), f"bench{uuid.uuid4().hex[:6]}_")
    create_indexes(stores.log("dispatch"))
    log = MongoLog("dispatch", stores.log("dispatch"))
    commit = next(sealed_commits(1))
    ours = [appender(log) for _ in range(writers)]
    raw = [inserter(stores, _row(commit)) for _ in range(writers)]
    each = seconds / rounds
    closed_loop([*ours, *raw], 0.3)  # opens the pool's connections
    found = in_turns(
        rounds, {"ours": lambda: closed_loop(ours, each), "raw": lambda: closed_loop(raw, each)}
    )
    for name in ("dispatch", "raw"):
        stores.client.drop_database(stores.log(name).name)
    told = {name: _told(taken) for name, taken in found.items()}
    print(json.dumps({**told, "body_bytes": len(commit.body.encode())}))  # noqa: T201


def _told(taken: Taken) -> dict[str, float]:
    return {
        "rate": taken.rate,
        "p50_ms": taken.percentile_ms(50),
        "p99_ms": taken.percentile_ms(99),
        "cpu_ms": taken.cpu_ms,
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
