"""What one processor has read the others have from memory, and nobody asks where a log ends."""

from collections.abc import Sequence

import eventlet
import pytest
from eventlet.semaphore import Semaphore

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import End, Unreadable
from services.common.following.followed_log import FollowedLog
from services.testing.memory_log import MemoryLog
from tests.support.examples import acknowledged, noted
from tests.unit.common.eventlog.toy import STREAM, append, clock


class Asked(MemoryLog):
    """A log that notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__("dispatch", clock())
        self.asked: list[str] = []

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        self.asked.append(f"after {after}")
        eventlet.sleep(0)  # as a database lets others go on
        return super().commits(after, limit)

    def head(self, known: int = 0) -> int:  # noqa: ARG002  the whole is at hand
        self.asked.append("head")
        return super().head()

    def grow(self, commits: int = 1) -> None:
        for _ in range(commits):
            append(self, f"{STREAM}{len(self._order)}", noted())
            self.stamp(1)


@pytest.fixture
def log() -> Asked:
    found = Asked()
    found.grow(20)
    return found


def places(found: Sequence[Commit | Unreadable]) -> list[int | None]:
    return [each.position for each in found if isinstance(each, Commit)]


def test_what_one_has_read_the_others_get_from_memory(log: Asked) -> None:
    followed = FollowedLog(log)
    first = followed.commits(0, 10)
    assert followed.commits(0, 10) == first
    assert (places(followed.commits(4, 3)), places(followed.commits(8, 10))) == ([5, 6, 7], [9, 10])
    assert log.asked == ["head", "after 0"]


def test_what_is_not_in_memory_is_read_on_from_there(log: Asked) -> None:
    followed = FollowedLog(log)
    followed.commits(0, 10)
    assert places(followed.commits(10, 5)) == [11, 12, 13, 14, 15]
    assert places(followed.commits(8, 5)) == [9, 10, 11, 12, 13]
    assert log.asked == ["head", "after 0", "after 10"]


def test_at_the_announced_end_nobody_asks_for_more(log: Asked) -> None:
    followed = FollowedLog(log)
    followed.commits(0, 100)
    log.grow()
    assert [list(followed.commits(20, 100)) for _ in range(3)] == [[], [], []]
    assert log.asked == ["head", "after 0"]
    assert followed.announce(21)
    assert places(followed.commits(20, 100)) == [21]


def test_where_an_empty_log_ends_is_asked_once() -> None:
    log = Asked()
    followed = FollowedLog(log)
    assert [list(followed.commits(0, 100)) for _ in range(3)] == [[], [], []]
    assert log.asked == ["head"]


def test_an_announcement_that_is_older_or_doubled_is_no_news(log: Asked) -> None:
    followed = FollowedLog(log)
    assert followed.announce(5)
    assert not any(followed.announce(head) for head in (5, 3, 0))
    assert followed.known_head == 5
    assert followed.announce(6)


def test_looking_tells_what_no_announcement_has_told(log: Asked) -> None:
    followed = FollowedLog(log)
    assert followed.known_head == 0
    assert (followed.look(), followed.look()) == (True, False)
    log.grow()
    assert (followed.look(), followed.known_head) == (True, 21)


def test_where_it_ends_is_looked_at_only_until_somebody_has_said_so(log: Asked) -> None:
    followed = FollowedLog(log)
    assert followed.announced_head() == 20
    placed(log, 2)
    assert followed.announced_head() == 20
    followed.announce(22)
    assert followed.announced_head() == 22


def test_an_end_that_was_announced_and_is_not_there_yet_is_news_when_it_is(log: Asked) -> None:
    """Else nobody would be woken for it any more."""
    followed = FollowedLog(log)
    followed.announce(21)
    assert list(followed.commits(20, 100)) == []
    assert not followed.look()
    log.grow()
    assert followed.look()
    assert places(followed.commits(20, 100)) == [21]


def test_an_end_that_is_announced_while_somebody_reads_is_not_forgotten(log: Asked) -> None:
    followed = FollowedLog(log)
    followed.announce(21)
    reading = eventlet.spawn(followed.commits, 20, 100)
    eventlet.sleep(0)  # it has asked and has no answer yet
    followed.announce(22)
    assert list(reading.wait()) == []
    assert followed.known_head == 22
    log.grow(2)
    assert places(followed.commits(20, 100)) == [21, 22]


def test_who_is_far_behind_does_not_crowd_out_the_newest(
    log: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.following.followed_log.KEPT_COMMITS", 4)
    followed = FollowedLog(log)
    newest = followed.commits(16, 4)
    for after in (0, 4, 8, 12):
        assert places(followed.commits(after, 4)) == list(range(after + 1, after + 5))
    del log.asked[:]
    assert followed.commits(16, 4) == newest
    assert log.asked == []


def test_the_oldest_are_forgotten(log: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.common.following.followed_log.KEPT_COMMITS", 4)
    followed = FollowedLog(log)
    for after in (10, 13, 16):
        followed.commits(after, 3)
    del log.asked[:]
    assert places(followed.commits(15, 4)) == [16, 17, 18, 19]
    assert log.asked == []
    assert places(followed.commits(14, 2)) == [15, 16]
    assert log.asked == ["after 14"]


@pytest.mark.usefixtures("older")
def test_what_can_not_be_read_is_remembered_in_its_place(log: Asked) -> None:
    append(log, "workOrder-z", acknowledged())
    log.stamp(1)
    followed = FollowedLog(log)
    [unread] = followed.commits(20, 10)
    assert isinstance(unread, Unreadable)
    assert followed.commits(20, 10) == [unread]
    assert log.asked == ["head", "after 20"]


def test_of_two_who_want_the_same_at_once_one_asks(
    log: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a service locks let other greenlets go on."""
    monkeypatch.setattr("services.common.following.followed_log.Lock", Semaphore)
    followed = FollowedLog(log)
    followed.look()
    both = [eventlet.spawn(followed.commits, 0, 10) for _ in range(2)]
    first, second = (each.wait() for each in both)
    assert places(first) == places(second) == list(range(1, 11))
    assert log.asked == ["head", "after 0"]


# -- what is given without having been read --------------------------------------------------------


def placed(log: Asked, commits: int) -> list[Commit]:
    """Let the log grow, and return what has just got its places."""
    after = log.head()
    log.grow(commits)
    found = [each for each in MemoryLog.commits(log, after, commits) if isinstance(each, Commit)]
    del log.asked[:]
    return found


@pytest.fixture
def read(log: Asked) -> FollowedLog:
    """A log that somebody has read to its end."""
    found = FollowedLog(log)
    found.commits(0, 100)
    return found


def test_what_is_given_is_had_from_memory_when_it_is_announced(
    log: Asked, read: FollowedLog
) -> None:
    given = placed(log, 3)
    read.give(given[:2])
    read.give(given[2:])
    assert list(read.commits(20, 10)) == []
    read.announce(23)
    assert list(read.commits(20, 10)) == given
    assert places(read.commits(18, 10)) == [19, 20, 21, 22, 23]
    assert log.asked == []


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_of_what_is_given_every_one_must_be_the_next(
    log: Asked, read: FollowedLog, missing: int
) -> None:
    """In between stands what somebody else has placed: nobody may pass it over."""
    given = placed(log, 4)
    read.give([each for at, each in enumerate(given) if at != missing])
    read.announce(24)
    assert places(read.commits(20, 10)) == [21, 22, 23, 24]
    assert log.asked == ["after 20"]


def test_what_is_given_in_disorder_or_again_is_not_kept(log: Asked, read: FollowedLog) -> None:
    given = placed(log, 2)
    read.give(given[::-1])
    read.give(given)
    read.give(given)
    read.announce(22)
    assert places(read.commits(18, 10)) == [19, 20, 21, 22]
    assert log.asked == []


def test_what_is_given_before_anybody_has_read_is_read(log: Asked) -> None:
    followed = FollowedLog(log)
    followed.give(placed(log, 1))
    followed.announce(21)
    assert places(followed.commits(0, 100)) == list(range(1, 22))
    assert log.asked == ["after 0"]


@pytest.mark.parametrize("after", [20, 0])
def test_what_is_given_while_somebody_reads_is_not_doubled(
    log: Asked, read: FollowedLog, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.following.followed_log.Lock", Semaphore)
    given = placed(log, 2)
    read._kept, read._kept_after = read._kept[10:], 10
    read.announce(22)
    reading = eventlet.spawn(read.commits, after, 100)
    eventlet.sleep(0)  # it has asked and has no answer yet
    read.give(given)
    assert places(reading.wait()) == list(range(after + 1, 23))
    assert places(read.commits(18, 10)) == [19, 20, 21, 22]
    assert places(read.commits(20, 10)) == [21, 22]


def test_of_what_is_given_the_oldest_are_forgotten_too(
    log: Asked, read: FollowedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.following.followed_log.KEPT_COMMITS", 4)
    read.give(placed(log, 6))
    assert (len(read._kept), read._kept_after) == (4, 22)


def test_all_else_is_asked_of_the_log_itself(log: Asked) -> None:
    followed = FollowedLog(log)
    stream = f"{STREAM}3"
    assert (followed.name, followed.head()) == ("dispatch", 20)
    assert followed.ends([stream]) == {stream: End(1, 4)}
    assert followed.positions([(stream, 1)]) == {(stream, 1): 4}
    assert list(followed.stamps(3, 1)) == list(log.stamps(3, 1))
    assert list(followed.read(stream)) == list(followed.read_many([stream])) != []
