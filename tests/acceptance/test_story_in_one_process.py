"""The whole story on memory logs and a memory bus: seconds instead of forty days."""

import pytest

from services.cli.story.outcome import faults
from services.common.messaging.memory import Adversary
from tests.support.playing import play, troupe_of
from tests.support.world import World


def test_the_story_comes_out_as_it_must() -> None:
    world = World()
    play(world, troupe_of(world))
    assert faults(world.logs, patrol_over=True) == []
    assert world.trouble() == []


@pytest.mark.usefixtures("short_patrol")
@pytest.mark.parametrize("seed", range(3))
def test_doubled_reordered_and_dropped_messages_change_nothing(seed: int) -> None:
    world = World(adversary=Adversary(seed))
    play(world, troupe_of(world))
    assert faults(world.logs, patrol_over=True) == []
    assert world.trouble() == []


@pytest.mark.usefixtures("short_patrol")
def test_two_replicas_of_every_service_change_nothing() -> None:
    world = World(adversary=Adversary(7), replicas=2)
    play(world, troupe_of(world))
    assert faults(world.logs, patrol_over=True) == []
    assert world.trouble() == []
