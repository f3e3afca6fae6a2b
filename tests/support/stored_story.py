"""A story that was played in memory, written commit by commit into the logs of an installation.

There commits get other positions, and so other hashes: causes leave the place to whoever asks.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Commit, Draft, Tip
from services.common.contracts.streams import LOGS
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.running.stores import Stores
from tests.support.world import World

STAMP_EVERY = 25


class StoredStory:
    """Writes the commits of `world` into `stores`, in the order in which they were decided."""

    def __init__(self, world: World, stores: Stores) -> None:
        self.stores = stores
        self._left = _in_order(world)
        self._tips: dict[str, Tip] = {}
        self._now = world.clock.now()
        self._reached = ManualTime(self._left[0][1].draft.recorded_at)
        clock = SteppedClock(lambda: self._now)
        # in the order of causes, which is not quite that of time
        self._logs = {name: MongoLog(name, stores.log(name), skew=None) for name in LOGS}
        self._outboxes = {name: MongoOutbox(name, stores.log(name), clock) for name in LOGS}
        for name in LOGS:
            create_indexes(stores.log(name))

    def reached(self) -> datetime:
        """Return the latest moment at which a commit that is written was recorded."""
        return self._reached.read()

    @property
    def left(self) -> int:
        """How many commits are still to be written."""
        return len(self._left)

    def write(self, count: int | None = None) -> Iterator[Commit]:
        """Write the next `count` commits, or all that are left; give them positions."""
        batch = self._left[:count]
        del self._left[: len(batch)]
        for done, (log, commit) in enumerate(batch, start=1):
            tip = self._tips.get(commit.stream, Tip())
            self._tips[commit.stream] = self._logs[log].append(_placeless(commit.draft), tip).tip
            self._now = commit.draft.recorded_at
            self._reached.move_to(self._now)
            if done % STAMP_EVERY == 0:
                self._stamp()
            yield commit
        self._stamp()

    def _stamp(self) -> None:
        for outbox in self._outboxes.values():
            while outbox.stamp(1000):
                pass


def _placeless(draft: Draft) -> Draft:
    """Return `draft` without the place that its cause had in the world where it was played."""
    cause = draft.cause
    return draft if cause is None else replace(draft, cause=replace(cause, position=None))


def _in_order(world: World) -> list[tuple[str, Commit]]:
    """Return every commit with its log; causes before effects."""
    found = [
        (stamp.stamped_at, stamp.position, name, commit)
        for name, log in world.logs.items()
        for stamp in log.stamps(0, 100_000)
        for commit in log.read(stamp.stream, stamp.version - 1, stamp.version)
    ]
    ordered = [(name, commit) for _, _, name, commit in sorted(found, key=lambda each: each[:3])]
    return list(_causes_first(ordered))


def _causes_first(ordered: list[tuple[str, Commit]]) -> Iterator[tuple[str, Commit]]:
    written: set[tuple[str, int]] = set()
    waiting = ordered
    while waiting:
        later = []
        for log, commit in waiting:
            cause = commit.cause
            needed = {(cause.stream, cause.version)} if cause is not None else set()
            if commit.version > 1:
                needed.add((commit.stream, commit.version - 1))
            if needed <= written:
                written.add((commit.stream, commit.version))
                yield log, commit
            else:
                later.append((log, commit))
        assert len(later) < len(waiting), "a cause is missing"
        waiting = later
