"""What must have come out of the cycle of toy rules, however it was followed."""

from collections import Counter
from collections.abc import Mapping
from itertools import groupby

from services.common.contracts.commit import Commit
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.contracts.streams import category_of, reaction_id
from services.common.following.cursors import Cursor
from services.common.following.ports import Documents
from tests.support.cycle import NEXT, Counted, Poke, assert_causes_ascend, decide, when_noted
from tests.support.examples import DAY_ONE


def counted_in(documents: Documents) -> dict[str, int]:
    """Return the notes of each category, as the read model has them."""
    return {category: documents.get("counts", category).body.get("notes", 0) for category in NEXT}


def assert_right_cycle(
    commits: list[Commit],
    *,
    counted: Mapping[str, int],
    cursors: Mapping[str, Cursor],
    heads: Mapping[str, int],
) -> None:
    """Check that everything in the cycle was done once, in order, and that nothing is left.

    `commits`: all, stream by stream; `counted`: notes by category, as the read model has them;
    `cursors`: by consumer; `heads`: by log.
    """
    asked = {
        reaction_id(commit.stream, commit.version, ask.target)
        for commit in commits
        for fact in commit.facts
        if isinstance(fact.event, ProgressNoted)
        for ask in when_noted(fact, None)
    }
    done = Counter(commit.draft.command_id for commit in commits if commit.cause is not None)
    assert set(done) == asked, "lost, or done without being asked"
    assert set(done.values()) <= {1}, "done twice"
    assert_causes_ascend(commits)
    _assert_chained(commits)
    _assert_decided_on_what_was_there(commits)
    _assert_counts(counted, commits)
    for consumer, cursor in cursors.items():
        assert not cursor.held, f"{consumer} still holds {sorted(cursor.held)}"
        assert all(heads[log] == position for log, position in cursor.positions.items())


def _assert_chained(commits: list[Commit]) -> None:
    for _, found in groupby(commits, lambda commit: commit.stream):
        before = ""
        for commit in found:
            assert commit.previous_hash == before, "written on top of somebody else's commit"
            before = commit.hash


def _assert_decided_on_what_was_there(commits: list[Commit]) -> None:
    """Each reaction came out as the rules say for the notes that its stream had then."""
    by_id = {(commit.stream, commit.version): commit for commit in commits}
    for stream, found in groupby(commits, lambda commit: commit.stream):
        notes = 0
        for commit in found:
            own = sum(isinstance(fact.event, ProgressNoted) for fact in commit.facts)
            if commit.cause is not None:
                source = by_id[commit.cause.stream, commit.cause.version]
                assert own == _answer(source, stream, notes), f"{stream}@{commit.version}"
            notes += own


def _answer(source: Commit, target: str, notes: int) -> int:
    """Return how many notes come of what `source` asks of `target`, which has `notes`."""
    state, made = Counted(notes), 0
    for fact in source.facts:
        if isinstance(fact.event, ProgressNoted):
            for ask in when_noted(fact, None):
                if ask.target == target:
                    assert isinstance(ask.command, Poke)
                    made += len(found := decide(state, ask.command, DAY_ONE))
                    state = Counted(state.notes + len(found))
    return made


def _assert_counts(counted: Mapping[str, int], commits: list[Commit]) -> None:
    recount = Counter(
        category_of(commit.stream)
        for commit in commits
        for fact in commit.facts
        if isinstance(fact.event, ProgressNoted)
    )
    assert counted == {category: recount[category] for category in NEXT}, "counted wrongly"
