"""The bus in memory routes as the broker does, and its adversary repeats itself."""

import pytest

from services.common.errors import Transient
from services.common.messaging.publisher import Fate, Letter
from services.testing.memory_bus import Adversary, MemoryBus

REPLIES = "escalation.replies"


def letter(number: int) -> Letter:
    return Letter("departments.replies", "dept-x.done", f"m-{number}", b"{}")


def bell(number: int, key: str = "dispatch.advanced") -> Letter:
    return Letter("logs.bells", key, f"m-{number}", b"{}", mandatory=False)


def delivered(bus: MemoryBus, queue: str = REPLIES) -> list[str]:
    found: list[str] = []
    bus.deliver(queue, lambda one: found.append(one.message_id))
    return found


def test_a_doorbell_reaches_every_process_that_it_concerns_once_in_order() -> None:
    bus = MemoryBus()
    intake, dispatch = bus.listen("intake", "ab"), bus.listen("dispatch", "cd")

    assert bus.publish([bell(1), bell(2)]) == [Fate.DELIVERED, Fate.DELIVERED]
    bus.publish([bell(3, "dispatch.appended")])

    assert delivered(bus, intake) == ["m-1", "m-2"]
    assert delivered(bus, dispatch) == ["m-1", "m-2", "m-3"]


def test_a_full_queue_refuses_while_the_others_get_the_letter() -> None:
    bus = MemoryBus()
    full, other = bus.listen("intake", "ab"), bus.listen("dispatch", "cd")
    bus.full.add(full)

    assert bus.publish([bell(1)]) == [Fate.REFUSED]
    assert (delivered(bus, full), delivered(bus, other)) == ([], ["m-1"])


def test_a_letter_that_nobody_takes_comes_back_if_somebody_has_to() -> None:
    lost = Letter("departments.calls", "dept-x", "m", b"")

    assert MemoryBus().publish([lost, bell(1)]) == [Fate.RETURNED, Fate.DELIVERED]


def test_a_handler_that_meets_trouble_keeps_its_letter() -> None:
    bus = MemoryBus()
    bus.publish([letter(1)])

    def away(_letter: Letter) -> None:
        raise Transient(what="database")

    assert bus.deliver(REPLIES, away) == 0
    assert delivered(bus) == ["m-1"]


def mischief(seed: int) -> list[str]:
    bus = MemoryBus(Adversary(seed))
    queue = bus.listen("intake", "ab")
    bus.publish([bell(number) for number in range(200)])
    return delivered(bus, queue)


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
    bus.publish([letter(number) for number in range(50)])

    assert set(delivered(bus)) == {f"m-{number}" for number in range(50)}
