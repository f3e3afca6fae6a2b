"""The bus in memory routes as the broker does, and its adversary repeats itself."""

import pytest

from services.common.errors import Transient
from services.common.messaging.publisher import Fate, Letter
from services.testing.memory_bus import Adversary, MemoryBus


def letter(number: int) -> Letter:
    return Letter("intake.events", "RequestReceived", f"m-{number}", b"{}")


def delivered(bus: MemoryBus, queue: str = "dispatch.inbox") -> list[str]:
    found: list[str] = []
    bus.deliver(queue, lambda one: found.append(one.message_id))
    return found


def test_a_letter_reaches_every_inbox_that_follows_the_log_once_in_order() -> None:
    bus = MemoryBus()

    assert bus.publish([letter(1), letter(2)]) == [Fate.DELIVERED, Fate.DELIVERED]

    assert delivered(bus, "dispatch.inbox") == ["m-1", "m-2"]
    assert delivered(bus, "metrics.inbox") == ["m-1", "m-2"]
    assert delivered(bus, "intake.inbox") == ["m-1", "m-2"]


def test_a_full_queue_refuses_while_the_others_get_the_letter() -> None:
    bus = MemoryBus()
    bus.full.add("metrics.inbox")

    assert bus.publish([letter(1)]) == [Fate.REFUSED]
    assert delivered(bus) == ["m-1"]


def test_a_letter_that_nobody_takes_comes_back() -> None:
    assert MemoryBus().publish([Letter("departments.calls", "dept-x", "m", b"")]) == [Fate.RETURNED]


def test_a_handler_that_meets_trouble_keeps_its_letter() -> None:
    bus = MemoryBus()
    bus.publish([letter(1)])

    def away(_letter: Letter) -> None:
        raise Transient(what="database")

    assert bus.deliver("dispatch.inbox", away) == 0
    assert delivered(bus) == ["m-1"]


def mischief(seed: int) -> list[str]:
    bus = MemoryBus(Adversary(seed))
    bus.publish([letter(number) for number in range(200)])
    return delivered(bus)


@pytest.mark.parametrize("seed", range(5))
def test_the_adversary_doubles_reorders_and_drops_and_does_the_same_again(seed: int) -> None:
    sent = [f"m-{number}" for number in range(200)]
    seen = mischief(seed)

    assert seen == mischief(seed)
    assert len(seen) > len(set(seen))
    assert set(seen) < set(sent)
    assert sorted(set(seen), key=sent.index) != list(dict.fromkeys(seen))


def test_the_adversary_never_loses_what_only_the_broker_holds() -> None:
    bus = MemoryBus(Adversary(1, drop=1.0))
    bus.publish([Letter("departments.replies", "dept-x.done", f"m-{n}", b"{}") for n in range(50)])

    assert set(delivered(bus, "escalation.replies")) == {f"m-{n}" for n in range(50)}
