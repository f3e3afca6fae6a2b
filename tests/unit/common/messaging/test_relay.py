"""The relay rings once a window, publishes what has its place, and waits for no subscriber."""

from collections.abc import Sequence

import pytest

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.codec import parsed
from services.common.contracts.commit import Tip
from services.common.contracts.doorbell import advanced, doorbell
from services.common.errors import Transient
from services.common.messaging.publisher import Fate, Letter
from services.common.messaging.relay import BATCH_LETTERS, IDLE_SECONDS, Relay
from services.common.messaging.wire import BrokerAway
from services.testing.memory_bus import MemoryBus
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, acknowledged, draft, noted


class FateBook:
    """A publisher whose answers are written beforehand, by message id; the rest is delivered."""

    def __init__(self, fates: dict[str, Fate] | None = None, away_after: int = 10**6) -> None:
        self.fates = fates or {}
        self.away_after = away_after
        self.batches: list[list[Letter]] = []

    def publish(self, letters: Sequence[Letter]) -> list[Fate]:
        if len(self.batches) >= self.away_after:
            raise BrokerAway(why="killed in mid-batch")
        self.batches.append(list(letters))
        return [self.fates.get(letter.message_id, Fate.DELIVERED) for letter in letters]

    def ids(self) -> list[str]:
        return [letter.message_id for batch in self.batches for letter in batch]


@pytest.fixture
def log() -> MemoryLog:
    """A log with two orders in it that have their places."""
    found = MemoryLog("dispatch", SteppedClock(ManualTime(DAY_ONE).read))
    found.append(draft("workOrder-a", acknowledged(), noted()), Tip())
    found.append(draft("workOrder-b"), Tip())
    found.stamp(10)
    return found


def test_every_event_is_one_message_with_its_type_as_key_in_order_behind_one_doorbell(
    log: MemoryLog,
) -> None:
    publisher = FateBook()
    Relay(log, log, publisher).turn()
    [[bell, *events]] = publisher.batches
    assert [(one.message_id, one.routing_key, one.exchange) for one in events] == [
        ("workOrder-a@1.0", "WorkOrderAcknowledged", "dispatch.events"),
        ("workOrder-a@1.1", "ProgressNoted", "dispatch.events"),
        ("workOrder-b@1.0", "WorkOrderAcknowledged", "dispatch.events"),
    ]
    assert parsed(events[1].body.decode())["subject"] == "workOrder-a"
    assert (bell.exchange, bell.routing_key) == ("logs.bells", "dispatch.advanced")
    assert doorbell(bell.body) == advanced("dispatch", 2)
    assert log.pending() == 0


def test_nobody_has_to_be_there_and_only_events_outlast_a_restart(log: MemoryLog) -> None:
    publisher = FateBook()
    Relay(log, log, publisher).turn()
    [[bell, *events]] = publisher.batches
    assert not any(one.mandatory for one in (bell, *events))
    assert (bell.durable, {one.durable for one in events}) == (False, {True})


def test_every_process_hears_one_doorbell_with_the_end_of_the_log(log: MemoryLog) -> None:
    bus = MemoryBus()
    queues = [bus.listen("intake", "ab"), bus.listen("dispatch", "cd")]
    Relay(log, log, bus).turn()
    for queue in queues:
        heard: list[Letter] = []
        bus.deliver(queue, heard.append)
        assert [doorbell(one.body) for one in heard] == [advanced("dispatch", 2)]


def test_what_has_no_place_is_not_published(log: MemoryLog) -> None:
    log.append(draft("workOrder-c"), Tip())
    publisher = FateBook()
    Relay(log, log, publisher).turn()
    assert "workOrder-c@1.0" not in publisher.ids()
    assert log.pending() == 1


def test_what_a_full_queue_refuses_is_counted_and_holds_up_nobody(log: MemoryLog) -> None:
    refused: list[int] = []
    publisher = FateBook({"workOrder-a@1.1": Fate.REFUSED, "workOrder-b@1.0": Fate.REFUSED})
    Relay(log, log, publisher, refused.append).turn()
    assert (refused, log.pending()) == ([2], 0)


def test_a_window_in_several_batches_has_one_doorbell_with_its_end(log: MemoryLog) -> None:
    for number in range(2 * BATCH_LETTERS):
        log.append(draft(f"workOrder-{number}"), Tip())
    log.stamp(1000)
    publisher = FateBook()
    Relay(log, log, publisher).turn()
    assert len(publisher.batches) > 1
    bells = [one for batch in publisher.batches for one in batch if one.exchange == "logs.bells"]
    assert bells == publisher.batches[0][:1]
    assert doorbell(bells[0].body).position == log.head()


def test_a_broker_that_dies_in_mid_window_leaves_the_rest_pending() -> None:
    log = MemoryLog("dispatch", SteppedClock(ManualTime(DAY_ONE).read))
    for number in range(BATCH_LETTERS + 50):
        log.append(draft(f"workOrder-{number}"), Tip())
    log.stamp(1000)

    with pytest.raises(Transient):
        Relay(log, log, FateBook(away_after=1)).turn()

    assert log.pending() == 50


def test_a_turn_asks_for_more_at_once_and_an_idle_one_pauses_until_it_is_woken(
    log: MemoryLog,
) -> None:
    relay = Relay(log, log, MemoryBus())

    assert relay.turn() == 0.0
    assert relay.turn() == IDLE_SECONDS
    assert relay.wake is not None
