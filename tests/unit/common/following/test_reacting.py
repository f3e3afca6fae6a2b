"""Reactions: one commit per source commit and target, each at most once, none of them silent."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.common.chart import Chart
from services.common.clock import Clock
from services.common.contracts.commit import Actor, Cause, Commit, Fact
from services.common.contracts.events.dispatch import ProgressNoted, WorkOrderAcknowledged
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import REGISTRY_KINDS, id_of, reaction_id, registry_stream
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.known import Known
from services.common.eventlog.ports import EventLog, StreamConflict
from services.common.following.reacting import NOTHING_TO_DO, Ask, Reactor
from services.testing.memory_log import MemoryLog
from tests.support.examples import acknowledged, draft, noted
from tests.support.following import tell
from tests.unit.common.chart.small import MOMENT
from tests.unit.common.eventlog.toy import (
    NOTES,
    STREAM,
    Note,
    Overtaken,
    adopted,
    append,
    clock,
    held,
    log_of,
    tip_of,
)

SOURCE = "request-r"


def when_noted(fact: Fact, _: Chart) -> Iterable[Ask]:
    """Ask every stream that the note names (`ab/1`: two) to note it too."""
    for target in fact.event.note_ref.split("/")[0]:
        yield Ask(f"workOrder-{target}", Note((fact.event.note_ref,)), id_of(fact.stream))


def when_acknowledged(fact: Fact, _: Chart) -> Iterable[Ask]:
    """Ask for nothing: this reaction sees from the event alone that there is nothing to do."""
    assert isinstance(fact.event, WorkOrderAcknowledged)
    return ()


@pytest.fixture
def log() -> MemoryLog:
    return log_of()


@pytest.fixture
def source() -> MemoryLog:
    return log_of("intake")


def reactor(
    log: EventLog,
    chart_log: MemoryLog,
    rules: Aggregate[Any] = NOTES,
    known: Known | None = None,
    now: Clock | None = None,
) -> Reactor:
    return Reactor(
        "dispatch",
        follows=frozenset({"request"}),
        reactions={ProgressNoted: (when_noted,), WorkOrderAcknowledged: (when_acknowledged,)},
        aggregates=[rules],
        log=log,
        chart=adopted(chart_log),
        clock=now or clock(MOMENT),
        known=known,
    )


def happened(source: MemoryLog, *events: Any) -> Commit:
    """Append to the source stream."""
    return source.append(draft(SOURCE, *events, recorded_at=MOMENT), tip_of(source, SOURCE))


def test_a_reaction_is_one_commit_per_target_with_its_cause(
    log: MemoryLog, source: MemoryLog
) -> None:
    commit = happened(source, noted("a/1"), noted("ab/2"))
    tell(reactor(log, log), commit)
    [on_a], [on_b] = log.read("workOrder-a"), log.read("workOrder-b")
    assert [each.event for each in on_a.draft.events] == [noted("a/1"), noted("ab/2")]
    assert [each.event for each in on_b.draft.events] == [noted("ab/2")]
    for each in (on_a, on_b):
        assert each.cause == Cause(SOURCE, 1)
        assert each.draft.command_id == reaction_id(SOURCE, 1, each.stream)
        assert each.draft.correlation == commit.draft.correlation
        assert each.draft.recorded_at == MOMENT
        assert each.draft.actor == Actor("policy", policy="dispatch.when_noted")
        assert each.draft.chart == {registry_stream(kind): 1 for kind in REGISTRY_KINDS}


def test_a_reaction_repeated_does_nothing(log: MemoryLog, source: MemoryLog) -> None:
    react = reactor(log, log)
    commit = happened(source, noted("a/1"))
    tell(react, commit)
    tell(react, commit)
    assert tip_of(log).version == 1


def test_an_older_commit_than_the_cursor_does_nothing(log: MemoryLog, source: MemoryLog) -> None:
    """Command ids alone would let version 1 in after version 2: its id was never used."""
    first, second = happened(source, noted("a/1")), happened(source, noted("a/2"))
    react = reactor(log, log)
    tell(react, second)
    tell(react, first)
    assert held(log) == ["a/2"]


def test_cursors_of_different_sources_are_apart(log: MemoryLog, source: MemoryLog) -> None:
    happened(source, noted("a/1"))
    second = happened(source, noted("a/2"))
    other = source.append(draft("request-q", noted("a/3"), recorded_at=MOMENT), tip_of(log, "x"))
    react = reactor(log, log)
    tell(react, second)
    tell(react, other)
    assert held(log) == ["a/2", "a/3"]


def test_what_comes_to_nothing_leaves_its_trace(log: MemoryLog, source: MemoryLog) -> None:
    react = reactor(log, log)
    append(log, STREAM, noted("a/1"))
    tell(react, happened(source, noted("a/1")))
    commit = list(log.read(STREAM))[-1]
    assert commit.cause == Cause(SOURCE, 1)
    assert [each.event for each in commit.draft.events] == [
        ReactionRefused("Note", NOTHING_TO_DO, id_of(SOURCE))
    ]


def test_a_refusal_becomes_an_event_with_its_slug_and_the_askers_subject(
    log: MemoryLog, source: MemoryLog
) -> None:
    react = reactor(log, log)
    append(log, STREAM, noted("x"), noted("y"), noted("z"))
    tell(react, happened(source, noted("a/1")))
    commit = list(log.read(STREAM))[-1]
    assert [each.event for each in commit.draft.events] == [
        ReactionRefused("Note", "full", id_of(SOURCE))
    ]


def test_an_old_no_op_is_never_decided_again_on_newer_state(
    log: MemoryLog, source: MemoryLog
) -> None:
    """Refused while the stream was full; had it left no trace, a replay would do it now."""
    react = reactor(log, log)
    append(log, STREAM, noted("x"), noted("y"), noted("z"))
    commit = happened(source, noted("a/1"))
    tell(react, commit)
    emptied = Reactor(
        "dispatch",
        follows=frozenset({"request"}),
        reactions={ProgressNoted: (when_noted,)},
        aggregates=[_forgetful()],
        log=log,
        chart=adopted(log_of()),
        clock=clock(MOMENT),
    )
    tell(emptied, commit)
    assert held(log) == ["x", "y", "z"]
    assert tip_of(log).version == 2


def _forgetful() -> Any:
    """Rules for which the stream is empty again: whatever is asked would be done."""
    return replace(NOTES, evolve=lambda state, _event, _at: state)


def test_commands_of_one_commit_are_decided_in_order_each_on_what_the_last_did(
    log: MemoryLog, source: MemoryLog
) -> None:
    append(log, STREAM, noted("x"))
    commit = happened(source, noted("a/1"), noted("a/1"), noted("a/2"), noted("a/3"))
    tell(reactor(log, log), commit)
    last = list(log.read(STREAM))[-1]
    assert [each.event for each in last.draft.events] == [
        noted("a/1"),
        noted("a/2"),
        ReactionRefused("Note", "full", id_of(SOURCE)),
    ]


def test_a_reaction_that_asks_for_nothing_and_an_event_without_one_leave_nothing(
    log: MemoryLog, source: MemoryLog
) -> None:
    react = reactor(log, log)
    tell(react, happened(source, acknowledged(), ReactionRefused("Note", "full")))
    assert list(log.read(STREAM)) == []


def test_overtaken_by_a_replica_that_did_the_same_a_reaction_is_done(
    log: MemoryLog, source: MemoryLog
) -> None:
    commit = happened(source, noted("a/1"))
    replica = reactor(log, log_of())
    slow = Overtaken(log, 1, lambda: tell(replica, commit))
    tell(reactor(slow, log_of()), commit)
    assert held(log) == ["a/1"]
    assert tip_of(log).version == 1


def test_overtaken_by_others_a_reaction_decides_again_and_gives_up_after_three_more(
    log: MemoryLog, source: MemoryLog
) -> None:
    commit = happened(source, noted("a/1"))
    slow = Overtaken(log, 4, lambda: append(log, STREAM, noted(f"o{tip_of(log).version}")))
    with pytest.raises(StreamConflict):
        tell(reactor(slow, log_of()), commit)
    assert held(log) == ["o0", "o1", "o2", "o3"]


def test_of_several_commits_each_is_decided_on_what_the_one_before_will_have_done(
    log: MemoryLog, source: MemoryLog
) -> None:
    first, second = happened(source, noted("a/1"), noted("b/2")), happened(source, noted("a/1"))
    tell(reactor(log, log), first, second)
    done, nothing = log.read(STREAM)
    assert [each.event for each in done.draft.events] == [noted("a/1")]
    assert [each.event for each in nothing.draft.events] == [
        ReactionRefused("Note", NOTHING_TO_DO, id_of(SOURCE))
    ]
    assert (nothing.cause, held(log, "workOrder-b")) == (Cause(SOURCE, 2), ["b/2"])


def test_overtaken_in_one_stream_all_that_was_planned_there_is_decided_again_and_no_other(
    log: MemoryLog, source: MemoryLog
) -> None:
    commits = [happened(source, noted("ab/1")), happened(source, noted("a/2"))]
    slow = Overtaken(log, 1, lambda: append(log, STREAM, noted("x"), noted("y")))
    tell(reactor(slow, log_of()), *commits)
    assert (held(log), held(log, "workOrder-b")) == (["x", "y", "ab/1"], ["ab/1"])
    last = list(log.read(STREAM))[-1]
    assert [each.event for each in last.draft.events] == [
        ReactionRefused("Note", "full", id_of(SOURCE))
    ]


def test_a_reaction_says_where_its_cause_stands(log: MemoryLog, source: MemoryLog) -> None:
    happened(source, noted("a/1"))
    source.stamp(1)
    [commit] = source.read(SOURCE)
    tell(reactor(log, log), commit)
    [reaction] = log.read(STREAM)
    assert reaction.cause is not None
    assert reaction.cause.position == 1


def test_a_reaction_uses_the_chart_of_the_moment_its_source_was_recorded(
    log: MemoryLog, source: MemoryLog
) -> None:
    seen: list[Chart] = []

    def when_seen(_: Fact, chart: Chart) -> Iterable[Ask]:
        seen.append(chart)
        return ()

    chart = adopted(log)
    late = clock(MOMENT + timedelta(days=30))
    react = Reactor(
        "dispatch",
        follows=frozenset({"request"}),
        reactions={ProgressNoted: (when_seen,)},
        aggregates=[NOTES],
        log=log,
        chart=chart,
        clock=late,
    )
    tell(react, happened(source, noted("a/1")))
    assert seen == [chart.at(MOMENT)]
