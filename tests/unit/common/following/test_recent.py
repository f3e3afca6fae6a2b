"""What one follower has read, the others have from memory; what is new is always asked for."""

from collections.abc import Iterator

import pytest

from services.common.contracts.commit import Commit
from services.common.following.recent import RecentlyRead
from services.testing.memory_log import MemoryLog
from tests.support.examples import noted
from tests.unit.common.eventlog.toy import STREAM, append, log_of


class Asked(MemoryLog):
    """A log that counts how often it is read."""

    def __init__(self, log: MemoryLog) -> None:
        self.__dict__ = log.__dict__
        self.times = 0

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        self.times += 1
        return super().read(stream, after, upto)


@pytest.fixture
def log() -> Asked:
    found = log_of()
    for _ in range(3):
        append(found, STREAM, noted())
    return Asked(found)


def versions(recent: RecentlyRead, after: int, upto: int | None) -> list[int]:
    return [commit.version for commit in recent.read(STREAM, after, upto)]


def test_the_same_commits_are_read_once(log: Asked) -> None:
    recent = RecentlyRead(log)
    first = list(recent.read(STREAM, 0, 3))
    assert list(recent.read(STREAM, 0, 3)) == first
    assert versions(recent, 1, 2) == [2]
    assert log.times == 1


def test_the_end_of_a_stream_is_always_asked_for(log: Asked) -> None:
    recent = RecentlyRead(log)
    assert versions(recent, 0, None) == [1, 2, 3]
    append(log, STREAM, noted())
    assert versions(recent, 0, None) == [1, 2, 3, 4]


def test_a_commit_that_is_not_known_is_asked_for(log: Asked) -> None:
    recent = RecentlyRead(log)
    assert versions(recent, 2, 3) == [3]
    assert versions(recent, 0, 3) == [1, 2, 3]
    assert versions(recent, 2, 5) == [3], "what isn't there is not made up"
    assert log.times == 3


def test_the_oldest_are_forgotten(log: Asked) -> None:
    recent = RecentlyRead(log, remembered=2)
    assert versions(recent, 0, 3) == [1, 2, 3]
    assert versions(recent, 1, 3) == [2, 3]
    assert log.times == 1
    assert versions(recent, 0, 1) == [1]
    assert log.times == 2


def test_reading_half_way_remembers_what_was_given(log: Asked) -> None:
    recent = RecentlyRead(log)
    for commit in recent.read(STREAM, 0, 3):
        if commit.version == 2:
            break
    assert versions(recent, 0, 2) == [1, 2]
    assert log.times == 1


def test_the_order_is_that_of_the_log(log: Asked) -> None:
    log.stamp(2)
    recent = RecentlyRead(log)
    assert (recent.name, recent.head()) == ("dispatch", 2)
    assert recent.stamps(0, 10) == log.stamps(0, 10)
