"""One use case, always in this order: load, decide, (nothing? return), append, done.

Pure rules come in as an `Aggregate`; only this module and `reacting` append to a log.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, TypeVar

from services.common.contracts.commit import Actor, Commit, Draft, happened
from services.common.errors import Refused, Transient
from services.common.eventlog.folding import Aggregate, Loaded
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load
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


def carry_out(
    log: EventLog, aggregate: Aggregate[S], errand: Errand, known: Known | None = None
) -> Outcome[S]:
    """Decide `errand` on its stream and append what follows, once. See `carry_out_unless_done`."""
    stream, command_id = errand.stream, errand.command_id
    return carry_out_unless_done(
        log, aggregate, stream, command_id, lambda: errand.fingerprint, lambda: errand, known
    )


def carry_out_unless_done(
    log: EventLog,
    aggregate: Aggregate[S],
    stream: str,
    command_id: str,
    fingerprint: Callable[[], str | None],
    prepare: Callable[[], Errand],
    known: Known | None = None,
    begins: bool = False,
) -> Outcome[S]:
    """Decide the errand that `prepare` returns on `stream` and append what follows, once.

    The command id is looked up first: what was done is answered from the stored commit, and adds
    nothing, though it could not be prepared again (the chart has lost what it names since).

    What is `known` of the stream may be behind (that there is none, what `begins` it may guess): if
    it leads to events they are appended, guarded by the version; else all is decided again on what
    is stored.

    Raises:
        Refused: The rules say no; or `KeyUsedForAnotherRequest`, `VersionMoved`; or what `prepare`
            raises.
        StreamConflict: Others were faster three times in a row.
        ClockBehind: The clock that `errand.at` was read from was set back.
    """
    known, errand = Known() if known is None else known, None
    guess = known.of(stream) or (Loaded(stream, aggregate.initial) if begins else None)
    if guess is not None and command_id not in guess.commands:
        errand, found = _guessed(log, aggregate, prepare, guess, known)
        if found is not None:
            return found
    for _ in range(ATTEMPTS):
        loaded = load(log, aggregate, stream, known)
        earlier = loaded.commands.get(command_id)
        if earlier is not None:
            return _repeated(log, loaded, earlier, fingerprint())
        errand = errand or prepare()
        with suppress(StreamConflict):
            return _attempted(log, aggregate, errand, loaded, known)
    raise StreamConflict(stream=stream, attempts=ATTEMPTS)


def _guessed(
    log: EventLog,
    aggregate: Aggregate[S],
    prepare: Callable[[], Errand],
    guess: Loaded[S],
    known: Known,
) -> tuple[Errand | None, Outcome[S] | None]:
    """Decide on what may be behind. The errand, if it could be prepared; what was appended."""
    try:
        errand = prepare()
    except Transient:
        raise
    except Exception:  # noqa: BLE001  if this is no repetition, preparing it again tells
        return None, None
    try:
        found = _attempted(log, aggregate, errand, guess, known)
    except (Refused, StreamConflict):
        return errand, None
    return errand, found if found.commit is not None else None


def _attempted(
    log: EventLog, aggregate: Aggregate[S], errand: Errand, loaded: Loaded[S], known: Known
) -> Outcome[S]:
    if errand.if_match is not None and errand.if_match != loaded.tip.version:
        raise VersionMoved(version=loaded.tip.version, if_match=errand.if_match)
    at = loaded.tip.not_before(errand.at)
    events = aggregate.decide(loaded.state, errand.command, at)
    if not events:
        return Outcome(loaded.state, loaded.tip.version)
    commit = log.append(_draft(errand, events, at), loaded.tip)
    after = loaded.after(aggregate, commit)
    known.keep(errand.stream, after)
    return Outcome(after.state, commit.version, commit)


def _repeated(
    log: LogReader, loaded: Loaded[S], version: int, fingerprint: str | None
) -> Outcome[S]:
    earlier = next(iter(log.read(loaded.stream, version - 1, version)))
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
