"""What has no position yet in a log, as far as the database tells: the next turn's window."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from pymongo import ASCENDING, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Commit
from services.common.eventlog.mongo import Row


def row_of(commit: Commit) -> Row:
    """Return what a window holds of a commit."""
    return {
        "_id": id_of(commit),
        "stream": commit.stream,
        "version": commit.version,
        "hash": commit.hash,
        "recorded_at": time_text(commit.draft.recorded_at),
    }


def id_of(commit: Commit) -> str:
    """Return the id of a commit's document."""
    return f"{commit.stream}@{commit.version}"


def window(commits: Collection[Row], limit: int, session: ClientSession) -> list[Row]:
    """Return unstamped commits, the oldest first, such that no stream is entered in its middle."""
    seen = commits.find(
        {"pending": True, "position": None}, {"stream": 1, "version": 1}, session=session
    ).limit(limit)
    highest: dict[str, int] = {}
    for row in seen:
        highest[row["stream"]] = max(row["version"], highest.get(row["stream"], 0))
    if not highest:
        return []
    rows = commits.find(
        {"stream": {"$in": list(highest)}, "position": None},
        {"stream": 1, "version": 1, "hash": 1, "recorded_at": 1},
        session=session,
    ).sort([("stream", ASCENDING), ("version", ASCENDING)])
    streams = {
        stream: [row for row in found if row["version"] <= highest[stream]]
        for stream, found in groupby(rows, lambda row: str(row["stream"]))
    }
    return in_order({each: streams[each] for each in begun(commits, streams, session)})


def begun(
    commits: Collection[Row], streams: Mapping[str, Sequence[Row]], session: ClientSession
) -> list[str]:
    """Return those streams whose first unstamped commit follows a stamped one, or none."""
    before = {
        f"{stream}@{rows[0]['version'] - 1}": stream
        for stream, rows in streams.items()
        if rows and rows[0]["version"] > 1
    }
    new = [stream for stream, rows in streams.items() if rows and rows[0]["version"] == 1]
    if not before:
        return new
    stamped = commits.find(
        {"_id": {"$in": list(before)}, "position": {"$gt": 0}}, {"_id": 1}, session=session
    )
    return [*new, *(before[row["_id"]] for row in stamped)]


def stamps_of(turn: Row) -> list[UpdateOne]:
    """Return what gives the commits of a turn their positions, those that have none."""
    return [
        UpdateOne(
            {"_id": each, "position": {"$exists": False}},
            {
                "$set": {"position": position, "stamped_at": turn["stamped_at"]},
                "$unset": {"pending": ""},
            },
        )
        for position, each in enumerate(turn["ids"], start=turn["first"])
    ]


def published_by_marks(commits: Collection[Row], turn: Row, session: ClientSession) -> int:
    """Return up to where a log is published of which its last turn, `turn`, doesn't say it.

    A release before this one marked what was not. What it took and didn't come to stamp was not
    published either, and is looked for first: it may be stamped meanwhile, and is marked then.
    """
    unstamped = commits.find(
        {"_id": {"$in": turn["ids"]}, "position": None}, {"_id": 1}, session=session
    )
    waiting = [turn["first"] + turn["ids"].index(row["_id"]) for row in unstamped]
    marked = commits.find_one(
        {"pending": True, "position": {"$gt": 0}}, {"position": 1},
        sort=[("position", ASCENDING)], session=session,
    )  # fmt: skip
    if marked is not None:
        waiting.append(marked["position"])
    return int(min([*waiting, turn["next"]])) - 1


def in_order(streams: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Return the unbroken runs of streams as one sequence, the oldest first."""
    found = [each for stream, rows in streams.items() for each in _unbroken(stream, rows)]
    return [row for _, row in sorted(found, key=lambda each: each[0])]


def by_stream(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return rows by stream, in the order of their versions."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: int(row["version"])):
        found.setdefault(row["stream"], []).append(row)
    return found


def _unbroken(stream: str, rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str, int], Row]]:
    """Yield the run of `rows` without holes, with a key that keeps their order among others."""
    latest = ""
    for expected, row in enumerate(rows, start=rows[0]["version"]):
        if row["version"] != expected:
            return
        latest = max(latest, row["recorded_at"])
        yield (latest, stream, row["version"]), row
