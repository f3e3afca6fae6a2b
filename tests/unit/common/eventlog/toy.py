"""Rules small enough to read: a stream holds notes, at most three, and never the same twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.command_names import command
from services.common.contracts.commit import Cause, Commit, Draft, Tip, sealed
from services.common.contracts.events.dispatch import ProgressNoted, RegistryAdopted
from services.common.contracts.streams import REGISTRY_KINDS, registry_stream
from services.common.errors import Refused
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.folding import Aggregate
from services.common.eventlog.reading_through import ReadingThrough
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, draft, noted
from tests.unit.common.chart.small import MOMENT, TABLES

STREAM = "workOrder-a"


@dataclass(frozen=True, slots=True)
class Notes:
    """What the rules remember."""

    held: tuple[str, ...] = ()


@command("Note")
@dataclass(frozen=True, slots=True)
class Note:
    """Note these words; the same one again is nothing to do."""

    words: tuple[str, ...]


class Full(Refused):
    """Three notes are enough."""

    slug: ClassVar[str] = "full"


def decide(state: Notes, command: Note, _: datetime) -> list[ProgressNoted]:
    """Return a note for each word that is new."""
    new = [word for word in command.words if word not in state.held]
    if len(state.held) + len(new) > 3:
        raise Full(held=len(state.held))
    return [noted(word) for word in new]


def evolve(state: Notes, event: ProgressNoted, _: datetime) -> Notes:
    """Hold one more."""
    return replace(state, held=(*state.held, event.note_ref))


NOTES = Aggregate("workOrder", Notes(), decide, evolve)


def clock(moment: datetime = DAY_ONE) -> SteppedClock:
    """Return a clock that stands."""
    return SteppedClock(ManualTime(moment).read)


def log_of(name: str = "dispatch") -> MemoryLog:
    """Return an empty log."""
    return MemoryLog(name, clock())


def append(log: MemoryLog, stream: str = STREAM, *events: Any, **more: Any) -> Commit:
    """Append to the end of a stream, at `MOMENT` unless told otherwise."""
    wanted = draft(stream, *events or (noted(),), **{"recorded_at": MOMENT, **more})
    return log.append(wanted, tip_of(log, stream))


def tip_of(log: MemoryLog, stream: str = STREAM) -> Tip:
    """Return where a stream ends."""
    commits = list(log.read(stream))
    return commits[-1].tip if commits else Tip()


def registry_event(kind: str, effective_at: datetime = MOMENT) -> Any:
    """Return the adoption of a small table."""
    return RegistryAdopted(
        kind=kind,  # type: ignore[arg-type]
        effective_at=effective_at,
        sha256="ab" * 32,
        entries=TABLES[registry_stream(kind)],
    )


def adopted(log: MemoryLog) -> LiveChart:
    """Return a chart whose small registry lies in `log`, in force since `MOMENT`."""
    for kind in REGISTRY_KINDS:
        adoption = draft(registry_stream(kind), registry_event(kind), recorded_at=MOMENT)
        log.append(adoption, Tip())
    return LiveChart(log)


class Counted(MemoryLog):
    """A log that counts the commits that are read of its streams."""

    def __init__(self) -> None:
        super().__init__("dispatch", clock())
        self.commits_read = 0
        self.times_read = 0

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        self.times_read += 1
        for each in super().read(stream, after, upto):
            self.commits_read += 1
            yield each

    def grow(self, commits: int, stream: str = STREAM) -> None:
        """Append so many notes of their own, without looking for each among all others."""
        tip = self._streams[stream][-1].tip if stream in self._streams else Tip()
        for number in range(tip.version + 1, tip.version + commits + 1):
            wanted = draft(
                stream,
                noted(f"n/{number}"),
                command_id=f"c-{number}",
                cause=Cause(f"request-{number % 7}", number),
            )
            tip = self._put(sealed(wanted, tip)).tip

    def lose(self, commits: int, stream: str = STREAM) -> None:
        """Lose the end of a stream, as a log does that is restored from an older copy."""
        del self._streams[stream][-commits:]

    def read_by(self, call: Callable[[], object]) -> int:
        """Return how many commits `call` reads."""
        self.commits_read = 0
        call()
        return self.commits_read


class Overtaken(ReadingThrough):
    """A log where somebody else appends right before each of the first `times` appends."""

    def __init__(self, log: MemoryLog, times: int, overtake: Callable[[], object]) -> None:
        super().__init__(log)
        self._appending = log
        self._times = times
        self._overtake = overtake

    def append(self, wanted: Draft, after: Tip) -> Commit:
        self._let_others_first()
        return self._appending.append(wanted, after)

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        self._let_others_first()
        return self._appending.append_many(commits)

    def _let_others_first(self) -> None:
        if self._times:
            self._times -= 1
            self._overtake()


def held(log: MemoryLog, stream: str = STREAM) -> list[str]:
    """Return the notes of a stream, in order."""
    return [
        fact.event.note_ref
        for commit in log.read(stream)
        for fact in commit.facts
        if isinstance(fact.event, ProgressNoted)
    ]
