"""The relay clears what arrived whole, and nothing else."""

from collections.abc import Sequence

import pytest

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Tip
from services.common.contracts.envelope import doorbell
from services.common.errors import Transient
from services.common.messaging.publisher import Fate, Letter
from services.common.messaging.relay import BATCH_LETTERS, Relay, Undelivered
from services.common.messaging.wire import BrokerAway
from services.testing.memory_bus import MemoryBus
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, acknowledged, draft, noted


class FateBook:
    """A publisher whose answers are written beforehand, by message id; the rest is delivered."""

    def __init__(self, fates: dict[str, Fate] | None = None, away_after: int = 10**6) -> None:
        self.fates = fates or {}
        self.away_after = away_after
        self.batches: list[list[str]] = []

    def publish(self, letters: Sequence[Letter]) -> list[Fate]:
        if len(self.batches) >= self.away_after:
            raise BrokerAway(why="killed in mid-batch")
        self.batches.append([letter.message_id for letter in letters])
        return [self.fates.get(letter.message_id, Fate.DELIVERED) for letter in letters]


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog("dispatch", SteppedClock(ManualTime(DAY_ONE).read))


def test_every_event_is_one_message_with_its_type_as_key_in_position_order(log: MemoryLog) -> None:
    log.append(draft("workOrder-a", acknowledged(), noted()), Tip())
    log.append(draft("workOrder-b"), Tip())
    bus = MemoryBus()
    seen: list[Letter] = []

    Relay(log, bus).turn()
    bus.deliver("escalation.inbox", seen.append)

    assert [(one.message_id, one.routing_key, one.exchange) for one in seen] == [
        ("workOrder-a@1.0", "WorkOrderAcknowledged", "dispatch.events"),
        ("workOrder-a@1.1", "ProgressNoted", "dispatch.events"),
        ("workOrder-b@1.0", "WorkOrderAcknowledged", "dispatch.events"),
    ]
    assert doorbell(seen[1].body).subject == "workOrder-a"
    assert log.pending() == 0


@pytest.mark.parametrize("fate", [Fate.RETURNED, Fate.REFUSED])
def test_a_commit_stays_pending_unless_every_message_of_it_was_acked_and_not_returned(
    log: MemoryLog, fate: Fate
) -> None:
    log.append(draft("workOrder-a", acknowledged(), noted()), Tip())
    log.append(draft("workOrder-b"), Tip())
    publisher = FateBook({"workOrder-a@1.1": fate})

    with pytest.raises(Undelivered):
        Relay(log, publisher).turn()

    assert [commit.stream for commit in log.unpublished(10)] == ["workOrder-a"]
    publisher.fates.clear()
    Relay(log, publisher).turn()
    assert publisher.batches[-1] == ["workOrder-a@1.0", "workOrder-a@1.1"]
    assert log.pending() == 0


def test_a_broker_that_dies_in_mid_window_leaves_the_rest_pending(log: MemoryLog) -> None:
    for number in range(BATCH_LETTERS + 50):
        log.append(draft(f"workOrder-{number}"), Tip())

    with pytest.raises(Transient):
        Relay(log, FateBook(away_after=1)).turn()

    assert log.pending() == 50


def test_a_turn_asks_for_more_at_once_and_an_idle_one_pauses(log: MemoryLog) -> None:
    relay = Relay(log, MemoryBus())
    log.append(draft("workOrder-a"), Tip())

    assert relay.turn() == 0.0
    assert relay.turn() == 0.02
