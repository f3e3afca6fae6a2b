"""Plays the story on a world in one process: everybody looks, then time moves to what is due."""

from datetime import timedelta

from services.cli.story import cast
from services.cli.story.actor import Actor
from services.cli.story.troupe import TROUPE
from tests.support.departments import Department
from tests.support.world import World

MOST_TURNS = 2000
MOMENT = timedelta(seconds=1)


def troupe_of(world: World) -> list[Actor]:
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


def play(world: World, actors: list[Actor]) -> None:
    """Play until nobody has anything to do and no clock is armed.

    A moment before something is due, everybody may still act: a deadline met at the last second.
    """
    world.settle()
    for _ in range(MOST_TURNS):
        if _everybody_looks(world, actors):
            continue
        due = world.next_due()
        if due is None:
            return
        before = due - MOMENT
        if before > world.clock.now():
            world.time.move_to(before)
        else:
            world.time.move_to(due)
            world.fire()
            world.settle()
    raise AssertionError(f"the story did not end in {MOST_TURNS} turns; trouble: {world.trouble()}")


def _everybody_looks(world: World, actors: list[Actor]) -> bool:
    acted = False
    for actor in actors:
        while actor.look():
            acted = True
            world.settle()
    return acted
