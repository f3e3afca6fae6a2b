"""First cursors: of a consumer that is new, or of one that an older release has brought forward.

Before following by position a consumer had a checkpoint a stream (`following`) and, a log, the
position up to which it had been swept (`swept`): everything before that was handled, or its stream
was parked or tried again. So that position and those streams make a cursor; nothing is told twice
but what the sweep had not passed yet, which is idempotent. The old rows stay where they are.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from pymongo.database import Database

from services.common.contracts.event_types import UnknownEventVersion
from services.common.contracts.streams import LOG_OF_CATEGORY, category_of, logs_with
from services.common.eventlog.mongo import Row, answering
from services.common.eventlog.ports import LogReader
from services.common.following.batches import Consumer
from services.common.following.cursors import Cursor, CursorMoved, Cursors, Held

FOLLOWING: Final = "following"
SWEPT: Final = "swept"
#: Consumers that had another name then.
OLD_NAMES: Final = {"escalation.notifier": "escalation.caller"}


def begin(
    consumers: Iterable[Consumer], cursors: Cursors, database: Database[Row],
    logs: Mapping[str, LogReader],
) -> None:  # fmt: skip
    """Give each consumer a cursor unless it has one; `database`: its service's `view_<service>`.

    Raises:
        StoreAway: The database is away.
    """
    known = cursors.load_all()
    for consumer in consumers:
        if consumer.name not in known:
            first = _first(consumer, database, logs)
            with suppress(CursorMoved):  # another replica has begun
                cursors.save(consumer.name, first)


def _first(consumer: Consumer, database: Database[Row], logs: Mapping[str, LogReader]) -> Cursor:
    name = OLD_NAMES.get(consumer.name, consumer.name)
    with answering():
        swept = {
            log: database[SWEPT].find_one({"_id": f"{name}|{log}"}) or {"position": 0}
            for log in logs_with(consumer.follows)
        }
        trouble = {"$or": [{"parked": {"$exists": True}}, {"retry_at": {"$exists": True}}]}
        rows = list(database[FOLLOWING].find({"consumer": name, **trouble}))
    held = {row["stream"]: _held(row) for row in rows}
    positions = {log: int(row["position"]) for log, row in swept.items()}
    followed = {stream: each for stream, each in held.items() if _exists(stream, each, logs)}
    return Cursor(0, positions, followed)


def _exists(stream: str, held: Held, logs: Mapping[str, LogReader]) -> bool:
    """Say whether there is anything to try again: a retry may outlive what it was written for."""
    log = logs.get(LOG_OF_CATEGORY.get(category_of(stream), ""))
    if log is None:
        return False
    end = log.ends([stream]).get(stream)
    return end is not None and end.version >= held.version


def _held(row: Mapping[str, Any]) -> Held:
    """Return how a stream waits. One that hung on another finds that again by being tried.

    The other may have gone on meanwhile: then nobody would ever take this one up. What only a newer
    release could read is tried again, too: this may be it.
    """
    parked = row.get("parked")
    if parked is not None:
        since = parked["at"].replace(tzinfo=UTC)
        too_new = parked["reason"].startswith(UnknownEventVersion.__name__)
        again = datetime.now(UTC) if too_new or parked["hangs_on"] is not None else None
        return Held(parked["version"], parked["reason"], since, retry_at=again)
    return Held(
        version=row.get("version", 0) + 1,
        reason=row.get("reason", ""),
        since=datetime.now(UTC),
        retry_at=row["retry_at"].replace(tzinfo=UTC),
        attempts=row.get("attempts", 0),
        faults=row.get("faults", 0),
    )
