"""Two logs, a consumer that writes down what it is told, and its processor."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from services.common.contracts.commit import Cause, Commit
from services.common.errors import Corrupt
from services.common.following.batches import Consumer
from services.common.following.cursors import Cursor, Held
from services.common.following.memory import MemoryCursors
from services.common.following.processor import BATCH_COMMITS, Processor
from tests.support.examples import noted
from tests.support.following import rest
from tests.unit.common.eventlog.toy import append, log_of

R, Q = "request-r", "request-q"
W, V, U = "workOrder-a", "workOrder-b", "workOrder-c"
TABLE = "registry-units"  #: in the same log as the orders, and followed by nobody here
FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


class Sick(Exception):
    """A fault of ours."""


class Scribe:
    """Writes down the names of what it is told; some make it raise, told or written."""

    name = "scribe"
    in_causal_order = True
    patience_seconds = 0.0

    def __init__(self, follows: Iterable[str] = ("request", "workOrder")) -> None:
        self.follows = frozenset(follows)
        self.did: list[str] = []
        self.told: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.trouble_in_flush: dict[str, Exception] = {}

    def batch(self) -> "Page":
        self.did.append("batch")
        return Page(self)


class Page:
    """What a scribe will have written, all of it or nothing."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._names: list[str] = []

    def expect(self, commit: Commit) -> None:
        """Need nothing."""

    def handle(self, commit: Commit) -> None:
        name = f"{commit.stream}@{commit.version}"
        self._scribe.did.append(name)
        _raise_if_any([name], self._scribe.trouble)
        self._names.append(name)

    def flush(self) -> None:
        self._scribe.did.append("flush")
        _raise_if_any(self._names, self._scribe.trouble_in_flush)
        self._scribe.told += self._names
        self._names = []


def _raise_if_any(names: Iterable[str], trouble: Mapping[str, Exception]) -> None:
    for name in names:
        if name in trouble:
            raise trouble[name]


class NotingCursors(MemoryCursors):
    """Cursors that note among what their scribe did when they were saved."""

    def __init__(self, did: list[str]) -> None:
        super().__init__()
        self._did = did

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        self._did.append("save")
        return super().save(consumer, cursor)


class World:
    """Two logs, and a scribe that follows both."""

    def __init__(self, scribe: Scribe | None = None, batch_commits: int = BATCH_COMMITS) -> None:
        self.intake, self.dispatch = log_of("intake"), log_of("dispatch")
        self.scribe = scribe or Scribe()
        self.cursors = NotingCursors(self.scribe.did)
        self.processor = self.replica(batch_commits=batch_commits)

    def replica(self, consumer: Consumer | None = None, **more: Any) -> Processor:
        return Processor(
            consumer or self.scribe,
            logs={"intake": self.intake, "dispatch": self.dispatch},
            cursors=self.cursors,
            **more,
        )

    @property
    def told(self) -> list[str]:
        return self.scribe.told

    @property
    def cursor(self) -> Cursor:
        return self.cursors.load("scribe")

    @property
    def held(self) -> Mapping[str, Held]:
        return self.processor.held()

    def happens(self, stream: str, because: Commit | None = None, event: Any = None) -> Commit:
        """Append a commit and give it its place."""
        log = self.intake if stream.startswith("request") else self.dispatch
        cause = Cause(because.stream, because.version, because.position) if because else None
        commit = append(log, stream, event or noted(), cause=cause)
        log.stamp(1)
        return replace(commit, position=log.head())

    def fails(self, error: Exception) -> None:
        """Let the first commit of `W` fail, and the cursor go past it."""
        self.happens(W)
        self.scribe.trouble[f"{W}@1"] = error
        self.rest()

    def rest(self) -> None:
        """Take turns until there is nothing to tell."""
        rest(self.processor)

    def try_again(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.processor.retry_due(FOR_EVER) == 1


def torn() -> Corrupt:
    return Corrupt(why="torn")


def hanging(held: Mapping[str, Held]) -> dict[str, tuple[int, str | None]]:
    """Return from where streams wait, and for which other."""
    return {stream: (each.version, each.hangs_on) for stream, each in held.items()}
