"""What is still on its way in a running installation: only when nothing is may its time move."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from services.common.clock import RealClock
from services.common.contracts.codec import to_time
from services.common.contracts.commit import Fact
from services.common.contracts.event_types import name_of
from services.common.contracts.events.escalation import DepartmentCalled, DepartmentOverdue
from services.common.contracts.streams import LOGS, category_of
from services.common.eventlog.mongo_log import COMMITS, MongoLogReader
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.cursors import Cursor
from services.common.following.holding import parked_in
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.running.stores import Stores
from services.demo import cast
from services.escalation.clocks.projections import DUE_TIMES
from tests.support.world import World

AWAKE_AT_STEP = 2
ENDED = frozenset({"DepartmentReleased", "CallWithdrawn", "CallExcused"})
Heads = Mapping[str, int]


@cache
def following() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return which logs each consumer follows, by service."""
    world = World(registry=False)
    return {
        service: {each.consumer.name: tuple(each.logs) for each in replicas[0].processors}
        for service, replicas in world.replicas.items()
    }


class OnTheWay:
    """Looks into logs and cursors from outside, as an operator could."""

    def __init__(self, stores: Stores) -> None:
        """Look into `stores`."""
        self._stores = stores
        self._readers = stores.readers()
        self._documents = MongoDocuments(stores.view("escalation"))
        self._owing: dict[str, tuple[int, bool]] = {}

    def heads(self) -> dict[str, Heads]:
        """Return the last version of every stream, by log."""
        return {log: self._heads(log) for log in LOGS}

    def _heads(self, log: str) -> Heads:
        rows = self._stores.log(log)[COMMITS].find({}, {"_id": 0, "stream": 1, "version": 1})
        found: dict[str, int] = {}
        for row in rows.hint("version"):
            found[row["stream"]] = max(row["version"], found.get(row["stream"], 0))
        return found

    def now(self) -> list[str]:
        """Return what is on its way, department by department and consumer by consumer.

        Cursors are read before the logs: what a handled commit caused is in these.
        """
        return [
            *self.unfollowed(),
            *(f"{code} owes a reply" for code in self.owing(self._heads("escalation"))),
        ]

    def unfollowed(self) -> list[str]:
        """Return what is committed and not followed yet, or not published."""
        cursors = self._cursors()
        return [*self._behind(cursors), *self._unpublished()]

    def _cursors(self) -> dict[str, Cursor]:
        found: dict[str, Cursor] = {}
        for service in following():
            found |= MongoCursors(self._stores.view(service)).load_all()
        for consumer, cursor in found.items():
            parked = parked_in(cursor.held)
            assert not parked, f"{consumer} has parked {parked}: {cursor.held}"
        return found

    def pending(self, log: str) -> int:
        """Return how many commits of a log are not published."""
        return MongoOutbox(log, self._stores.log(log), RealClock()).pending()

    def _unpublished(self) -> Iterator[str]:
        for log in LOGS:
            if count := self.pending(log):
                yield f"{count} commits of {log} are not published"

    def _behind(self, cursors: Mapping[str, Cursor]) -> Iterator[str]:
        """Yield who has not come to the last commit of a log, whether that has its place or not."""
        ends = {log: self._stores.log(log)[COMMITS].count_documents({}) for log in LOGS}
        for consumers in following().values():
            for consumer, logs in consumers.items():
                cursor = cursors.get(consumer, Cursor())
                yield from (f"{consumer} holds {stream}" for stream in cursor.held)
                for log in logs:
                    reached = cursor.positions.get(log, 0)
                    if reached < ends[log]:
                        yield f"{consumer} is at {reached} of {ends[log]} in {log}"

    # -- departments, clocks -----------------------------------------------------------------------

    def owing(self, heads: Heads) -> list[str]:
        """Return the departments that have something to say now."""
        calls = {stream: n for stream, n in heads.items() if category_of(stream) == "call"}
        for stream, version in calls.items():
            if self._owing.get(stream, (0, False))[0] != version:
                self._owing[stream] = version, _owes(self._facts(stream))
        return [stream for stream in calls if self._owing[stream][1]]

    def departments_owing(self) -> set[str]:
        """Return the codes of the departments that have something to say now."""
        called: list[Any] = [
            self._facts(stream)[0].event for stream in self.owing(self._heads("escalation"))
        ]
        return {each.unit for each in called}

    def _facts(self, stream: str) -> list[Fact]:
        log: MongoLogReader = self._readers["escalation"]
        return [fact for commit in log.read(stream) for fact in commit.facts]

    def next_due(self) -> datetime | None:
        """Return when a clock has to fire next."""
        rows = self._documents.find(DUE_TIMES.name, {}, order_by="next_at", after="", limit=1)
        return to_time(rows[0].body["next_at"]) if rows else None


def _owes(facts: list[Fact]) -> bool:
    """Tell whether the sample subscriber still has to answer what is said in a call's stream."""
    called: Any = facts[0].event
    if not isinstance(called, DepartmentCalled) or called.via != "amqp":
        return False
    names = {name_of(fact.event) for fact in facts}
    if "RatingOpened" in names and "WhistleRated" not in names:
        return True
    steps = (fact.event.step for fact in facts if isinstance(fact.event, DepartmentOverdue))
    awake = called.unit != cast.SILENT_DEPARTMENT or max(steps, default=-1) >= AWAKE_AT_STEP
    return awake and "DepartmentDone" not in names and not names & ENDED
