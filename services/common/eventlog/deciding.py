"""One use case, always in this order: load, decide, (nothing? return), append, done.

Pure rules come in as an `Aggregate`; only this module and `reacting` append to a log.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, Final, Generic, TypeVar

from services.common.contracts.commit import Actor, Commit, Draft, Tip, happened
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.reactions import ReactionRefused
from services.common.errors import Refused
from services.common.eventlog.ports import EventLog, LogReader, StreamConflict

S = TypeVar("S")
ATTEMPTS: Final = 3


class KeyUsedForAnotherRequest(Refused):
    """The idempotency key was used with another body. Take a new key for a new request."""

    slug: ClassVar[str] = "idempotency-key-reused"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "这个 Idempotency-Key 已用于另一份内容。"
    en: ClassVar[str] = "This Idempotency-Key was used for another request."


class VersionMoved(Refused):
    """`If-Match` named another version. Read the thing again, then decide again."""

    slug: ClassVar[str] = "version-moved"
    status: ClassVar[int] = 412
    zh: ClassVar[str] = "内容已变动：现在是第 {version} 版，请求写的是第 {if_match} 版。"
    en: ClassVar[str] = "It has moved on: now version {version}, the request named {if_match}."


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
    causes: Mapping[str, int] = field(default_factory=dict)  #: source stream -> highest version
    commands: Mapping[str, Commit] = field(default_factory=dict)

    def after(self, aggregate: Aggregate[S], commit: Commit) -> "Loaded[S]":
        """Return the stream with `commit`, its next one."""
        causes = dict(self.causes)
        if commit.cause is not None:
            seen = causes.get(commit.cause.stream, 0)
            causes[commit.cause.stream] = max(seen, commit.cause.version)
        return Loaded(
            stream=self.stream,
            state=folded(aggregate, self.state, commit),
            tip=commit.tip,
            causes=causes,
            commands={**self.commands, commit.draft.command_id: commit},
        )


@dataclass(frozen=True, slots=True)
class Errand:
    """A command on its way to a stream, with who, when and under which id."""

    stream: str
    command: Any
    command_id: str
    actor: Actor
    correlation: str
    at: datetime
    occurred_at: datetime | None = None
    chart: Mapping[str, int] = field(default_factory=dict)
    if_match: int | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """What came of an errand: the state now, its version, and the commit unless nothing changed."""

    state: S
    version: int
    commit: Commit | None = None
    repeated: bool = False


def load(log: LogReader, aggregate: Aggregate[S], stream: str) -> Loaded[S]:
    """Fold the whole `stream`; a stream that doesn't exist folds to the initial state."""
    return _fold(aggregate, stream, log.read(stream))


def load_many(log: LogReader, aggregates: Mapping[str, Aggregate[Any]]) -> dict[str, Loaded[Any]]:
    """Fold several streams, read together; `aggregates`: the rules of each, by stream.

    Raises:
        Corrupt: A commit of one of them can't be read.
    """
    found = {stream: _fold(rules, stream, ()) for stream, rules in aggregates.items()}
    commits = log.read_many(aggregates) if aggregates else ()
    for stream, of_stream in groupby(commits, lambda commit: commit.stream):
        found[stream] = _fold(aggregates[stream], stream, of_stream)
    return found


def _fold(aggregate: Aggregate[S], stream: str, commits: Iterable[Commit]) -> Loaded[S]:
    state, tip = aggregate.initial, Tip()
    causes: dict[str, int] = {}
    commands: dict[str, Commit] = {}
    for commit in commits:
        state = folded(aggregate, state, commit)
        tip = commit.tip
        commands[commit.draft.command_id] = commit
        if commit.cause is not None:
            seen = causes.get(commit.cause.stream, 0)
            causes[commit.cause.stream] = max(seen, commit.cause.version)
    return Loaded(stream, state, tip, causes, commands)


def folded(aggregate: Aggregate[S], state: S, commit: Commit) -> S:
    """Return `state` after `commit`; events that no rule knows change nothing."""
    for each in commit.draft.events:
        if not isinstance(each.event, ReactionRefused | UnknownEvent):
            state = aggregate.evolve(state, each.event, commit.draft.recorded_at)
    return state


def carry_out(log: EventLog, aggregate: Aggregate[S], errand: Errand) -> Outcome[S]:
    """Decide `errand` on its stream and append what follows, once. See `carry_out_unless_done`."""
    stream, command_id = errand.stream, errand.command_id
    return carry_out_unless_done(
        log, aggregate, stream, command_id, lambda: errand.fingerprint, lambda: errand
    )


def carry_out_unless_done(
    log: EventLog,
    aggregate: Aggregate[S],
    stream: str,
    command_id: str,
    fingerprint: Callable[[], str | None],
    prepare: Callable[[], Errand],
) -> Outcome[S]:
    """Decide the errand that `prepare` returns on `stream` and append what follows, once.

    The command id is looked up first: what was done is answered from the stored commit, and adds
    nothing, though it could not be prepared again (the chart has lost what it names since).

    Raises:
        Refused: The rules say no; or `KeyUsedForAnotherRequest`, `VersionMoved`; or what `prepare`
            raises.
        StreamConflict: Others were faster three times in a row.
        ClockBehind: The clock that `errand.at` was read from was set back.
    """
    errand: Errand | None = None
    for _ in range(ATTEMPTS):
        loaded = load(log, aggregate, stream)
        earlier = loaded.commands.get(command_id)
        if earlier is not None:
            return _repeated(loaded, earlier, fingerprint())
        errand = errand or prepare()
        if errand.if_match is not None and errand.if_match != loaded.tip.version:
            raise VersionMoved(version=loaded.tip.version, if_match=errand.if_match)
        at = loaded.tip.not_before(errand.at)
        events = aggregate.decide(loaded.state, errand.command, at)
        if not events:
            return Outcome(loaded.state, loaded.tip.version)
        try:
            commit = log.append(_draft(errand, events, at), loaded.tip)
        except StreamConflict:
            continue
        return Outcome(folded(aggregate, loaded.state, commit), commit.version, commit)
    raise StreamConflict(stream=stream, attempts=ATTEMPTS)


def _repeated(loaded: Loaded[S], earlier: Commit, fingerprint: str | None) -> Outcome[S]:
    if fingerprint != earlier.draft.fingerprint:
        raise KeyUsedForAnotherRequest(command_id=earlier.draft.command_id)
    return Outcome(loaded.state, loaded.tip.version, earlier, repeated=True)


def _draft(errand: Errand, events: Iterable[Any], at: datetime) -> Draft:
    return Draft(
        stream=errand.stream,
        command_id=errand.command_id,
        actor=errand.actor,
        correlation=errand.correlation,
        recorded_at=at,
        events=happened(events, errand.occurred_at or at),
        chart=errand.chart,
        fingerprint=errand.fingerprint,
    )
