"""Targets of a reaction that are ahead of its clock, or torn."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.contracts.commit import Cause
from services.common.errors import Corrupt
from services.testing.memory_log import MemoryLog
from tests.support.examples import noted
from tests.support.following import tell
from tests.unit.common.chart.small import MOMENT
from tests.unit.common.eventlog.toy import STREAM, Overtaken, append, held, log_of
from tests.unit.common.following.test_reacting import SOURCE, happened, reactor


@pytest.fixture
def log() -> MemoryLog:
    return log_of()


@pytest.fixture
def source() -> MemoryLog:
    return log_of("intake")


@pytest.mark.parametrize("overtaken", [0, 1])
def test_a_reaction_whose_clock_is_behind_its_target_is_recorded_at_the_target_s_time(
    log: MemoryLog, source: MemoryLog, overtaken: int
) -> None:
    """Planned in a group, or decided alone because another was faster."""
    ahead = MOMENT + timedelta(seconds=1)
    append(log, STREAM, noted("x"), recorded_at=ahead)
    slow = Overtaken(log, overtaken, lambda: append(log, STREAM, noted("y"), recorded_at=ahead))
    tell(reactor(slow, log_of()), happened(source, noted("a/1")))
    last = list(log.read(STREAM))[-1]
    assert (last.cause, last.draft.recorded_at) == (Cause(SOURCE, 1), ahead)


def test_a_target_that_is_torn_keeps_nobody_from_deciding_for_the_others(
    log: MemoryLog, source: MemoryLog
) -> None:
    append(log, "workOrder-b")
    log._streams["workOrder-b"] = [replace(log._streams["workOrder-b"][0], body="{")]
    commits = [happened(source, noted("a/1")), happened(source, noted("b/1"))]
    batch = reactor(log, log_of()).batch()
    for each in commits:
        batch.expect(each)
    batch.handle(commits[0])
    with pytest.raises(Corrupt):
        batch.handle(commits[1])
    batch.flush()
    assert held(log) == ["a/1"]
