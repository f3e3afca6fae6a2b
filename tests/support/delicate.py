"""Consumers for properties of following: one that witnesses, one that falls ill, an older one."""

from dataclasses import dataclass, field, replace
from typing import Any

from services.common.contracts.commit import Cause, Commit, Draft
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.errors import Corrupt
from services.common.eventlog.folding import Loaded
from services.common.following.reacting import ReactionErrand, Reactor
from tests.support.cycle import (
    CATEGORIES,
)
from tests.support.interleaving import hand_back


@dataclass(slots=True)
class Witness:
    """Notes, as something durable, what was told, and whether it came before its cause."""

    name: str = "witness"
    follows: frozenset[str] = CATEGORIES
    in_causal_order: bool = True
    patience_seconds: float = 0.0
    seen: set[tuple[str, int]] = field(default_factory=set)
    too_early: list[str] = field(default_factory=list)

    def batch(self) -> "WitnessBatch":
        return WitnessBatch(self)


class WitnessBatch:
    """What a witness has seen and not written yet."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._seen: set[tuple[str, int]] = set()

    def expect(self, commit: Commit) -> None:
        """Need nothing."""

    def handle(self, commit: Commit) -> None:
        cause = commit.cause
        known = self._witness.seen | self._seen
        if cause is not None and (cause.stream, cause.version) not in known:
            self._witness.too_early.append(f"{commit.stream}@{commit.version}")
        self._seen.add((commit.stream, commit.version))

    def flush(self) -> None:
        hand_back()
        self._witness.seen |= self._seen
        self._seen = set()


class Sick(Exception):
    """A fault of ours."""


class Broken(Corrupt):
    """Something that can't be read."""


@dataclass(slots=True)
class Illness:
    """What some commits do to whoever is told them, until it is mended."""

    hops: frozenset[int] = frozenset()
    who: frozenset[str] = frozenset()
    kinds: tuple[type[Exception], ...] = (Sick, Broken)

    def strike(self, consumer: str, commit: Commit) -> None:
        for fact in commit.facts if consumer in self.who else ():
            if isinstance(fact.event, ProgressNoted) and int(fact.event.request_id) in self.hops:
                raise self.kinds[commit.version % len(self.kinds)]


class Delicate:
    """A consumer that falls ill at some commits, and lets what follows wait to be written."""

    def __init__(self, consumer: Any, illness: Illness, patience_seconds: float) -> None:
        self.name = consumer.name
        self.follows = consumer.follows
        self.in_causal_order = consumer.in_causal_order
        self.patience_seconds = patience_seconds
        self._consumer = consumer
        self._illness = illness

    def batch(self) -> "DelicateBatch":
        return DelicateBatch(self.name, self._consumer.batch(), self._illness)


class DelicateBatch:
    """The batch of a delicate consumer: it does a part before it falls ill."""

    def __init__(self, consumer: str, batch: Any, illness: Illness) -> None:
        self._consumer = consumer
        self._batch = batch
        self._illness = illness

    def expect(self, commit: Commit) -> None:
        self._batch.expect(commit)

    def handle(self, commit: Commit) -> None:
        self._batch.handle(commit)
        self._illness.strike(self._consumer, commit)

    def flush(self) -> None:
        self._batch.flush()


class OldReactor(Reactor):
    """Writes causes as releases before did: without their place."""

    def draft_of(self, errand: ReactionErrand, loaded: Loaded[Any]) -> Draft | None:
        found = super().draft_of(errand, loaded)
        if found is None or found.cause is None:
            return found
        return replace(found, cause=Cause(found.cause.stream, found.cause.version))
