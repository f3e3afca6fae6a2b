"""Sequencers that race on a real MongoDB with what they are handed, in turns that a seed decides.

`tests/property/test_positions.py` tells many more such stories, in memory.
"""

import pytest
from pymongo.database import Database

from services.common.clock import RealClock
from services.common.contracts.commit import Commit, Tip
from services.common.eventlog import mongo_outbox
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.mongo_outbox import MongoOutbox
from tests.support.examples import draft
from tests.support.sequencing import told


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_a_log_stays_whole_and_nothing_is_lost(
    database: Database[Row], seed: int
) -> None:
    told(database, seed)


class Process:
    """A process that appends and gives positions."""

    def __init__(self, database: Database[Row]) -> None:
        self.log = MongoLog("dispatch", database)
        self.outbox = MongoOutbox("dispatch", database, RealClock())
        self.outbox.stamp(10)

    def append(self, stream: str) -> tuple[list[Commit], int]:
        """Return what to hand over."""
        epoch = self.outbox.epoch
        return [self.log.append(draft(stream), Tip())], epoch


@pytest.fixture
def one(database: Database[Row]) -> Process:
    return Process(database)


@pytest.fixture
def other(database: Database[Row], one: Process) -> Process:  # noqa: ARG001  begins after it
    return Process(database)


def order(process: Process) -> list[str]:
    stamps = process.log.stamps(0, 100)
    assert [each.position for each in stamps] == list(range(1, len(stamps) + 1))
    return [each.stream for each in stamps]


def test_who_loses_a_race_throws_its_hand_off_away_and_looks(one: Process, other: Process) -> None:
    handed = one.append("workOrder-a")
    assert other.outbox.place(*other.append("workOrder-b")) is not None
    assert one.outbox.place(*handed) is None
    assert one.outbox.place(*handed) is None, "it took up a turn that another has taken"
    assert one.outbox.stamp(10) == 1
    assert order(one) == ["workOrder-b", "workOrder-a"]
    assert one.outbox.place(*handed) is None, "it was appended in another epoch"
    again = one.outbox.place(*one.append("workOrder-c"))
    assert again is not None
    assert [each.position for each in again] == [3]


def test_what_another_has_placed_meanwhile_is_not_placed_again(
    one: Process, other: Process
) -> None:
    handed = one.append("workOrder-a")
    assert other.outbox.stamp(10) == 1
    assert one.outbox.stamp(10) == 0  # which tells it nothing of another's turn
    assert one.outbox.place(*handed) is None
    assert one.outbox.stamp(10) == 0
    assert order(one) == ["workOrder-a"]


def test_who_has_forgotten_places_nothing_of_before(one: Process) -> None:
    handed = one.append("workOrder-a")
    one.outbox.forget()
    assert one.outbox.epoch == 0
    assert one.outbox.place(*handed) is None
    in_none = one.append("workOrder-b")
    assert one.outbox.stamp(10) == 2
    for each in (handed, in_none):
        assert one.outbox.place(*each) is None
    assert sorted(order(one)) == ["workOrder-a", "workOrder-b"]


def test_an_epoch_that_found_too_much_to_remember_is_followed_by_another(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was found and forgotten would be placed again when it is handed over at last."""
    monkeypatch.setattr(mongo_outbox, "REMEMBERED", 2)
    late = one.append("workOrder-a")
    for stream in ("workOrder-b", "workOrder-c", "workOrder-d"):
        one.append(stream)
    assert one.outbox.stamp(10) == 4
    assert one.outbox.place(*late) is None
    assert one.outbox.place(*one.append("workOrder-e")) is not None
    assert len(order(one)) == 5


def test_what_is_appended_while_a_turn_is_on_its_way_belongs_to_its_epoch(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else under load, when some turn always is, nothing would be placed from memory."""
    meanwhile: list[tuple[list[Commit], int]] = []
    stamp = one.outbox._stamp

    def slow(*turn: object) -> None:
        monkeypatch.undo()
        meanwhile.append(one.append("workOrder-b"))
        stamp(*turn)  # type: ignore[arg-type]

    monkeypatch.setattr(one.outbox, "_stamp", slow)
    assert one.outbox.place(*one.append("workOrder-a")) is not None
    assert one.outbox.place(*meanwhile[0]) is not None
    assert order(one) == ["workOrder-a", "workOrder-b"]
