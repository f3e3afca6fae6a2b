"""Checkpoints beside a log on a real MongoDB: what is read of it after a restart."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pymongo.database import Database

from services.common.contracts.commit import Commit, Tip
from services.common.eventlog import known as module
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load, load_many
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_checkpoints import MongoCheckpoints
from services.common.eventlog.mongo_log import COMMITS, MongoLog
from tests.support.examples import draft, noted
from tests.unit.common.eventlog.toy import NOTES, STREAM

APART = 20


class CountingLog(MongoLog):
    """Counts the commits of streams that are read one by one."""

    commits_read = 0

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        for each in super().read(stream, after, upto):
            self.commits_read += 1
            yield each


@dataclass(frozen=True, slots=True)
class Replica:
    """A process that has just started."""

    log: CountingLog
    known: Known

    def reads(self) -> int:
        """Return how many commits it reads to load the stream; that must be right."""
        found = load(self.log, NOTES, STREAM, self.known)
        read = self.log.commits_read
        assert found == load(self.log, NOTES, STREAM)
        return read


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "APART", APART)


def started(database: Database[Row]) -> Replica:
    """Start a process; log and checkpoints may share a database here."""
    known = Known(checkpoints=MongoCheckpoints(database), aggregates=[NOTES])
    return Replica(CountingLog("dispatch", database), known)


def grow(database: Database[Row], commits: int, tip: Tip) -> Tip:
    log = MongoLog("dispatch", database)
    for number in range(commits):
        tip = log.append(draft(STREAM, noted(f"n/{tip.version}-{number}")), tip).tip
    return tip


def test_after_a_restart_the_newer_ones_are_read_and_one_more(database: Database[Row]) -> None:
    tip = grow(database, 2 * APART, Tip())
    assert started(database).reads() == 2 * APART
    assert started(database).reads() == 1
    grow(database, 3, tip)
    assert started(database).reads() == 4
    together = started(database)
    found = load_many(together.log, {STREAM: NOTES}, together.known)
    assert together.log.commits_read == 4
    assert found == {STREAM: load(together.log, NOTES, STREAM)}


def test_a_log_that_was_restored_from_an_older_copy_is_not_gone_on_from(
    database: Database[Row],
) -> None:
    """The view databases are not: they are not in the backup, or are of another moment."""
    grow(database, 2 * APART, Tip())
    assert started(database).reads() == 2 * APART
    database[COMMITS].delete_many({"version": {"$gt": APART}})
    [*_, last] = MongoLog("dispatch", database).read(STREAM)
    grow(database, APART, last.tip)
    assert started(database).reads() == 1 + 2 * APART, "it has another commit there"
    assert started(database).reads() == 1
    database[COMMITS].delete_many({"version": {"$gt": APART}})
    assert started(database).reads() == APART, "it ends before"
    assert started(database).reads() == 1
