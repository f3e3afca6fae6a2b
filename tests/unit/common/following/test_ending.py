"""What a process that ends leaves to the one that leads next."""

from services.common.eventlog.ports import StoreAway
from services.common.following.cursors import Cursor
from services.common.following.processors import Following
from services.common.work.lease import Leases
from services.common.work.tasks import Gathering, Rounds
from services.common.work.wake import Wake
from tests.unit.common.following.processing import W
from tests.unit.common.following.test_written_behind import Patient, world

__all__ = ["world"]


def test_at_its_end_what_is_unsaved_is_saved_for_the_next_one(world: Patient) -> None:
    task = Gathering(Following(world.processor, Wake(), Leases().lease("leader")), 0.0)
    world.happens(W)
    Rounds(task).run(lambda _seconds: True)
    assert (world.told, world.cursor.positions["dispatch"]) == ([f"{W}@1"], 1)


def test_an_end_that_fails_is_left_to_the_next_one(world: Patient) -> None:
    world.happens(W)
    world.scribe.trouble_in_flush[f"{W}@1"] = StoreAway()
    Rounds(Following(world.processor, Wake(), Leases().lease("leader"))).run(lambda _: True)
    assert (world.told, world.cursor) == ([], Cursor())
