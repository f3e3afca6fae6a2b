"""`log verify`: is every stored byte what was written, and is anything gone?

A stream's hash chain shows edits; the chain over positions shows a cut tail or a deleted stream
as well. Index fields beside the body are compared with what the body says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.database import Database

from services.common.contracts.codec import parsed
from services.common.contracts.commit import chained
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Row, answering, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS
from services.common.eventlog.mongo_outbox import NOTHING_YET, chain_over

_PLACE: Final = {"position": 1, "hash": 1}


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
    if row["_id"] != f"{row['stream']}@{row['version']}":
        yield Finding(where, "its id is not its stream and version")
    for field in ("stream", "version", "command_id", "recorded_at"):
        if not isinstance(body, dict) or body.get(field) != row.get(field):
            yield Finding(where, f"index field {field} is not what the body says")


def _order(database: Database[Row]) -> Iterator[Finding]:
    commits = durable(database, COMMITS)
    last = commits.find_one({"position": {"$gt": 0}}, _PLACE, sort=[("position", DESCENDING)])
    # read after: positions are given before they are stamped
    turn = durable(database, ALLOCATION).find_one({"_id": ALLOCATION}) or NOTHING_YET
    if last is not None and last["position"] >= turn["next"]:
        yield Finding(str(last["_id"]), f"position {last['position']} was never given")
    chain, expected = "", 1
    for position, row in _in_order(commits, turn):
        if position != expected:
            yield Finding(f"position {expected}", "no commit has this position")
            expected = position
        if row.get("position", position) != position:
            yield Finding(str(row["_id"]), f"its position is not {position}, which it was given")
        chain = chain_over(chain, [row["hash"]])
        expected += 1
    if expected != turn["next"]:
        yield Finding(f"position {expected}", "the end of the order is missing")
    elif chain != turn["chain"]:
        yield Finding("order", "the chain over positions is not what was allocated")


def _in_order(commits: Collection[Row], turn: Row) -> Iterator[tuple[int, Row]]:
    """Yield positions with their commits; of the last turn by id, its stamps may be unfinished."""
    stamped = commits.find({"position": {"$gt": 0, "$lt": turn["first"]}}, _PLACE)
    for row in stamped.sort("position", ASCENDING):
        yield row["position"], row
    last = {row["_id"]: row for row in commits.find({"_id": {"$in": turn["ids"]}}, _PLACE)}
    for position, each in enumerate(turn["ids"], start=turn["first"]):
        if each in last:
            yield position, last[each]
