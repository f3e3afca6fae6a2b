"""Long streams are folded from a checkpoint, which is never believed wrongly nor in the way."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.common.eventlog.deciding import carry_out
from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.known import APART, Known
from services.common.eventlog.loading import load, load_many
from services.testing.memory_checkpoints import MemoryCheckpoints
from tests.support.examples import DAY_ONE, noted
from tests.unit.common.eventlog.test_deciding import errand
from tests.unit.common.eventlog.toy import NOTES, STREAM, Counted, Notes, append, evolve

OTHER = "workOrder-b"
SHORT = "workOrder-c"
#: Notes without an end to them.
ENDLESS = replace(NOTES, decide=lambda _state, command, _at: [noted(command.words[0])])


@pytest.fixture
def log() -> Counted:
    return Counted()


@pytest.fixture
def store() -> MemoryCheckpoints:
    return MemoryCheckpoints()


def process(store: MemoryCheckpoints, rules: Aggregate[Any] = NOTES, most: int = 100) -> Known:
    """Return what a process knows that has just started."""
    return Known(most, store, [rules])


def version_of(store: MemoryCheckpoints, stream: str = STREAM) -> int:
    return int(store.documents[stream]["version"])


def long(log: Counted, store: MemoryCheckpoints, commits: int = APART) -> None:
    """Let `log` have a stream with a checkpoint at its end."""
    log.grow(commits)
    load(log, NOTES, STREAM, process(store))
    assert version_of(store) == commits


# -- what is read ----------------------------------------------------------------------------------


def test_after_a_restart_of_10_000_commits_the_newer_ones_are_read_and_one_more(
    log: Counted, store: MemoryCheckpoints
) -> None:
    log.grow(10_000)
    assert log.read_by(lambda: load(log, NOTES, STREAM, process(store))) == 10_000
    assert log.read_by(lambda: load(log, NOTES, STREAM, process(store))) == 1
    log.grow(42)
    assert log.read_by(lambda: load(log, NOTES, STREAM, process(store))) == 43
    assert load(log, NOTES, STREAM, process(store)) == load(log, NOTES, STREAM)


def test_a_stream_that_others_drove_out_of_memory_is_not_read_anew(
    log: Counted, store: MemoryCheckpoints
) -> None:
    known = process(store, most=1)
    log.grow(APART)
    load(log, NOTES, STREAM, known)
    append(log, OTHER, noted(), recorded_at=DAY_ONE)
    load(log, NOTES, OTHER, known)
    assert known.of(STREAM) is None
    assert log.read_by(lambda: load(log, NOTES, STREAM, known)) == 1


def test_a_stream_that_grows_by_commands_gets_checkpoints_without_being_read(
    log: Counted, store: MemoryCheckpoints
) -> None:
    known = process(store)
    log.grow(APART - 2)

    def noting() -> None:
        for number in range(APART + 5):
            carry_out(log, ENDLESS, errand(str(number)), known)

    assert log.read_by(noting) == APART - 2, "once; then it is known"
    assert version_of(store) == 2 * APART
    assert log.read_by(lambda: load(log, NOTES, STREAM, process(store))) == 4


def test_streams_that_are_read_together_start_each_from_its_checkpoint(
    log: Counted, store: MemoryCheckpoints
) -> None:
    long(log, store)
    log.grow(3)
    log.grow(APART, OTHER)
    append(log, SHORT, noted(), recorded_at=DAY_ONE)
    wanted = dict.fromkeys([STREAM, OTHER, SHORT], NOTES)
    first = process(store)
    assert log.read_by(lambda: load_many(log, wanted, first)) == 4 + APART + 1
    assert version_of(store, OTHER) == APART
    assert log.read_by(lambda: load_many(log, wanted, process(store))) == 4 + 1 + 1
    assert load_many(log, wanted, process(store)) == load_many(log, wanted)
    assert first.of(SHORT) == load(log, NOTES, SHORT)


def test_a_short_stream_has_none(log: Counted, store: MemoryCheckpoints) -> None:
    log.grow(APART - 1)
    load(log, NOTES, STREAM, process(store))
    assert store.documents == {}


def test_a_checkpoint_is_written_once_though_several_folds_are_kept(
    log: Counted,
) -> None:
    """As when a batch has planned several commits on one stream before it appends the first."""
    log.grow(APART + 2)
    commits = list(log.read(STREAM))
    planned = [Loaded(STREAM, Notes()).after(NOTES, *commits[:APART])]
    planned += [planned[0].after(NOTES, *commits[APART : APART + more]) for more in (1, 2)]
    counting = Counting()
    known = process(counting)
    for each in planned:
        known.keep(STREAM, each)
    assert counting.saved == 1
    assert known.of(STREAM) == planned[-1]


class Counting(MemoryCheckpoints):
    """Counts what is saved."""

    saved = 0

    def save(self, stream: str, document: Mapping[str, Any]) -> None:
        self.saved += 1
        super().save(stream, document)


# -- what is not believed --------------------------------------------------------------------------


def test_a_log_that_lost_its_end_and_got_another_is_folded_from_nothing(
    log: Counted, store: MemoryCheckpoints
) -> None:
    long(log, store)
    log.lose(1)
    append(log, STREAM, noted("n/another"), recorded_at=DAY_ONE)
    found = load(log, NOTES, STREAM, process(store))
    assert found == load(log, NOTES, STREAM)
    assert found.state.held[-1] == "n/another"
    assert store.documents[STREAM]["hash"] == found.tip.hash, "and has a checkpoint of its own"


def test_a_checkpoint_ahead_of_its_log_is_passed_over(
    log: Counted, store: MemoryCheckpoints, caplog: pytest.LogCaptureFixture
) -> None:
    long(log, store)
    log.lose(10)
    assert load(log, NOTES, STREAM, process(store)) == load(log, NOTES, STREAM)
    assert f"the log has another {STREAM}@{APART}" in caplog.text


def otherwise(state: Notes, event: Any, at: datetime) -> Notes:
    """Return what another release would: notes newest first."""
    return replace(evolve(state, event, at), held=(event.note_ref, *state.held))


def test_what_other_rules_have_folded_is_not_read(log: Counted, store: MemoryCheckpoints) -> None:
    long(log, store)
    newer = replace(NOTES, evolve=otherwise)
    assert log.read_by(lambda: load(log, newer, STREAM, process(store, newer))) == APART
    found = load(log, newer, STREAM, process(store, newer))
    assert found.state.held[0] == f"n/{APART}"
    assert log.read_by(lambda: load(log, newer, STREAM, process(store, newer))) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(dict.clear, id="empty"),
        pytest.param(lambda row: row.pop("body"), id="torn"),
        pytest.param(lambda row: row.update(body="{"), id="garbage"),
        pytest.param(lambda row: row.update(body=row["body"].replace("n/7", "n/8")), id="edited"),
        pytest.param(lambda row: row.update(version=row["version"] - 1), id="another version"),
        pytest.param(lambda row: row.update(version=str(row["version"])), id="another type"),
        pytest.param(lambda row: row.update(stream=OTHER), id="another stream"),
    ],
)
def test_what_is_not_what_was_written_is_passed_over(
    log: Counted,
    store: MemoryCheckpoints,
    spoil: Callable[[dict[str, Any]], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    long(log, store)
    spoil(store.documents[STREAM])
    assert log.read_by(lambda: load(log, NOTES, STREAM, process(store))) == APART
    assert "a checkpoint is passed over" in caplog.text
    assert log.read_by(lambda: load(log, NOTES, STREAM, process(store))) == 1, "written anew"


def test_one_that_lies_under_another_stream_is_passed_over(
    log: Counted, store: MemoryCheckpoints
) -> None:
    long(log, store)
    store.documents[OTHER] = store.documents[STREAM]
    append(log, OTHER, noted(), recorded_at=DAY_ONE)
    assert load(log, NOTES, OTHER, process(store)) == load(log, NOTES, OTHER)
