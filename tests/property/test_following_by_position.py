"""Following by position: three logs in a cycle, several events a commit, one source with several
targets, two replicas of everything, interleaved call by call, killed anywhere, servers that fall.

Each rule of the design is left out once, and then the same histories come out wrong.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.contracts.commit import Commit
from services.common.contracts.streams import log_of
from services.common.eventlog.ports import Unreadable
from services.common.following.merging import CausesFirst, Entry
from services.common.following.ports import Document
from services.common.following.processor import Processor
from services.common.following.projecting import ProjectionBatch
from services.common.following.reacting import ReactionBatch
from services.common.following.telling import CommitFault
from services.testing.memory_log import MemoryLog
from tests.support.cycle import (
    NEXT,
    START,
)
from tests.support.delicate import Illness
from tests.support.ring import CONSUMERS, assert_right, played
from tests.support.stormy import StormyDocuments


@settings(max_examples=60, deadline=None)
@given(START, st.randoms(use_true_random=False))
def test_everything_happens_once_and_after_its_cause(
    chosen: list[tuple[str, int, int]], choose: Random
) -> None:
    assert_right(played(chosen, choose, None))


@settings(max_examples=40, deadline=None)
@given(
    START,
    st.randoms(use_true_random=False),
    st.frozensets(st.integers(0, 3), min_size=1),
    st.frozensets(st.sampled_from(CONSUMERS), min_size=1),
)
def test_what_could_not_be_handled_comes_out_the_same_once_it_is_mended(
    chosen: list[tuple[str, int, int]], choose: Random, hops: frozenset[int], who: frozenset[str]
) -> None:
    assert_right(played(chosen, choose, Illness(hops, who)))


# -- each rule left out ----------------------------------------------------------------------------


_write, _turn = Processor._write, Processor._turn
_handle = ReactionBatch.handle


def _always_ready(_: CausesFirst, __: Entry) -> bool:
    return True


def _ready_unless_in_hand(merged: CausesFirst, entry: Entry) -> bool:
    cause = entry.cause
    if cause is None:
        return True
    in_hand = merged._in_hand.get(log_of(cause.stream), ())
    return all((each.stream, each.version) != (cause.stream, cause.version) for each in in_hand)


def _with_made_up_places(log: MemoryLog, after: int, limit: int) -> Sequence[Commit | Unreadable]:
    found = [log._readable(each) for each in log.stamps(after, limit)]
    unplaced = [
        replace(log._streams[stream][version - 1], position=place)
        for place, (stream, version) in enumerate(log._unstamped, start=log.head() + 1)
    ]
    return [*found, *(each for each in unplaced if each.position and each.position > after)][:limit]


def _move_cursor(processor: Processor, standing: Any) -> None:
    """Move it to all that was told, written or not."""
    moved = replace(standing.cursor, positions=standing.reading.told, held=dict(standing.held))
    standing.cursor = processor._saved(moved)


def _cursor_first(processor: Processor, standing: Any) -> None:
    _move_cursor(processor, standing)
    _write(processor, standing)


def _cursor_alone(processor: Processor, standing: Any) -> int:
    passed = _turn(processor, standing)
    if standing.told:
        _move_cursor(processor, standing)
    return passed


def _believed_before_written(batch: ReactionBatch, commit: Commit) -> None:
    _handle(batch, commit)
    for target, loaded in batch._targets.items():
        batch._reactor.known.keep(target, loaded)


def _going_on_from_memory(processor: Processor) -> int:
    standing = processor._standing or processor._loaded()
    processor._standing = standing
    try:
        return processor._turn(standing)
    except CommitFault as fault:
        processor._hold(fault)
        return 1


def _all_at_once(batch: ReactionBatch) -> None:
    planned = [each for found in batch._planned.values() for each in found]
    done = batch._log.append_many([each.commit for each in planned])
    for each, appended in zip(planned, done, strict=True):
        if not appended:
            batch._reactor.run(each.errand)


def _taken_for_done(batch: ReactionBatch) -> None:
    for found in batch._planned.values():
        for each in found:
            if not batch._log.append_many([each.commit])[0]:
                break


def _unseen(batch: ProjectionBatch, commit: Commit) -> None:
    subject = batch._model.subject_of(commit)
    assert subject is not None
    document = batch._moved.get(subject) or batch._documents.get(batch._model.name, subject)
    body = dict(document.body)
    for fact in commit.facts:
        body = batch._model.apply(body, fact)
    batch._moved[subject] = Document(document.id, document.revision, body)


def _whatever_revision(
    stormy: StormyDocuments, model: str, documents: Sequence[Document]
) -> Sequence[bool]:
    for each in documents:
        stormy._weather.passes()
        now = stormy._documents.get(model, each.id)
        stormy._documents.put(model, replace(each, revision=now.revision))
    return [True] * len(documents)


def _held_in_memory_only(processor: Processor, fault: Any) -> None:
    """The cursor goes past what was not handled, and nobody has written that down."""
    cursor = processor.cursors.load(processor.consumer.name)
    entry = fault.entry
    if entry.position == cursor.positions.get(entry.log, 0) + 1:
        processor._saved(replace(cursor, positions={**cursor.positions, entry.log: entry.position}))


def _hanging_on_nothing(_: Processor, entry: Entry, held: dict[str, Any]) -> bool:
    own = held.get(entry.stream)
    return own is not None and entry.version >= own.version


RULES: Final = {
    "causes come first": (CausesFirst, "_is_ready", _always_ready),
    "a cause that is not in hand may stand ahead": (
        CausesFirst, "_is_ready", _ready_unless_in_hand,
    ),
    "only what has a place is told": (MemoryLog, "commits", _with_made_up_places),
    "the cursor moves after the writes": (Processor, "_write", _cursor_first),
    "the cursor waits for what is written behind": (Processor, "_turn", _cursor_alone),
    "only what is written is known": (ReactionBatch, "handle", _believed_before_written),
    "a turn that failed starts from what is saved": (Processor, "turn", _going_on_from_memory),
    "one commit a stream in a group": (ReactionBatch, "flush", _all_at_once),
    "who was overtaken decides again": (ReactionBatch, "flush", _taken_for_done),
    "a document knows what it has seen": (ProjectionBatch, "handle", _unseen),
    "a document is written over what was read": (
        StormyDocuments, "put_many", _whatever_revision,
    ),
    "what is held is written down": (Processor, "_hold", _held_in_memory_only),
    "what hangs on a held stream waits": (Processor, "_is_held", _hanging_on_nothing),
}  # fmt: skip
MOST_HISTORIES: Final = 400


def _comes_out_wrong(seed: int) -> bool:
    choose = Random(seed)  # noqa: S311  histories, not secrets
    chosen = [
        (choose.choice(sorted(NEXT)), choose.randint(0, 2), choose.randint(1, 3))
        for _ in range(choose.randint(2, 4))
    ]
    ill = frozenset(choose.sample(CONSUMERS, choose.randint(1, 3)))
    illness = Illness(frozenset({choose.randint(0, 3)}), ill) if seed % 2 else None
    try:
        assert_right(played(chosen, choose, illness))
    except (AssertionError, pytest.fail.Exception, KeyError):
        return True
    return False


@pytest.mark.parametrize("rule", RULES)
def test_left_out_each_rule_is_missed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, method, broken = RULES[rule]
    monkeypatch.setattr(owner, method, broken)
    assert any(_comes_out_wrong(seed) for seed in range(MOST_HISTORIES))


def test_with_every_rule_the_same_histories_come_out_right() -> None:
    assert not [seed for seed in range(40) if _comes_out_wrong(seed)]
