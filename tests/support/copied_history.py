"""A history made long: what stands in the logs of an installation once more, about others.

Deciding lives takes a millisecond a commit; a rebuild reads a hundred in that time. A copy has ids
of its own and stands behind the original, its causes in the same copy; tables are not copied.
"""

import re
from collections.abc import Callable

from services.common.contracts.commit import chained
from services.common.contracts.streams import LOG_OF_CATEGORY, LOGS
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS
from services.common.running.stores import Stores

LAST_GROUP = re.compile(r"(?<=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)[0-9a-f]{12}")
PLACE_OF_CAUSE = re.compile(r'"cause":\{"position":(\d+),"stream":"([A-Za-z]+)-')
SPREAD = 0x9E3779B1  #: neighbouring numbers become ids that differ in many places
TABLES = "registry-"


def copy_history(stores: Stores, copies: int) -> int:
    """Add so many copies to the logs of `stores`; return how many events they hold then.

    Every commit must have its position, and tables stand before everything else of their log.
    """
    rows = {log: list(stores.log(log)[COMMITS].find().sort("position", 1)) for log in LOGS}
    lives = {
        log: [each for each in rows[log] if not each["stream"].startswith(TABLES)] for log in LOGS
    }
    lengths = {log: len(found) for log, found in lives.items()}
    events = sum(_events(each) for found in rows.values() for each in found)
    for number in range(1, copies + 1):
        for log, found in lives.items():
            stores.log(log)[COMMITS].insert_many(_copied(found, number, lengths, log))
    for log in LOGS:
        _end_behind(stores, log, rows[log][-1]["position"] + copies * lengths[log])
    return events + copies * sum(_events(each) for found in lives.values() for each in found)


def _copied(rows: list[Row], number: int, lengths: dict[str, int], log: str) -> list[Row]:
    other, hashes = _other(number, lengths), dict[str, str]()
    made = []
    for row in rows:
        copy = {**row, "position": row["position"] + number * lengths[log]}
        copy |= {name: other(row[name]) for name in ("_id", "stream", "command_id", "body")}
        copy["previous_hash"] = hashes.get(copy["stream"], "")
        copy["hash"] = hashes[copy["stream"]] = chained(copy["previous_hash"], copy["body"])
        made.append(copy)
    return made


def _other(number: int, lengths: dict[str, int]) -> Callable[[str], str]:
    def other_id(found: re.Match[str]) -> str:
        return f"{int(found[0], 16) ^ (number * SPREAD & 0xFFFFFFFFFFFF):012x}"

    def other_place(found: re.Match[str]) -> str:
        place, category = int(found[1]), found[2]
        if f"{category}-" != TABLES:
            place += number * lengths[LOG_OF_CATEGORY[category]]
        return f'"cause":{{"position":{place},"stream":"{category}-'

    return lambda text: PLACE_OF_CAUSE.sub(other_place, LAST_GROUP.sub(other_id, text))


def _events(row: Row) -> int:
    return str(row["body"]).count('"occurred_at":')


def _end_behind(stores: Stores, log: str, position: int) -> None:
    """Let the log end at `position`, as if its sequencer had given that last."""
    last = stores.log(log)[COMMITS].find_one({"position": position})
    assert last is not None
    end = {"first": position, "next": position + 1, "ids": [last["_id"]]}
    stores.log(log)[ALLOCATION].update_one({"_id": ALLOCATION}, {"$set": end})
