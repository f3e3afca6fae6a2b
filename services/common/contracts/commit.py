"""A commit: all events of one decision. It is the unit of the log, of order and of the hash chain.

`version` numbers the commits of a stream 1, 2, 3 ... without holes; events inside have an index
0..n-1. (Numbering by first event would let a stale writer in.)
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.common.contracts.codec import Undecodable, canonical, parsed, plain, structured
from services.common.contracts.event_types import UnknownEvent, type_of
from services.common.contracts.forms import check_forms
from services.common.contracts.streams import event_id
from services.common.contracts.upcasters import decoded


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person in a role for a unit, or a policy of a service."""

    role: str
    person: str | None = None
    unit: str | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """The source commit that a reaction reacts to. `position`: its place in its log.

    Releases before following by position didn't write the place, and a commit is the same whether
    or not its place is known.
    """

    stream: str
    version: int
    position: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Tip:
    """Where a stream ends: version, hash and time of its last commit."""

    version: int = 0
    hash: str = ""
    recorded_at: datetime | None = field(default=None, compare=False)

    def not_before(self, at: datetime) -> datetime:
        """Return `at`, or the time of the last commit if that is later: a stream never goes back.

        Replicas' clocks differ a little; how much is too much, the log says when it is appended.
        """
        return at if self.recorded_at is None else max(at, self.recorded_at)


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a draft or a commit. `occurred_at` is said; `recorded_at` is ours."""

    event: Any
    occurred_at: datetime


def happened(events: Iterable[Any], occurred_at: datetime) -> tuple[Happened, ...]:
    """Return the events of a decision as a draft takes them, each said to be of `occurred_at`.

    Raises:
        TextOutOfForm: A text is not of its field's kind.
    """
    made = tuple(events)
    for each in made:
        check_forms(each)
    return tuple(Happened(each, occurred_at) for each in made)


@dataclass(frozen=True, slots=True)
class Fact:
    """One event with everything about it: what reactions and projections are given."""

    event: Any
    id: str
    stream: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    chart: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit that wants to be appended after a `Tip`."""

    stream: str
    command_id: str
    actor: Actor
    correlation: str
    recorded_at: datetime
    events: tuple[Happened, ...]
    cause: Cause | None = None
    chart: Mapping[str, int] = field(default_factory=dict)  #: registry stream -> version used
    fingerprint: str | None = None  #: HMAC of the request, to tell a repetition from a mix-up


@dataclass(frozen=True, slots=True)
class Commit:
    """A stored commit. `body` is the truth; everything else of it is read from the body.

    `hash` = SHA-256(hash of the previous commit in the stream || body). `position` orders the
    commits of a log, from 1, and is absent until the sequencer has given it.
    """

    version: int
    draft: Draft
    body: str
    hash: str
    previous_hash: str
    position: int | None = None
    stamped_at: datetime | None = None
    _facts: tuple[Fact, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def stream(self) -> str:
        """The stream that holds this commit."""
        return self.draft.stream

    @property
    def cause(self) -> Cause | None:
        """The source commit, if a reaction made this one."""
        return self.draft.cause

    @property
    def tip(self) -> Tip:
        """This commit as the end of its stream."""
        return Tip(self.version, self.hash, self.draft.recorded_at)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The events in order, each with its id and times; made once, for all who are told."""
        if self._facts is None:
            object.__setattr__(self, "_facts", self._made_facts())
        return self._facts or ()

    def _made_facts(self) -> tuple[Fact, ...]:
        return tuple(
            Fact(
                event=each.event,
                id=event_id(self.stream, self.version, index),
                stream=self.stream,
                version=self.version,
                occurred_at=each.occurred_at,
                recorded_at=self.draft.recorded_at,
                chart=self.draft.chart,
            )
            for index, each in enumerate(self.draft.events)
        )


def sealed(draft: Draft, after: Tip) -> Commit:
    """Return the commit that `draft` becomes after `after`. Pure; the log makes it durable."""
    version = after.version + 1
    body = canonical(
        {
            "stream": draft.stream,
            "version": version,
            "command_id": draft.command_id,
            "actor": plain(draft.actor),
            "cause": _cause_written(draft.cause),
            "correlation": draft.correlation,
            "chart": dict(draft.chart),
            "fingerprint": draft.fingerprint,
            "recorded_at": draft.recorded_at,
            "events": [_written(each) for each in draft.events],
        }
    )
    return Commit(version, draft, body, chained(after.hash, body), after.hash)


def chained(previous_hash: str, body: str) -> str:
    """Return the hash of a commit: SHA-256 over the previous hash and the body, in hex."""
    return hashlib.sha256((previous_hash + body).encode()).hexdigest()


def _cause_written(cause: Cause | None) -> dict[str, Any] | None:
    """Return a cause as it is stored; a place that isn't known is left out, as it always was."""
    if cause is None:
        return None
    place = {} if cause.position is None else {"position": cause.position}
    return {"stream": cause.stream, "version": cause.version, **place}


def _written(each: Happened) -> dict[str, Any]:
    if isinstance(each.event, UnknownEvent):
        name, version, data = each.event.type, each.event.version, each.event.data
    else:
        found = type_of(each.event)
        name, version, data = found.name, found.version, plain(each.event)
    return {"type": name, "v": version, "occurred_at": each.occurred_at, "data": data}


@dataclass(frozen=True, slots=True)
class _WrittenEvent:
    type: str
    v: int
    occurred_at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _WrittenBody:
    stream: str
    version: int
    command_id: str
    actor: Actor
    correlation: str
    recorded_at: datetime
    events: tuple[_WrittenEvent, ...]
    chart: dict[str, int]
    cause: Cause | None = None
    fingerprint: str | None = None


def opened(
    body: str,
    *,
    previous_hash: str,
    hash: str,  # noqa: A002  the field's own name
    position: int | None = None,
    stamped_at: datetime | None = None,
    decode: Callable[[str, int, dict[str, Any]], object] = decoded,
) -> Commit:
    """Return the commit that stored `body` holds. Its hash is not checked here (`log verify`).

    `decode(type, version, data)` makes the events. Whoever only passes them on takes
    `UnknownEvent`: then nothing that a newer release wrote is in the way.

    Raises:
        Undecodable: The body is not what this contract writes.
        UnknownEventVersion: An event of it is newer than this reader.
    """
    return of_plain(
        parsed(body),
        body=body,
        previous_hash=previous_hash,
        hash=hash,
        position=position,
        stamped_at=stamped_at,
        decode=decode,
    )


def of_plain(
    value: object,
    *,
    body: str,
    previous_hash: str,
    hash: str,  # noqa: A002  the field's own name
    position: int | None = None,
    stamped_at: datetime | None = None,
    decode: Callable[[str, int, dict[str, Any]], object] = decoded,
) -> Commit:
    """Do what `opened` does with a `body` whose plain `value` is at hand."""
    read = structured(_WrittenBody, value)
    if not read.events:
        raise Undecodable(kind="Commit", why="no events")
    draft = Draft(
        stream=read.stream,
        command_id=read.command_id,
        actor=read.actor,
        correlation=read.correlation,
        recorded_at=read.recorded_at,
        events=tuple(
            Happened(decode(each.type, each.v, each.data), each.occurred_at) for each in read.events
        ),
        cause=read.cause,
        chart=read.chart,
        fingerprint=read.fingerprint,
    )
    return Commit(read.version, draft, body, hash, previous_hash, position, stamped_at)
