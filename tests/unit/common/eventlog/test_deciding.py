"""One use case: done, nothing, refused, repeated, overtaken."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from services.common.contracts.commit import Actor, Cause, Happened
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.reactions import ReactionRefused
from services.common.eventlog.deciding import (
    ATTEMPTS,
    Errand,
    KeyUsedForAnotherRequest,
    VersionMoved,
    carry_out,
)
from services.common.eventlog.loading import load
from services.common.eventlog.ports import ClockBehind, StreamConflict
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, draft
from tests.unit.common.eventlog.toy import (
    NOTES,
    STREAM,
    Full,
    Note,
    Notes,
    Overtaken,
    append,
    held,
    log_of,
    tip_of,
)

KEYS = count(1)


def errand(*words: str, key: str | None = None, **more: object) -> Errand:
    """Return an errand under a key of its own."""
    found = Errand(
        stream=STREAM,
        command=Note(tuple(f"n/{word}" for word in words)),
        command_id=key or f"key-{next(KEYS)}",
        actor=Actor("village_officer", person="p-1"),
        correlation="c-1",
        at=DAY_ONE,
        fingerprint="mac-of-" + "+".join(words),
    )
    return replace(found, **more)  # type: ignore[arg-type]


@pytest.fixture
def log() -> MemoryLog:
    return log_of()


def test_what_is_decided_is_appended_once_as_one_commit(log: MemoryLog) -> None:
    outcome = carry_out(log, NOTES, errand("a", "b", key="k", chart={"registry-units": 2}))
    [commit] = log.read(STREAM)
    assert (outcome.state, outcome.version, outcome.repeated) == (Notes(("n/a", "n/b")), 1, False)
    assert outcome.commit is not None
    assert outcome.commit.body == commit.body
    assert (commit.draft.command_id, commit.draft.chart) == ("k", {"registry-units": 2})
    assert commit.draft.actor == Actor("village_officer", person="p-1")
    assert held(log) == ["n/a", "n/b"]


def test_what_was_said_to_have_happened_earlier_is_recorded_now(log: MemoryLog) -> None:
    said = DAY_ONE - timedelta(hours=3)
    carry_out(log, NOTES, errand("a", occurred_at=said))
    [commit] = log.read(STREAM)
    assert (commit.facts[0].occurred_at, commit.draft.recorded_at) == (said, DAY_ONE)


def test_a_command_that_changes_nothing_leaves_no_commit(log: MemoryLog) -> None:
    carry_out(log, NOTES, errand("a"))
    outcome = carry_out(log, NOTES, errand("a"))
    assert (outcome.state, outcome.version, outcome.commit) == (Notes(("n/a",)), 1, None)
    assert tip_of(log).version == 1


def test_a_refusal_leaves_nothing(log: MemoryLog) -> None:
    with pytest.raises(Full):
        carry_out(log, NOTES, errand("a", "b", "c", "d"))
    assert list(log.read(STREAM)) == []


def test_a_repeated_key_gets_the_stored_answer_and_adds_nothing(log: MemoryLog) -> None:
    first = carry_out(log, NOTES, errand("a", key="k"))
    carry_out(log, NOTES, errand("b"))
    again = carry_out(log, NOTES, errand("a", key="k"))
    assert again.repeated
    assert first.commit is not None
    assert again.commit is not None
    assert again.commit.body == first.commit.body
    assert held(log) == ["n/a", "n/b"]


def test_a_key_used_for_another_request_is_refused_with_422(log: MemoryLog) -> None:
    carry_out(log, NOTES, errand("a", key="k"))
    with pytest.raises(KeyUsedForAnotherRequest) as caught:
        carry_out(log, NOTES, errand("b", key="k"))
    assert caught.value.status == 422
    assert held(log) == ["n/a"]


def test_if_match_names_the_version_that_the_asker_has_read(log: MemoryLog) -> None:
    carry_out(log, NOTES, errand("a", if_match=0))
    carry_out(log, NOTES, errand("b", if_match=1))
    with pytest.raises(VersionMoved) as caught:
        carry_out(log, NOTES, errand("c", if_match=1))
    assert caught.value.status == 412
    assert caught.value.facts == {"version": 2, "if_match": 1}
    assert held(log) == ["n/a", "n/b"]


def test_a_key_is_looked_up_before_if_match(log: MemoryLog) -> None:
    """The repeated request names the version it read the first time: its answer is the same."""
    carry_out(log, NOTES, errand("a", key="k", if_match=0))
    assert carry_out(log, NOTES, errand("a", key="k", if_match=0)).repeated


def test_another_key_for_another_request_does_not_hide_behind_if_match(log: MemoryLog) -> None:
    carry_out(log, NOTES, errand("a", key="k", if_match=0))
    with pytest.raises(KeyUsedForAnotherRequest):
        carry_out(log, NOTES, errand("b", key="k", if_match=0))


@pytest.mark.parametrize("times", [1, ATTEMPTS - 1])
def test_who_was_overtaken_decides_again_on_what_is_there_now(log: MemoryLog, times: int) -> None:
    words = iter("xyz")
    slow = Overtaken(
        log, times, lambda: carry_out(log, NOTES, errand(next(words), key=f"{times}-{held(log)}"))
    )
    outcome = carry_out(slow, NOTES, errand("x", "a"))
    assert held(log).count("n/x") == 1, "decided on what was there before"
    assert held(log)[-1] == "n/a"
    assert outcome.version == times + 1


def test_who_was_overtaken_may_be_refused_by_what_is_there_now(log: MemoryLog) -> None:
    slow = Overtaken(log, 1, lambda: carry_out(log, NOTES, errand("x", "y", "z")))
    with pytest.raises(Full):
        carry_out(slow, NOTES, errand("a"))
    assert held(log) == ["n/x", "n/y", "n/z"]


def test_three_conflicts_are_enough(log: MemoryLog) -> None:
    numbers = count()
    slow = Overtaken(log, ATTEMPTS, lambda: append(log, STREAM, command_id=f"o-{next(numbers)}"))
    with pytest.raises(StreamConflict, match="attempts=3"):
        carry_out(slow, NOTES, errand("a"))
    assert tip_of(log).version == ATTEMPTS


def test_overtaken_by_its_own_repetition_an_errand_answers_from_that_commit(
    log: MemoryLog,
) -> None:
    """Two requests with one key at once: on any duplicate key the command id is looked up first."""
    slow = Overtaken(log, 1, lambda: carry_out(log, NOTES, errand("a", key="k")))
    outcome = carry_out(slow, NOTES, errand("a", key="k"))
    assert outcome.repeated
    assert held(log) == ["n/a"]


def test_loading_keeps_the_highest_cause_of_each_source(log: MemoryLog) -> None:
    for cause in (Cause("request-r", 2), Cause("request-r", 1), Cause("whistle-h", 7), None):
        append(log, STREAM, cause=cause)
    loaded = load(log, NOTES, STREAM)
    assert loaded.causes == {"request-r": 2, "whistle-h": 7}
    assert loaded.tip == tip_of(log)
    assert len(loaded.commands) == 4


def test_what_no_rule_knows_changes_no_state_and_still_counts(log: MemoryLog) -> None:
    wanted = draft(STREAM, ReactionRefused("Note", "full"))
    log.append(wanted, tip_of(log))
    unknown = replace(draft(STREAM), events=(Happened(UnknownEvent("New", 1, {}), DAY_ONE),))
    log.append(unknown, tip_of(log))
    loaded = load(log, NOTES, STREAM)
    assert (loaded.state, loaded.tip.version) == (Notes(), 2)


def test_a_stream_that_does_not_exist_is_the_initial_state(log: MemoryLog) -> None:
    assert load(log, NOTES, "workOrder-nobody").state == Notes()


def test_a_command_whose_clock_is_a_little_behind_is_decided_and_recorded_at_the_streams_time(
    log: MemoryLog,
) -> None:
    carry_out(log, NOTES, errand("a"))
    outcome = carry_out(log, NOTES, errand("b", at=DAY_ONE - timedelta(milliseconds=4)))
    assert outcome.commit is not None
    assert outcome.commit.draft.recorded_at == DAY_ONE
    assert outcome.commit.facts[0].occurred_at == DAY_ONE


def test_a_command_whose_clock_was_set_back_is_refused_and_leaves_nothing(log: MemoryLog) -> None:
    carry_out(log, NOTES, errand("a"))
    elsewhere = replace(errand("b"), stream="workOrder-b", at=DAY_ONE - timedelta(hours=6))
    with pytest.raises(ClockBehind):
        carry_out(log, NOTES, elsewhere)
    assert list(log.read("workOrder-b")) == []
