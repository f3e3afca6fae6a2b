"""`log verify`: is every stored byte what was written, and is anything gone?

A stream's hash chain shows edits; the chain over positions shows a cut tail or a deleted stream
as well. Index fields beside the body are compared with what the body says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pymongo import ASCENDING
from pymongo.database import Database

from services.common.contracts.codec import parsed
from services.common.contracts.commit import chained
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Row, answering, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS
from services.common.eventlog.mongo_outbox import chain_over


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a log that is not as it was written. `where` is a commit or a position."""

    where: str
    what: str


def verify(database: Database[Row], progress: Callable[[int, int], None]) -> Iterator[Finding]:
    """Yield every finding in the log of `database`; nothing yielded = the log is whole.

    Reads all commits twice, in stream order and in position order, in constant memory.
    `progress(done, of)` counts commits.
    """
    with answering():
        yield from _streams(database, progress)
        yield from _order(database)


def _streams(database: Database[Row], progress: Callable[[int, int], None]) -> Iterator[Finding]:
    commits = durable(database, COMMITS)
    total = commits.count_documents({})
    stream, version, tip = "", 0, ""
    rows = commits.find({}).sort([("stream", ASCENDING), ("version", ASCENDING)])
    for done, row in enumerate(rows, start=1):
        if row["stream"] != stream:
            stream, version, tip = row["stream"], 0, ""
        yield from _commit(row, version + 1, tip)
        version, tip = row["version"], row["hash"]
        progress(done, total)


def _commit(row: Row, expected: int, tip: str) -> Iterator[Finding]:
    where = str(row["_id"])
    if row["version"] != expected:
        yield Finding(where, f"a hole: version {expected} is missing")
    elif row["previous_hash"] != tip:
        yield Finding(where, "does not follow the commit before it")
    if chained(row["previous_hash"], row["body"]) != row["hash"]:
        yield Finding(where, "the body was changed: its hash is another")
    yield from _index_fields(row, where)


def _index_fields(row: Row, where: str) -> Iterator[Finding]:
    try:
        body = parsed(row["body"])
    except Corrupt:
        yield Finding(where, "the body is no JSON")
        return
    for field in ("stream", "version", "command_id", "recorded_at"):
        if body.get(field) != row[field]:
            yield Finding(where, f"index field {field} is not what the body says")


def _order(database: Database[Row]) -> Iterator[Finding]:
    turn = durable(database, ALLOCATION).find_one({"_id": ALLOCATION})
    if turn is None:
        return
    chain, expected = "", 1
    rows = durable(database, COMMITS).find(
        {"position": {"$gt": 0, "$lt": turn["next"]}}, {"position": 1, "hash": 1}
    )
    for row in rows.sort("position", ASCENDING):
        if row["position"] != expected:
            yield Finding(f"position {expected}", "no commit has this position")
            expected = row["position"]
        chain = chain_over(chain, [row["hash"]])
        expected += 1
    if expected != turn["next"]:
        yield Finding(f"position {expected}", "the end of the order is missing")
    elif chain != turn["chain"]:
        yield Finding("order", "the chain over positions is not what was allocated")
