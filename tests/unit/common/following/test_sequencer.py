"""The sequencer gives places, and tells once how far the log goes, whoever has given them."""

from collections.abc import Callable, Sequence

import pytest

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import StoreAway
from services.common.following import sequencer as module
from services.common.following.sequencer import LOOK_SECONDS, WINDOW_COMMITS, Sequencer
from services.testing.memory_log import MemoryLog
from tests.unit.common.eventlog.toy import append, clock


class Asked(MemoryLog):
    """A log that notes what its sequencer asks of it, and may be away."""

    def __init__(self) -> None:
        super().__init__("dispatch", clock())
        self.asked: list[str] = []
        self.epochs = 1
        self.meanwhile: Callable[[], object] = lambda: None

    @property
    def epoch(self) -> int:
        return self.epochs

    def stamp(self, limit: int) -> int:
        self.asked.append("stamp")
        self.meanwhile()
        return super().stamp(limit)

    def place(self, commits: Sequence[Commit], epoch: int) -> Sequence[Commit] | None:
        self.asked.append(f"place {len(commits)}")
        self.meanwhile()
        return super().place(commits, epoch)


class Told:
    """What is told of growth: the ends, and the positions of the commits at hand."""

    def __init__(self) -> None:
        self.heads: list[int] = []
        self.at_hand: list[int | None] = []

    def __call__(self, head: int, commits: Sequence[Commit]) -> None:
        self.heads.append(head)
        self.at_hand += (each.position for each in commits)


@pytest.fixture
def log() -> Asked:
    return Asked()


@pytest.fixture
def told() -> Told:
    return Told()


class Time:
    """Monotonic seconds that stand until somebody moves them."""

    now = 100.0

    def read(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def sequencer(log: Asked, told: Told, time: Time) -> Sequencer:
    return Sequencer(log, told, time.read)


@pytest.fixture
def looked(sequencer: Sequencer, log: Asked) -> Sequencer:
    """A sequencer that has just looked."""
    sequencer.turn()
    log.asked.clear()
    return sequencer


def rung(sequencer: Sequencer) -> bool:
    assert sequencer.wake is not None
    found = bool(sequencer.wake._rung.ready())
    if found:
        sequencer.wake.pause(0)
    return found


def away() -> None:
    raise StoreAway(why="an election")


def test_what_nobody_told_of_is_found_by_looking_and_growth_is_told_once(
    sequencer: Sequencer, log: Asked, told: Told, time: Time
) -> None:
    for _ in range(3):
        append(log)
    assert [sequencer.turn() for _ in range(3)] == [LOOK_SECONDS] * 3
    assert (told.heads, told.at_hand, log.asked) == ([3], [], ["stamp"])
    append(log)
    time.now += LOOK_SECONDS
    sequencer.turn()
    assert told.heads == [3, 4]


def test_of_an_empty_log_nothing_is_told(sequencer: Sequencer, told: Told) -> None:
    assert (sequencer.turn(), told.heads) == (LOOK_SECONDS, [])


def test_more_than_a_window_goes_on_at_once(sequencer: Sequencer, log: Asked, told: Told) -> None:
    for number in range(WINDOW_COMMITS + 1):
        append(log, f"workOrder-{number}")
    assert [sequencer.turn() for _ in range(2)] == [0.0, LOOK_SECONDS]
    assert told.heads == [WINDOW_COMMITS, WINDOW_COMMITS + 1]


def test_a_turn_that_took_more_than_a_window_goes_on_at_once_too(
    sequencer: Sequencer, log: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams are entered at their first commit without a place, however many follow."""
    monkeypatch.setattr(log, "stamp", lambda limit: limit + 1)
    assert sequencer.turn() == 0.0


def test_what_another_has_given_its_place_is_told_too(
    sequencer: Sequencer, log: Asked, told: Told
) -> None:
    append(log)
    Sequencer(log, lambda _head, _commits: None).turn()
    assert (sequencer.turn(), told.heads) == (LOOK_SECONDS, [1])


# -- what is handed over ---------------------------------------------------------------------------


def test_what_is_handed_over_is_placed_without_looking_and_is_at_hand(
    looked: Sequencer, log: Asked, told: Told
) -> None:
    looked.appended([append(log), append(log)], looked.epoch)
    assert rung(looked)
    assert looked.turn() == LOOK_SECONDS
    assert (log.asked, told.heads, told.at_hand) == (["place 2"], [2], [1, 2])


def test_what_was_found_before_it_was_handed_over_is_not_told_again(
    sequencer: Sequencer, log: Asked, told: Told
) -> None:
    commit = append(log)
    sequencer.turn()
    sequencer.appended([commit], 1)
    assert sequencer.turn() == LOOK_SECONDS
    assert (log.asked, told.heads, told.at_hand) == (["stamp", "place 1"], [1], [])


def test_more_than_a_window_is_placed_in_several_turns(
    looked: Sequencer, log: Asked, told: Told
) -> None:
    looked.appended([append(log, f"workOrder-{at}") for at in range(WINDOW_COMMITS + 1)], 1)
    assert [looked.turn() for _ in range(2)] == [0.0, LOOK_SECONDS]
    assert log.asked == [f"place {WINDOW_COMMITS}", "place 1"]
    assert told.at_hand == list(range(1, WINDOW_COMMITS + 2))


def test_what_is_not_sure_to_be_next_is_looked_for_at_once(
    looked: Sequencer, log: Asked, told: Told
) -> None:
    append(log)
    looked.appended([append(log)], 1)  # of the commit before it nobody has told
    assert looked.turn() == 0.0
    assert looked.turn() == LOOK_SECONDS
    assert (log.asked, told.heads, told.at_hand) == (["place 1", "stamp"], [2], [])


def test_what_was_appended_in_no_epoch_is_looked_for_at_once(looked: Sequencer, log: Asked) -> None:
    looked.appended([append(log)], 0)
    assert rung(looked)
    looked.turn()
    assert log.asked == ["stamp"]


@pytest.mark.parametrize("later", [0, 2])
def test_with_another_epoch_all_that_was_handed_over_is_looked_for(
    looked: Sequencer, log: Asked, later: int
) -> None:
    looked.appended([append(log)], 1)
    looked.appended([append(log)], later)
    assert looked.turn() == LOOK_SECONDS
    assert (log.asked, log.head()) == (["stamp"], 2)


def test_what_is_handed_over_to_who_does_not_lead_does_not_heap_up(
    looked: Sequencer, log: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_HANDED", 4)
    for at in range(20):
        looked.appended([append(log, f"workOrder-{at}")], 1)
        assert len(looked._handed) <= 4
    looked.turn()
    assert log.asked[0] == "stamp", "what was thrown away is looked for"
    assert log.head() == 20


# -- what comes in between -------------------------------------------------------------------------


@pytest.mark.parametrize("handed", [True, False])
def test_after_a_failed_turn_it_looks_at_once(
    looked: Sequencer, log: Asked, time: Time, handed: bool
) -> None:
    """Nobody remembers what it had in hand, and who told of it won't do so again."""
    commit = append(log)
    if handed:
        looked.appended([commit], 1)
    else:
        time.now += LOOK_SECONDS
    log.meanwhile = away
    with pytest.raises(StoreAway):
        looked.turn()
    log.meanwhile = lambda: None
    log.asked.clear()
    assert looked.turn() == LOOK_SECONDS
    assert (log.asked, log.head()) == (["stamp"], 1)


@pytest.mark.parametrize("handed", [True, False])
def test_who_asks_for_a_look_during_a_turn_gets_another(
    looked: Sequencer, log: Asked, handed: bool
) -> None:
    if handed:
        looked.appended([append(log)], 1)
    else:
        looked.look()
    log.meanwhile = looked.look
    assert looked.turn() == 0.0


def test_what_is_handed_over_during_a_turn_is_placed_by_the_next(
    looked: Sequencer, log: Asked
) -> None:
    def another() -> None:
        log.meanwhile = lambda: None
        looked.appended([append(log, "workOrder-b")], 1)

    looked.appended([append(log)], 1)
    log.meanwhile = another
    assert [looked.turn(), looked.turn()] == [0.0, LOOK_SECONDS]
    assert log.asked == ["place 1", "place 1"]
    assert log.head() == 2


def test_it_is_woken_by_who_asks_for_a_look(looked: Sequencer, log: Asked) -> None:
    assert not rung(looked)
    looked.look()
    assert rung(looked)
    looked.turn()
    assert log.asked == ["stamp"]
