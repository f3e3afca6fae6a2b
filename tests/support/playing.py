"""Plays the story on a world in one process: everybody looks, then time moves to what is due."""

from collections.abc import Iterable
from datetime import timedelta

from services.demo import cast
from services.demo.player import Player
from services.demo.troupe import TROUPE
from tests.support.departments import Department
from tests.support.world import World

MOST_TURNS = 2000
MOMENT = timedelta(seconds=1)
#: Who acts because of the hour alone: a slot of the patrol has begun.
EARLY = cast.village_officer(cast.ZHANGWAN).name


def troupe_of(world: World) -> list[Player]:
    """Return every actor, departments included."""
    api = world.api()
    return [
        *(make(api) for make in TROUPE.values()),
        *(
            Department(
                world.bus, code, silent_until_step=2 if code == cast.SILENT_DEPARTMENT else None
            )
            for code in cast.DEPARTMENTS
        ),
    ]


def play(world: World, players: list[Player]) -> None:
    """Play until nobody has anything to do and no clock is armed.

    Nobody looks at lists that are as they were; a moment before something is due, those who wait
    for the hour may still act: a deadline met at the last second.
    """
    world.settle()
    early = [each for each in players if each.name == EARLY]
    looked_at: list[int] = []
    for _ in range(MOST_TURNS):
        heads = world.heads()
        if heads != looked_at:
            looked_at = heads
            _look(world, players)
            continue
        due = world.next_due()
        if due is None:
            return
        world.time.move_to(due - MOMENT)
        if not _look(world, early):
            world.time.move_to(due)
            world.fire()
            world.settle()
    raise AssertionError(f"the story did not end in {MOST_TURNS} turns; trouble: {world.trouble()}")


def _look(world: World, players: Iterable[Player]) -> bool:
    acted = False
    for player in players:
        while player.look():
            acted = True
            world.settle()
    return acted
