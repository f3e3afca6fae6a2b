"""One bell for all followers of a service: it rings for those whom the stream concerns, once."""

from threading import Thread

import pytest

from services.common.contracts.envelope import Doorbell
from services.common.contracts.streams import REGISTRY_KINDS, registry_stream
from services.common.following.bell import Bell
from services.common.following.follower import Follower
from services.common.following.memory import MemoryCheckpoints
from tests.unit.common.eventlog.toy import append, registry_event
from tests.unit.common.following.world import Hearing, R, W, World


class Counting(MemoryCheckpoints):
    """Checkpoints that count how often they are asked."""

    asked = 0

    def of(self, streams):  # type: ignore[no-untyped-def]
        self.asked += 1
        return super().of(streams)


def doorbell(stream: str, version: int = 1) -> Doorbell:
    return Doorbell("an id", "ProgressNoted", stream, version, "a correlation")


def following(world: World, *categories: str) -> tuple[Hearing, Follower]:
    consumer = Hearing()
    consumer.follows = frozenset(categories)
    logs = {"intake": world.intake, "dispatch": world.dispatch}
    checkpoints = Counting("hearing")
    return consumer, Follower(consumer, logs=logs, checkpoints=checkpoints, chart=world.chart)


@pytest.fixture
def world() -> World:
    found = World()
    found.request()
    found.order()
    return found


def test_it_rings_for_whom_the_stream_concerns(world: World) -> None:
    one, of_requests = following(world, "request")
    two, of_orders = following(world, "workOrder")
    bell = Bell((of_requests, of_orders))
    bell.ring(doorbell(R))
    bell.ring(doorbell(W))
    assert (one.heard, two.heard) == ([f"{R}@1"], [f"{W}@1"])


def test_the_second_doorbell_of_a_commit_asks_nobody(world: World) -> None:
    consumer, follower = following(world, "workOrder")
    bell = Bell((follower,))
    bell.ring(doorbell(W))
    asked = follower.checkpoints.asked  # type: ignore[attr-defined]
    bell.ring(doorbell(W))
    assert follower.checkpoints.asked == asked  # type: ignore[attr-defined]
    assert consumer.heard == [f"{W}@1"]


def test_doorbells_that_ring_at_the_same_moment_are_answered_in_turns(world: World) -> None:
    """Let in together, each would do the work of all."""

    class Slow(Hearing):
        follows = frozenset({"workOrder"})

        def handle(self, commit):  # type: ignore[no-untyped-def]
            others = [Thread(target=bell.ring, args=(doorbell(W),)) for _ in range(2)]
            for each in others:
                each.start()
                each.join(0.05)
            waiting.extend(each for each in others if each.is_alive())
            super().handle(commit)

    waiting: list[Thread] = []
    consumer = Slow()
    bell = Bell((following(world, "workOrder")[1],))
    bell.followers[0].consumer = consumer
    bell.ring(doorbell(W))
    assert len(waiting) == 2, "they were let in while the first was at work"
    for each in waiting:
        each.join(5)
    assert consumer.heard == [f"{W}@1"]


def test_the_registry_is_for_everybody_who_reads_that_log(world: World) -> None:
    consumer, follower = following(world, "workOrder")
    for kind in REGISTRY_KINDS:
        append(world.dispatch, registry_stream(kind), registry_event(kind))
        Bell((follower,)).ring(doorbell(registry_stream(kind)))
    assert world.chart.ready
    assert consumer.heard == []


def test_a_stream_of_a_newer_release_concerns_nobody(world: World) -> None:
    Bell((world.follower,)).ring(doorbell("cluster-1"))
    assert (world.heard, world.due(), world.parked()) == ([], [], [])
