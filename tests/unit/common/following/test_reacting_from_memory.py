"""Reactions on targets that are remembered: what is known was written, and may be behind."""

import pytest

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import StoreAway, StreamConflict
from services.common.following.reacting import ReactionErrand, Reactor
from services.testing.memory_log import MemoryLog
from tests.support.examples import noted
from tests.support.following import tell
from tests.unit.common.eventlog.toy import (
    STREAM,
    Counted,
    Overtaken,
    append,
    held,
    log_of,
    tip_of,
)
from tests.unit.common.following.test_reacting import happened, reactor


@pytest.fixture
def log() -> Counted:
    return Counted()


@pytest.fixture
def source() -> MemoryLog:
    return log_of("intake")


def known_version(react: Reactor, stream: str = STREAM) -> int:
    found = react.known.of(stream)
    return found.tip.version if found is not None else 0


def test_a_target_that_was_written_is_not_read_again(log: Counted, source: MemoryLog) -> None:
    append(log, STREAM, noted("x"))
    react = reactor(log, log_of())
    tell(react, happened(source, noted("a/1")))
    assert (log.commits_read > 0, known_version(react)) == (True, 2)
    log.commits_read = 0
    tell(react, happened(source, noted("a/2")))
    assert (log.commits_read, known_version(react)) == (0, 3)
    assert held(log) == ["x", "a/1", "a/2"]


def test_what_is_planned_and_not_written_is_not_known(log: Counted, source: MemoryLog) -> None:
    react = reactor(log, log_of())
    batch = react.batch()
    commit = happened(source, noted("a/1"))
    batch.expect(commit)
    batch.handle(commit)
    assert react.known.of(STREAM) is None
    batch.flush()
    assert known_version(react) == 1


def test_what_nobody_knows_to_be_written_is_not_known(
    log: Counted, source: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store fell between writing and answering."""
    append_many = log.append_many
    react = reactor(log, log_of())
    commit = happened(source, noted("ab/1"))

    def struck(commits: list[Commit]) -> list[bool]:
        append_many(commits)
        raise StoreAway

    monkeypatch.setattr(log, "append_many", struck)
    with pytest.raises(StoreAway):
        tell(react, commit)
    assert (known_version(react), known_version(react, "workOrder-b")) == (0, 0)
    monkeypatch.undo()
    tell(react, commit)
    assert (held(log), held(log, "workOrder-b")) == (["ab/1"], ["ab/1"])


def test_what_was_planned_on_another_that_lost_its_place_is_not_known(
    log: Counted, source: MemoryLog
) -> None:
    """Of three commits of one stream the second meets another's: known is what is stored."""
    commits = [happened(source, noted(f"a/{number}")) for number in (1, 2, 3)]
    slow = Second(log, lambda: append(log, STREAM, noted("x")))
    react = reactor(slow, log_of())
    tell(react, *commits)
    assert held(log) == ["a/1", "x", "a/2"]
    known = react.known.of(STREAM)
    assert known is not None
    assert (known.tip, known.state.held) == (tip_of(log), ("a/1", "x", "a/2"))


class Second(Overtaken):
    """A log where somebody else appends before the second group."""

    groups = 0

    def __init__(self, log: MemoryLog, overtake: object) -> None:
        super().__init__(log, 1, overtake)  # type: ignore[arg-type]

    def _let_others_first(self) -> None:
        self.groups += 1
        if self.groups > 1:
            super()._let_others_first()


def test_one_whose_memory_is_behind_reads_what_is_stored_and_decides_on_that(
    log: Counted, source: MemoryLog
) -> None:
    react = reactor(log, log_of())
    tell(react, happened(source, noted("a/1")))
    append(log, STREAM, noted("a/2"))
    tell(react, happened(source, noted("a/2"), noted("a/3")))
    assert held(log) == ["a/1", "a/2", "a/3"]
    assert known_version(react) == 3


def test_what_a_replica_has_done_meanwhile_is_found_by_its_cause(
    log: Counted, source: MemoryLog
) -> None:
    slow, fast = reactor(log, log_of()), reactor(log, log_of())
    commits = [happened(source, noted(f"a/{number}")) for number in (1, 2)]
    tell(slow, commits[0])
    tell(fast, *commits)
    tell(slow, commits[1])
    assert (held(log), tip_of(log).version, known_version(slow)) == (["a/1", "a/2"], 2, 2)


def test_without_reading_what_is_stored_nobody_gets_any_further(
    log: Counted, source: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counter-example: who believes his memory again meets the same place again."""
    react = reactor(log, log_of())
    tell(react, happened(source, noted("a/1")))
    append(log, STREAM, noted("x"))

    def remembered(self: Reactor, errand: ReactionErrand) -> object:
        return self.known.of(errand.target)

    monkeypatch.setattr(Reactor, "target_of", remembered)
    with pytest.raises(StreamConflict):
        tell(react, happened(source, noted("a/2")))


def test_a_batch_is_used_again_and_forgets_what_it_has_written(
    log: Counted, source: MemoryLog
) -> None:
    batch = reactor(log, log_of()).batch()
    for number in (1, 2):
        commit = happened(source, noted(f"a/{number}"))
        batch.expect(commit)
        batch.handle(commit)
        batch.flush()
    batch.flush()
    assert (held(log), tip_of(log).version) == (["a/1", "a/2"], 2)
