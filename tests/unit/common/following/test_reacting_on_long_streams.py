"""A reaction on a long stream reads what its checkpoint lacks, and no more."""

from dataclasses import replace

from services.common.eventlog.folding import Aggregate
from services.common.eventlog.known import APART, Known
from services.common.eventlog.loading import load
from services.testing.memory_checkpoints import MemoryCheckpoints
from tests.support.examples import DAY_ONE, noted
from tests.support.following import tell
from tests.unit.common.eventlog.toy import NOTES, STREAM, Counted, Notes, clock, held, log_of
from tests.unit.common.following.test_reacting import happened, reactor

LENIENT: Aggregate[Notes] = replace(
    NOTES, decide=lambda _state, command, _at: [noted(each) for each in command.words]
)


def test_the_target_of_a_reaction_is_read_from_its_checkpoint() -> None:
    log, source, store = Counted(), log_of("intake"), MemoryCheckpoints()
    log.grow(2 * APART)
    load(log, LENIENT, STREAM, Known(checkpoints=store, aggregates=[LENIENT]))
    known = Known(checkpoints=store, aggregates=[LENIENT])
    react = reactor(log, log_of(), rules=LENIENT, known=known, now=clock(DAY_ONE))
    commit = happened(source, noted("a/1"))
    assert log.read_by(lambda: tell(react, commit)) == 1
    assert log.read_by(lambda: tell(react, happened(source, noted("a/2")))) == 0
    assert held(log)[-2:] == ["a/1", "a/2"]
    assert known.of(STREAM) == load(log, LENIENT, STREAM)
