"""What goes wrong with a checkpoint is logged, and costs a fold and nothing else."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from services.common.contracts.commit import Commit
from services.common.errors import Corrupt
from services.common.eventlog import checkpoints as module
from services.common.eventlog.checkpoints import document_of
from services.common.eventlog.deciding import carry_out
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.known import APART, Known
from services.common.eventlog.loading import load, load_many
from services.common.eventlog.ports import StoreAway
from services.testing.memory_checkpoints import MemoryCheckpoints
from tests.unit.common.eventlog.test_checkpoints import ENDLESS, long, process
from tests.unit.common.eventlog.test_deciding import errand
from tests.unit.common.eventlog.toy import NOTES, STREAM, Counted


@pytest.fixture
def log() -> Counted:
    return Counted()


@pytest.fixture
def store() -> MemoryCheckpoints:
    return MemoryCheckpoints()


@dataclass
class Away(MemoryCheckpoints):
    """A store that is away when it is asked to do something."""

    at: str
    asked: list[str] = field(default_factory=list)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, streams: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        self._ask("find")
        return super().find(streams)

    def save(self, stream: str, document: Mapping[str, Any]) -> None:
        self._ask("save")
        super().save(stream, document)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what == self.at:
            raise StoreAway(why="no primary")


def test_a_command_is_done_though_its_checkpoint_could_not_be_written(
    log: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    log.grow(APART - 1)
    store = Away("save")
    known = process(store)
    assert _noted(log, "last", known).version == APART
    assert f"no checkpoint: {STREAM}@{APART}" in caplog.text
    assert _noted(log, "next", known).version == APART + 1
    assert store.asked.count("save") == 1, "not at every commit"


def _noted(log: Counted, word: str, known: Known) -> Commit:
    found = carry_out(log, ENDLESS, errand(word), known).commit
    assert found is not None
    return found


def test_a_store_that_cannot_be_read_costs_a_fold_and_nothing_else(
    log: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    log.grow(APART)
    store = Away("find")
    assert load(log, NOTES, STREAM, process(store)) == load(log, NOTES, STREAM)
    assert "checkpoints can't be read" in caplog.text
    assert load_many(log, {STREAM: NOTES}, process(store)) == {STREAM: load(log, NOTES, STREAM)}


@dataclass(frozen=True, slots=True)
class Odd:
    """A state that our texts can't say."""

    held: frozenset[str] = frozenset()


def _oddly(state: Odd, event: Any, _: datetime) -> Odd:
    return Odd(state.held | {event.note_ref})


ODD: Aggregate[Odd] = Aggregate("workOrder", Odd(), lambda *_: [], _oddly)


def test_a_state_that_cannot_be_written_has_none(
    log: Counted, store: MemoryCheckpoints, caplog: pytest.LogCaptureFixture
) -> None:
    log.grow(APART)
    known = Known(100, store, [ODD])
    assert len(load(log, ODD, STREAM, known).state.held) == APART
    assert store.documents == {}
    assert "no checkpoint" in caplog.text


@dataclass(frozen=True, slots=True)
class Lossy:
    """A state that is read back as another one: what isn't said becomes 1."""

    count: int | None = 1


def _lossily(state: Lossy, event: Any, _: datetime) -> Lossy:  # noqa: ARG001  same shape
    return Lossy(None)


def test_a_state_that_is_read_back_otherwise_has_none(
    log: Counted, store: MemoryCheckpoints, caplog: pytest.LogCaptureFixture
) -> None:
    rules: Aggregate[Lossy] = Aggregate("workOrder", Lossy(), lambda *_: [], _lossily)
    log.grow(APART)
    load(log, rules, STREAM, Known(100, store, [rules]))
    assert store.documents == {}
    assert "it isn't what is read back" in caplog.text


def test_a_state_too_large_for_a_document_has_none(
    log: Counted, store: MemoryCheckpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.grow(APART)
    monkeypatch.setattr(module, "MOST_BYTES", 1_000)
    with pytest.raises(Corrupt, match="characters"):
        document_of(load(log, NOTES, STREAM), NOTES, "e")
    load(log, NOTES, STREAM, process(store))
    assert store.documents == {}


def test_nothing_is_logged_when_all_is_well(
    log: Counted, store: MemoryCheckpoints, caplog: pytest.LogCaptureFixture
) -> None:
    long(log, store)
    with caplog.at_level(logging.DEBUG):
        load(log, NOTES, STREAM, process(store))
    assert caplog.records == []
