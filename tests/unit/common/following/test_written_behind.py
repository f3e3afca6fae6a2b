"""A patient processor writes as late as its consumer allows; its cursor says what is written."""

import pytest

from services.common.eventlog.ports import StoreAway, StreamConflict
from services.common.following.cursors import Cursor, StreamsHeldUp
from services.common.following.memory import MemoryDocuments
from services.common.following.processor import UNSAVED_SECONDS, Processor
from services.common.following.processors import (
    LONGEST_PAUSE_SECONDS,
    RESTED_SECONDS,
    Following,
)
from services.common.following.projecting import Projector, ReadModel
from services.common.following.reached import Reached
from services.common.work.lease import Leases
from services.common.work.wake import Wake
from tests.unit.common.following.processing import (
    FOR_EVER,
    TABLE,
    R,
    Scribe,
    Sick,
    V,
    W,
    World,
    hanging,
    torn,
)


class Patient(World):
    """A world whose scribe lets what he was told wait for ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 100.0
        self.scribe.patience_seconds = 10.0
        self.processor = self.patient()

    def patient(
        self, consumer: Scribe | Projector | None = None, batch_commits: int = 5
    ) -> Processor:
        return self.replica(
            consumer,
            patient=True,
            batch_commits=batch_commits,
            monotonic=lambda: self.seconds,
        )

    def later(self, seconds: float) -> None:
        self.seconds += seconds
        self.processor.turn()


@pytest.fixture
def world() -> Patient:
    return Patient()


def test_what_was_told_is_written_when_patience_ends_and_then_the_cursor_moves(
    world: Patient,
) -> None:
    world.happens(W)
    world.rest()
    world.happens(V)
    world.later(9.0)
    assert (world.told, world.cursor, world.processor.wait()) == ([], Cursor(), 1.0)
    world.later(1.0)
    assert world.scribe.did == ["batch", f"{W}@1", f"{V}@1", "flush", "save"]
    assert (world.told, world.cursor.positions["dispatch"]) == ([f"{W}@1", f"{V}@1"], 2)
    assert world.processor.wait() is None


def test_the_next_patience_begins_with_what_comes_next(world: Patient) -> None:
    world.happens(W)
    world.rest()
    world.later(10.0)
    world.seconds += 100.0
    world.happens(V)
    world.rest()
    assert world.processor.wait() == 10.0
    world.later(10.0)
    assert world.told == [f"{W}@1", f"{V}@1"]


def test_as_much_as_a_batch_holds_is_written_at_once(world: Patient) -> None:
    for _ in range(7):
        world.happens(W)
    world.rest()
    assert (len(world.told), world.processor.wait()) == (5, 10.0)


def test_what_can_not_wait_is_written_at_once_and_the_cursor_moves_in_a_second(
    world: Patient,
) -> None:
    """A reaction: who is killed in that second is told again, and finds its cause in the target."""
    world.scribe.patience_seconds = 0.0
    world.happens(W)
    world.rest()
    assert (world.told, world.cursor) == ([f"{W}@1"], Cursor())
    assert world.processor.cursor().positions["dispatch"] == 1, "what is written is followed"
    assert world.processor.wait() == UNSAVED_SECONDS
    world.happens(V)
    world.later(UNSAVED_SECONDS)
    assert (world.told, world.cursor.positions["dispatch"]) == ([f"{W}@1", f"{V}@1"], 2)
    assert world.processor.wait() is None


def test_what_was_held_up_in_writing_is_saved_at_once(world: Patient) -> None:
    world.scribe.patience_seconds = 0.0
    world.scribe.in_causal_order = False
    world.happens(W)
    world.scribe.trouble_in_flush[f"{W}@1"] = StreamsHeldUp({W: 1}, "full")
    world.rest()
    assert hanging(world.held) == {W: (1, None)}
    assert world.cursor.positions["dispatch"] == 1


def test_a_turn_is_due_at_once_when_patience_is_over(world: Patient) -> None:
    world.happens(W)
    world.rest()
    world.seconds += 99.0
    assert world.processor.wait() == 0.0


def test_what_is_no_concern_moves_the_cursor_in_a_second_and_is_known_here_at_once(
    world: Patient,
) -> None:
    world.happens(TABLE)
    world.rest()
    assert (world.cursor, world.processor.wait()) == (Cursor(), UNSAVED_SECONDS)
    assert world.processor.cursor().positions["dispatch"] == 1
    world.later(UNSAVED_SECONDS)
    assert world.cursor.positions["dispatch"] == 1
    assert "flush" not in world.scribe.did


def test_a_processor_tells_of_no_more_than_is_written(world: Patient) -> None:
    world.happens(W)
    world.happens(TABLE)
    world.rest()
    assert world.processor.cursor() == world.cursor == Cursor()
    world.later(10.0)
    assert world.processor.cursor().positions["dispatch"] == 2


def test_what_hangs_on_a_held_stream_is_not_taken_for_followed_before_that_is_saved(
    world: Patient,
) -> None:
    """It was passed, not told."""
    cause = world.happens(W)
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    world.later(UNSAVED_SECONDS)
    world.happens(R, cause)
    world.rest()
    assert hanging(world.held) == {W: (1, None)}, "nothing is saved yet"
    logs = {"intake": world.intake, "dispatch": world.dispatch}
    reached = Reached(world.processor.cursor, logs=logs, wait=lambda: None)
    assert reached.behind([R], 0.0) == [R]


@pytest.mark.parametrize("where", ["trouble", "trouble_in_flush"])
def test_after_a_failure_all_that_was_unwritten_is_told_again_to_a_new_batch(
    world: Patient, where: str
) -> None:
    world.happens(W)
    world.rest()
    world.happens(V)
    getattr(world.scribe, where)[f"{V}@1"] = StoreAway()
    with pytest.raises(StoreAway):
        world.later(10.0)
    assert (world.told, world.cursor) == ([], Cursor())
    getattr(world.scribe, where).clear()
    del world.scribe.did[:]
    world.rest()
    world.later(10.0)
    assert world.scribe.did == ["batch", f"{W}@1", f"{V}@1", "flush", "save"]


def test_who_starts_again_is_told_again_what_was_unwritten(world: Patient) -> None:
    world.happens(W)
    world.rest()
    world.processor.start_again()
    assert (world.processor.wait(), world.processor.cursor()) == (None, Cursor())
    world.rest()
    world.later(10.0)
    assert world.told == [f"{W}@1"]


def test_who_was_overtaken_with_something_unwritten_leaves_the_cursor_to_the_faster(
    world: Patient,
) -> None:
    documents = MemoryDocuments()
    model = ReadModel("counts", frozenset({"workOrder"}), lambda _: "all", lambda body, _: body)
    fast, slow = (world.patient(Projector("counts", model, documents)) for _ in range(2))
    world.happens(W)
    for each in (fast, slow):
        each.turn()
    world.seconds += 10.0
    fast.turn()
    with pytest.raises(StreamConflict):
        slow.turn()
    assert (slow.turn(), documents.get("counts", "all").revision) == (0, 1)


# -- what is held, while something is unwritten ----------------------------------------------------


def test_a_replay_first_writes_what_is_unwritten(world: Patient) -> None:
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    world.later(UNSAVED_SECONDS)
    world.happens(V)
    world.rest()
    world.scribe.trouble.clear()
    world.processor.replay(W)
    assert (world.told, world.held) == ([f"{V}@1", f"{W}@1"], {})
    assert (world.processor.turn(), world.cursor.positions["dispatch"]) == (0, 2)


def test_what_is_due_before_the_cursor_has_passed_it_does_not_keep_that_from_moving(
    world: Patient,
) -> None:
    """Each retry starts again from the saved cursor; with nothing ever saved, that was for ever."""
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = Sick()
    world.rest()
    world.happens(V)
    world.scribe.trouble.clear()
    for _ in range(3):
        world.processor.retry_due(FOR_EVER)
        world.rest()
    assert world.held == {}
    world.later(10.0)
    assert world.told == [f"{W}@1", f"{V}@1"]


def test_a_fault_in_what_is_written_before_a_replay_holds_its_own_stream(world: Patient) -> None:
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    world.later(UNSAVED_SECONDS)
    world.happens(V)
    world.rest()
    world.scribe.trouble = {}
    world.scribe.trouble_in_flush[f"{V}@1"] = Sick()
    world.processor.replay(W)
    assert (world.told, hanging(world.held)) == ([f"{W}@1"], {V: (1, None)})


# -- who turns it ----------------------------------------------------------------------------------


def test_a_stream_of_commits_is_not_saved_at_each_breath_it_takes(world: Patient) -> None:
    task = Following(
        world.processor, Wake(), Leases().lease("leader"), monotonic=lambda: world.seconds
    )
    world.happens(W)
    assert (task.turn(), task.turn()) == (0.0, LONGEST_PAUSE_SECONDS)
    assert world.told == [f"{W}@1"], "the first is written at once"
    world.happens(W)
    assert (task.turn(), task.turn()) == (0.0, RESTED_SECONDS)
    assert world.told == [f"{W}@1"]
    world.seconds += RESTED_SECONDS
    assert task.turn() == LONGEST_PAUSE_SECONDS
    assert world.told == [f"{W}@1", f"{W}@2"]


def test_as_long_as_more_comes_it_gathers_and_when_nothing_does_it_is_written(
    world: Patient,
) -> None:
    task = Following(world.processor, Wake(), Leases().lease("leader"))
    for _ in range(3):
        world.happens(W)
        assert task.turn() == 0.0
    assert world.told == []
    assert task.turn() == LONGEST_PAUSE_SECONDS
    assert world.told == [f"{W}@1", f"{W}@2", f"{W}@3"]


def test_however_much_comes_it_is_written_when_it_is_due(world: Patient) -> None:
    task = Following(world.processor, Wake(), Leases().lease("leader"))
    world.happens(W)
    task.turn()
    world.seconds += 10.0
    world.happens(W)
    task.turn()
    assert world.told == [f"{W}@1", f"{W}@2"]
