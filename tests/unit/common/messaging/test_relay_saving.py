"""How far a relay has published is noted as it goes, written when it rests, and never made up."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.common.contracts.commit import Commit, Happened, Tip
from services.common.contracts.event_types import UnknownEvent
from services.common.errors import Transient
from services.common.eventlog.ports import StoreAway, Unreadable
from services.common.following.followed_log import FollowedLog
from services.common.messaging.publisher import Fate, Letter
from services.common.messaging.relay import BATCH_LETTERS, IDLE_SECONDS, Relay
from services.common.messaging.wire import BrokerAway
from services.testing.memory_bus import MemoryBus
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, acknowledged, draft
from tests.unit.common.eventlog.toy import append, clock


class Noting(MemoryLog):
    """A log that notes what is written of how far it is published; its database may be away."""

    def __init__(self) -> None:
        super().__init__("dispatch", clock())
        self.written: list[int] = []
        self.away = False

    def save_published(self) -> None:
        if self.away:
            raise StoreAway(why="an election")
        self.written.append(self.published())

    def grow(self, commits: int) -> None:
        for number in range(commits):
            append(self, f"workOrder-{self.head()}-{number}")
        self.stamp(1000)


class Broker:
    """A publisher that notes events by their ids, and goes away after so many batches."""

    def __init__(self, batches: int = 1000) -> None:
        self.ids: list[str] = []
        self._left = batches

    def publish(self, letters: Sequence[Letter]) -> list[Fate]:
        if not self._left:
            raise BrokerAway(why="killed")
        self._left -= 1
        self.ids += (each.message_id for each in letters if each.exchange == "dispatch.events")
        return [Fate.DELIVERED for _ in letters]


@pytest.fixture
def log() -> Noting:
    return Noting()


@pytest.fixture
def relay(log: Noting) -> Relay:
    return Relay(log, log, MemoryBus())


def test_it_is_written_once_when_there_is_nothing_more(log: Noting, relay: Relay) -> None:
    log.grow(3)
    assert [relay.turn() for _ in range(3)] == [0.0, IDLE_SECONDS, IDLE_SECONDS]
    assert log.written == [3]
    log.grow(1)
    assert [relay.turn() for _ in range(2)] == [0.0, IDLE_SECONDS]
    assert log.written == [3, 4]


def test_who_has_published_nothing_writes_nothing(log: Noting, relay: Relay) -> None:
    assert relay.turn() == IDLE_SECONDS
    assert log.written == []


def test_what_could_not_be_written_is_written_later(log: Noting, relay: Relay) -> None:
    log.grow(1)
    relay.turn()
    log.away = True
    with pytest.raises(StoreAway):
        relay.turn()
    log.away = False
    assert relay.turn() == IDLE_SECONDS
    assert log.written == [1]


def test_what_went_out_before_the_broker_went_is_written_too(log: Noting) -> None:
    log.grow(BATCH_LETTERS + 1)
    relay = Relay(log, log, Broker(batches=1))
    with pytest.raises(Transient):
        relay.turn()
    assert log.published() == BATCH_LETTERS
    log._order, log._published = log._order[:BATCH_LETTERS], BATCH_LETTERS  # nothing more to do
    relay.turn()
    assert log.written == [BATCH_LETTERS]


def test_it_goes_on_where_it_was_published_to(log: Noting) -> None:
    log.grow(3)
    log.publish_to(2)
    broker = Broker()
    Relay(log, log, broker).turn()
    assert (broker.ids, log.published()) == (["workOrder-0-2@1.0"], 3)


class Given(FollowedLog):
    """A followed log that notes whether somebody has given it commits."""

    given: Sequence[Commit] = ()

    def give(self, commits: Sequence[Commit]) -> None:
        self.given = commits
        super().give(commits)


@pytest.fixture
def newer(log: Noting) -> Noting:
    """A log of which a newer release has written the second commit."""
    first = log.append(draft("workOrder-a", acknowledged()), Tip())
    happened = Happened(UnknownEvent("WorkOrderAcknowledged", 99, {"by": "v"}), DAY_ONE)
    log.append(replace(draft(), events=(happened,)), first.tip)
    log.append(draft("workOrder-b"), Tip())
    log.stamp(10)
    return log


def test_what_only_a_newer_release_can_read_is_published_and_stays_unreadable_to_who_follows(
    newer: Noting,
) -> None:
    """An event that nobody here knows must not pass for one that a consumer passes over."""
    followed, broker = Given(newer), Broker()
    before = followed.commits(0, 10)
    assert [type(each) for each in before] == [Commit, Unreadable, Commit]
    Relay(newer, followed, broker).turn()
    assert broker.ids == ["workOrder-a@1.0", "workOrder-a@2.0", "workOrder-b@1.0"]
    assert newer.published() == 3
    assert followed.given == ()
    assert list(followed.commits(0, 10)) == list(before)


def test_what_nobody_can_read_at_the_end_is_passed_and_not_published_over_and_over(
    log: Noting,
) -> None:
    log.grow(2)
    torn = log.stamps(1, 1)[0].stream
    log._streams[torn] = [replace(log._streams[torn][0], body="{")]
    broker = Broker()
    relay = Relay(log, log, broker)
    assert [relay.turn(), relay.turn()] == [0.0, IDLE_SECONDS]
    assert (broker.ids, log.published()) == (["workOrder-0-0@1.0"], 2)
