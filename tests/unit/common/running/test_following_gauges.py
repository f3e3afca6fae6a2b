"""What each consumer shows of itself: how far behind, what is parked, what is tried again."""

import pytest
from prometheus_client import CollectorRegistry

from services.common.following.bell import Bell
from services.common.following.followed_log import FollowedLog
from services.common.following.processors import Processors
from services.common.observability.metrics import PlatformMetrics
from services.common.running.tasks import GAUGES_SECONDS, FollowingGauges, Upkeep
from services.common.work.leading import Leadership
from services.common.work.lease import Leases
from tests.unit.common.following.processing import R, Scribe, Sick, V, W, World, torn


class Gauges:
    """A world, and the gauges of its one consumer."""

    def __init__(self, world: World) -> None:
        self.world = world
        logs = {log.name: FollowedLog(log) for log in (world.intake, world.dispatch)}
        self.bell = Bell(logs)
        processors = Processors((world.processor,), world.cursors)
        upkeep = Upkeep(processors, self.bell, Leadership(Leases().lease("leader")))
        self._registry = CollectorRegistry()
        self._task = FollowingGauges(upkeep, PlatformMetrics(self._registry, "dispatch"))

    def shown(self, name: str, **more: str) -> float | None:
        """Look, and return what is shown under `name`; None: nothing."""
        self.bell.look()
        assert self._task.turn() == GAUGES_SECONDS
        labels = {"service": "dispatch", "consumer": "scribe", **more}
        return self._registry.get_sample_value(f"shaobao_{name}", labels)

    def behind(self, log: str) -> float | None:
        return self.shown("consumer_lag_commits", log=log)

    def waiting(self) -> tuple[float | None, float | None]:
        """Return how many streams are tried again, and how many are parked."""
        return self.shown("retrying_streams"), self.shown("parked_streams")


@pytest.fixture
def gauges() -> Gauges:
    return Gauges(World())


def test_being_behind_is_counted_in_commits_of_each_log_followed_or_not(gauges: Gauges) -> None:
    world = gauges.world
    assert (gauges.behind("dispatch"), gauges.behind("intake")) == (0, 0)
    for stream in (W, V, R, W):
        world.happens(stream)
    assert (gauges.behind("dispatch"), gauges.behind("intake")) == (3, 1)
    world.rest()
    assert (gauges.behind("dispatch"), gauges.behind("intake")) == (0, 0)


def test_nobody_is_behind_in_a_log_that_is_not_followed() -> None:
    gauges = Gauges(World(Scribe(["workOrder"])))
    gauges.world.happens(R)
    assert gauges.behind("intake") is None
    assert gauges.behind("dispatch") == 0


def test_a_cursor_that_is_ahead_of_what_was_announced_is_not_behind(gauges: Gauges) -> None:
    gauges.world.happens(W)
    gauges.world.rest()
    gauges.bell.logs["dispatch"]._head = 0
    gauges.bell.look = lambda: None  # type: ignore[method-assign]
    assert gauges.behind("dispatch") == 0


def test_streams_that_wait_for_a_retry_are_shown_apart_from_those_that_wait_for_a_person(
    gauges: Gauges,
) -> None:
    world = gauges.world
    effect = world.happens(R, world.happens(W))
    world.happens(V)
    assert gauges.waiting() == (0, 0)
    world.scribe.trouble = {f"{V}@1": Sick(), f"{W}@1": torn()}
    world.rest()
    assert effect.cause is not None
    assert gauges.waiting() == (1, 2), "what hangs on a parked stream waits for a person, too"
    world.scribe.trouble.clear()
    world.try_again()
    world.processor.replay(W)
    assert gauges.waiting() == (0, 0)
