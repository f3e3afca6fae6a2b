"""Folding a stream: pure rules, and what they make of its commits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from services.common.contracts.commit import Commit, Tip
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.reactions import ReactionRefused
from services.common.eventlog.layered import Layered

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S]):
    """The rules of one kind of stream. `at` is `recorded_at`: aware UTC.

    `decide(state, command, at)` returns events or raises `Refused`; `evolve(state, event, at)`
    returns the next state and accepts whatever `decide` returned.
    """

    category: str
    initial: S
    decide: Callable[[S, Any, datetime], Sequence[Any]]
    evolve: Callable[[S, Any, datetime], S]


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A stream folded: the state, where it ends, and what it has seen."""

    stream: str
    state: S
    tip: Tip = field(default_factory=Tip)
    causes: Mapping[str, int] = field(default_factory=Layered)  #: source stream -> highest version
    commands: Mapping[str, int] = field(default_factory=Layered)  #: command id -> version
    correlation: str = ""  #: of the last commit
    checkpointed: int = field(default=0, compare=False)  #: version of its newest checkpoint, or 0

    def after(self, aggregate: Aggregate[S], *commits: Commit) -> "Loaded[S]":
        """Return the stream with `commits`, its next ones. This one stays as it is."""
        if not commits:
            return self
        state = self.state
        causes: dict[str, int] = {}
        commands: dict[str, int] = {}
        for commit in commits:
            state = folded(aggregate, state, commit)
            commands[commit.draft.command_id] = commit.version
            if (cause := commit.cause) is not None:
                seen = causes.get(cause.stream) or self.causes.get(cause.stream, 0)
                causes[cause.stream] = max(seen, cause.version)
        return Loaded(
            self.stream, state, commits[-1].tip,
            _with(self.causes, causes), _with(self.commands, commands),
            commits[-1].draft.correlation, self.checkpointed,
        )  # fmt: skip


def _with(seen: Mapping[str, int], more: Mapping[str, int]) -> Layered:
    return (seen if isinstance(seen, Layered) else Layered(seen)).with_entries(more)


def folded(aggregate: Aggregate[S], state: S, commit: Commit) -> S:
    """Return `state` after `commit`; events that no rule knows change nothing."""
    for each in commit.draft.events:
        if not isinstance(each.event, ReactionRefused | UnknownEvent):
            state = aggregate.evolve(state, each.event, commit.draft.recorded_at)
    return state
