"""The whole story on memory logs and a memory bus: seconds instead of forty days."""

import pytest

from services.demo import cast
from services.demo.outcome import faults
from services.testing.memory_bus import Adversary
from tests.support.departments import Department, Json, Replies
from tests.support.figures import figure_faults
from tests.support.playing import play, troupe_of
from tests.support.world import START, World


def all_faults(world: World) -> list[str]:
    """Return what is wrong at the end: in the logs, in following, in the figures of both towns."""
    return [
        *faults(world.logs, patrol_over=True),
        *world.trouble(),
        *figure_faults(world.api(), world.logs, since=START, now=world.clock.now()),
    ]


def test_the_story_comes_out_as_it_must() -> None:
    world = World()
    play(world, troupe_of(world))
    assert all_faults(world) == []


@pytest.mark.usefixtures("short_patrol")
@pytest.mark.parametrize("seed", range(3))
def test_doubled_reordered_and_dropped_messages_change_nothing(seed: int) -> None:
    world = World(adversary=Adversary(seed))
    play(world, troupe_of(world))
    assert all_faults(world) == []


@pytest.mark.usefixtures("short_patrol")
def test_two_replicas_of_every_service_change_nothing() -> None:
    world = World(adversary=Adversary(7), replicas=2)
    play(world, troupe_of(world))
    assert all_faults(world) == []


class OnlineOnly(Department):
    """A department that never leaves its desk."""

    def _replies(self, message: Json) -> Replies:
        online = {"mode": "online"}
        return [
            (kind, {**data, **online} if kind == "arrived" else data)
            for kind, data in super()._replies(message)
        ]


@pytest.mark.usefixtures("short_patrol")
def test_a_story_in_which_the_departments_only_came_online_is_not_the_story() -> None:
    world = World()
    at_home = [OnlineOnly(world.bus, code) for code in cast.DEPARTMENTS]
    play(
        world, [*(each for each in troupe_of(world) if each.name not in cast.DEPARTMENTS), *at_home]
    )
    missing = [each for each in faults(world.logs, patrol_over=True) if "missing" in each]
    assert [f"call {code}" in " ".join(missing) for code in cast.DEPARTMENTS] == [True] * 4
    assert "DepartmentReportedIn first meeting DepartmentReportedIn on_site" in missing[0]
