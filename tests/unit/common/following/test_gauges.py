"""What each consumer shows of itself: how far behind, what is parked, what is tried again."""

from prometheus_client import CollectorRegistry

from services.common.eventlog.ports import StoreAway
from services.common.following.bell import Bell
from services.common.observability.metrics import PlatformMetrics
from services.common.running.desks import FollowingGauges
from tests.unit.common.following.world import V, W, World


def test_streams_that_wait_for_a_retry_are_shown_until_they_move_and_parked_ones_apart() -> None:
    world, registry = World(), CollectorRegistry()
    gauges = FollowingGauges(Bell((world.follower,)), PlatformMetrics(registry, "dispatch"))

    def shown() -> list[float | None]:
        gauges.turn()
        labels = {"service": "dispatch", "consumer": "hearing"}
        names = ("shaobao_retrying_streams", "shaobao_parked_streams")
        return [registry.get_sample_value(name, labels) for name in names]

    for stream in (V, W):
        world.order(stream)
    world.stamp_all()
    assert shown() == [0, 0]
    world.consumer.trouble[f"{W}@1"] = StoreAway(what="a queue that is full")
    world.corrupt(f"{V}@1")
    for stream in (V, W):
        world.follower.ring(stream, 1)
    assert shown() == [1, 1]
    world.consumer.trouble.clear()
    world.follower.ring(W, 1)
    world.follower.replay(V)
    assert shown() == [0, 0]
