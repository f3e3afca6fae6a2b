"""Three logs in a cycle, followed by position: several events a commit, one source with several
targets, two replicas of everything, interleaved call by call, killed anywhere, servers that fall.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Final

import pytest

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Commit, Tip
from services.common.contracts.streams import log_of
from services.common.errors import Transient
from services.common.eventlog.ports import LogReader
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.processor import Processor
from services.common.following.projecting import Projector
from services.common.following.reacting import Reactor
from services.testing.memory_log import MemoryLog
from tests.support.cycle import (
    COUNTS,
    note,
    reactor_of,
)
from tests.support.cycle_outcome import assert_right_cycle, counted_in
from tests.support.delicate import Delicate, Illness, OldReactor, Witness
from tests.support.examples import DAY_ONE, draft
from tests.support.interleaving import hand_back, run_interleaved
from tests.support.stormy import Stormy, StormyCursors, StormyDocuments, Weather

SERVICES: Final = {"request": "intake", "workOrder": "dispatch", "clock": "escalation"}
CONSUMERS: Final = ("intake", "dispatch", "escalation", "counts", "witness")
PATIENCES: Final = (0.0, 0.25)
LONGEST_REST: Final = 60  #: turns; what is unsaved is due after seven
FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


# -- the world -------------------------------------------------------------------------------------


class Ring:
    """Three services in a cycle, each with two replicas, beside counters and witnesses."""

    def __init__(self, choose: Random, *, illness: Illness | None = None) -> None:
        clock = SteppedClock(ManualTime(DAY_ONE).read)
        self.choose = choose
        self.weather = Weather(choose)
        self.illness = illness or Illness()
        self.logs = {service: MemoryLog(service, clock) for service in SERVICES.values()}
        self.documents = MemoryDocuments()
        self.cursors = MemoryCursors()
        self.witness = Witness()
        self._clock = clock
        self._seconds = 0.0

    def monotonic(self) -> float:
        """Return machine time: it goes on whenever somebody looks, a flush waits a few looks."""
        self._seconds += 0.15
        return self._seconds

    def processors(self) -> list[Processor]:
        """Return all replicas as they are after a start: they know nothing."""
        reactors = [
            self._reactor(service, category, replica)
            for category, service in SERVICES.items()
            for replica in range(2)
        ]
        counter = Projector("counts", COUNTS, StormyDocuments(self.documents, self.weather))  # type: ignore[arg-type]
        consumers = [*reactors, counter, counter, self.witness, self.witness]
        processes = [self.process() for _ in range(2)]
        return [
            Processor(
                Delicate(each, self.illness, self.choose.choice(PATIENCES)),
                logs=processes[index % len(processes)],
                cursors=StormyCursors(self.cursors, self.weather),
                batch_commits=self.choose.randint(1, 9),
                patient=self.choose.random() < 0.8,
                monotonic=self.monotonic,
            )
            for index, each in enumerate(consumers)
        ]

    def process(self) -> Mapping[str, LogReader]:
        """Return the logs as the processors of one process, after a start, read them."""
        return {name: Stormy(log, self.weather) for name, log in self.logs.items()}  # type: ignore[misc]

    def _reactor(self, service: str, category: str, replica: int) -> Reactor:
        kind = OldReactor if replica else Reactor
        log = Stormy(self.logs[service], self.weather)
        return reactor_of(category, log, self._clock, kind)  # type: ignore[arg-type]

    def stamping(self) -> Iterator[Callable[[], None]]:
        """Yield relays: they give places in another order than that of the appends."""
        for log in self.logs.values():
            yield partial(self._stamp, log)

    def _stamp(self, log: MemoryLog) -> None:
        for _ in range(4):
            hand_back()
            streams = sorted({stream for stream, _ in log._unstamped})
            self.choose.shuffle(streams)
            log._unstamped.sort(key=lambda each: (streams.index(each[0]), each[1]))
            log.stamp(self.choose.randint(1, 3))

    def commits(self) -> list[Commit]:
        return [
            commit
            for log in self.logs.values()
            for stream in sorted(log._streams)
            for commit in log.read(stream)
        ]

    def begin(self, chosen: list[tuple[str, int, int]]) -> None:
        """Write what everything else follows from."""
        tips: dict[str, Tip] = {}
        for category, number, hops in chosen:
            stream = f"{category}-{number}"
            events = [note(hops, "outside") for _ in range(1 + hops % 3)]
            after = tips.get(stream, Tip())
            tips[stream] = self.logs[log_of(stream)].append(draft(stream, *events), after).tip

    def play(self) -> None:
        """Take turns in bad weather and with kills, then in good weather until nothing changes."""
        for kills in (6, 4, 2):
            pieces = [partial(_turns, each) for each in self.processors()]
            run_interleaved([*pieces, *self.stamping()], self.choose, kills)
        self.weather.rough = False
        self.illness.hops = frozenset()
        for _ in range(60):
            if not self._settle():
                return
        pytest.fail("it never comes to an end")

    def _settle(self) -> bool:
        """Let everybody come to an end; say whether there was anything to do."""
        before = (self.commits(), dict(self.cursors._cursors))
        everybody = self.processors()
        pieces = [partial(_turns, each, retries=True) for each in everybody]
        run_interleaved([*pieces, *self.stamping()], self.choose)
        return (self.commits(), dict(self.cursors._cursors)) != before or any(
            log._unstamped for log in self.logs.values()
        )


def _turns(processor: Processor, *, retries: bool = False) -> None:
    """Do what a task does: turn after turn, and again after what is transient.

    With `retries` until nothing waits to be written.
    """
    turns = 0
    while turns < 6 or (retries and turns < LONGEST_REST and processor.wait() is not None):
        turns += 1
        try:
            if retries:
                _take_up_everything(processor)
            processor.turn()
        except Transient:
            continue


def _take_up_everything(processor: Processor) -> None:
    processor.retry_due(FOR_EVER)
    for stream, held in processor.held().items():
        if held.parked:
            processor.replay(stream)


def assert_right(ring: Ring) -> None:
    """Check that everything was done once and told after its cause, and that nothing is left."""
    commits = ring.commits()
    assert not ring.witness.too_early, "an effect was told before its cause"
    assert len(ring.witness.seen) == len(commits), "not told"
    assert_right_cycle(
        commits,
        counted=counted_in(ring.documents),
        cursors=ring.cursors._cursors,
        heads={name: log.head() for name, log in ring.logs.items()},
    )


def played(chosen: list[tuple[str, int, int]], choose: Random, illness: Illness | None) -> Ring:
    ring = Ring(choose, illness=illness)
    ring.begin(chosen)
    ring.play()
    return ring
