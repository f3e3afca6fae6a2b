"""Whatever happens to a stream and its checkpoint, a load finds what a load from nothing finds."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from services.common.contracts.codec import canonical, parsed, plain, structured
from services.common.contracts.event_types import REGISTER
from services.common.contracts.events.reactions import ReactionRefused
from services.common.eventlog import known as module
from services.common.eventlog.deciding import carry_out
from services.common.eventlog.edition import editions_of
from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load, load_many
from services.dispatch.wiring import AGGREGATES as OF_DISPATCH
from services.escalation.wiring import AGGREGATES as OF_ESCALATION
from services.intake.wiring import AGGREGATES as OF_INTAKE
from services.testing.memory_checkpoints import MemoryCheckpoints
from tests.support.examples import DAY_ONE, noted
from tests.support.examples_contracts import any_dataclass
from tests.unit.common.eventlog.test_checkpoints import ENDLESS, otherwise
from tests.unit.common.eventlog.test_deciding import errand
from tests.unit.common.eventlog.toy import STREAM, Counted, append

AGGREGATES: tuple[Aggregate[Any], ...] = (*OF_INTAKE, *OF_DISPATCH, *OF_ESCALATION)
APART = 3
#: Two releases, and who runs which; both keep their checkpoints in one store.
RELEASES = (ENDLESS, replace(ENDLESS, evolve=otherwise))
#: Found once: processes are started a thousand times here.
EDITIONS = {each.evolve: editions_of([each]) for each in RELEASES}
PROCESSES = st.sampled_from([0, 1, 2])
SPOILT = st.sampled_from(["stream", "version", "hash", "edition", "body", "sum"])


class Processes(RuleBasedStateMachine):
    """Three processes on one stream; the third runs another release."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "APART", APART)
        self.patch.setattr(module, "editions_of", lambda rules: EDITIONS[next(iter(rules)).evolve])
        self.log = Counted()
        self.store = MemoryCheckpoints()
        self.written = 0

    def teardown(self) -> None:
        self.patch.undo()

    @initialize()
    def start(self) -> None:
        self.runs = [RELEASES[0], RELEASES[0], RELEASES[1]]
        self.known = [self.started(each) for each in self.runs]

    def started(self, rules: Aggregate[Any]) -> Known:
        return Known(2, self.store, [rules])

    @property
    def length(self) -> int:
        return len(list(self.log.read(STREAM)))

    @rule(commits=st.integers(1, 2 * APART))
    def others_append(self, commits: int) -> None:
        for _ in range(commits):
            self.written += 1
            append(self.log, STREAM, noted(f"n/{self.written}"), recorded_at=DAY_ONE)

    @rule(process=PROCESSES)
    def a_command_is_carried_out(self, process: int) -> None:
        self.written += 1
        wanted = errand(str(self.written), key=f"key-{self.written}")
        outcome = carry_out(self.log, self.runs[process], wanted, self.known[process])
        assert outcome.version == self.length
        assert outcome.state == load(self.log, self.runs[process], STREAM).state

    @rule(process=PROCESSES)
    def it_is_loaded(self, process: int) -> None:
        found = load(self.log, self.runs[process], STREAM, self.known[process])
        assert found == load(self.log, self.runs[process], STREAM)

    @rule(process=PROCESSES)
    def a_process_is_started_anew(self, process: int) -> None:
        self.known[process] = self.started(self.runs[process])

    @rule(process=PROCESSES)
    def a_process_is_started_anew_and_reads_several_together(self, process: int) -> None:
        self.a_process_is_started_anew(process)
        rules = self.runs[process]
        found = load_many(self.log, {STREAM: rules, "workOrder-none": rules}, self.known[process])
        assert found[STREAM] == load(self.log, rules, STREAM)
        assert found["workOrder-none"] == Loaded("workOrder-none", rules.initial)

    @rule(process=PROCESSES)
    def what_was_loaded_is_read_from_its_checkpoint_after_a_restart(self, process: int) -> None:
        """Unless the log lost its end, or the other release has overwritten it."""
        rules = self.runs[process]
        load(self.log, rules, STREAM, self.started(rules))
        read = self.log.read_by(lambda: load(self.log, rules, STREAM, self.started(rules)))
        assert read <= APART

    @rule(commits=st.integers(1, 2 * APART))
    def the_log_is_restored_from_an_older_copy(self, commits: int) -> None:
        """Nobody runs meanwhile, and view databases are as they were."""
        if self.length:
            self.log.lose(min(commits, self.length))
        self.known = [self.started(each) for each in self.runs]

    @rule(part=SPOILT, value=st.none() | st.integers() | st.text(max_size=4))
    def a_checkpoint_is_spoilt(self, part: str, value: object) -> None:
        if STREAM in self.store.documents:
            self.store.documents[STREAM][part] = value


TestProcesses = Processes.TestCase
TestProcesses.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


# -- every aggregate of every service --------------------------------------------------------------


def histories(aggregate: Aggregate[Any]) -> st.SearchStrategy[list[Any]]:
    """Return a strategy for events of the aggregate's streams, in any order."""
    shapes = [each.shape for each in REGISTER.values() if each.category == aggregate.category]
    assert ReactionRefused not in shapes
    return st.lists(st.sampled_from(shapes).flatmap(any_dataclass), max_size=12)


def states_of(aggregate: Aggregate[Any], events: list[Any]) -> Iterator[Any]:
    """Yield the states that a history goes through. What moves an arming moves one there is."""
    state = aggregate.initial
    for each in events:
        event = each
        armings = len(getattr(state, "armings", ()))
        if hasattr(event, "arming") and type(event).__name__ != "DeadlineArmed":
            if not armings:
                continue
            event = replace(event, arming=event.arming % armings + 1)
        state = aggregate.evolve(state, event, DAY_ONE)
        yield state


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda each: each.category)
@given(data=st.data())
def test_every_state_is_read_back_as_it_was_written(
    aggregate: Aggregate[Any], data: st.DataObject
) -> None:
    kind = type(aggregate.initial)
    for state in (
        aggregate.initial,
        *states_of(aggregate, data.draw(histories(aggregate))),
        data.draw(any_dataclass(kind)),
    ):
        assert structured(kind, plain(state)) == state
        assert structured(kind, parsed(canonical(plain(state)))) == state
