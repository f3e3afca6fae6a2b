"""Following, before anything else: three logs in a cycle, several events a commit, one source with
several targets, interleaved call by call, crashed anywhere, repeated, with two replicas of each.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.clock import ManualTime, SteppedClock
from services.common.contracts.commit import Commit, Tip
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.contracts.streams import category_of, log_of, reaction_id
from services.common.eventlog.deciding import Aggregate
from services.common.following.follower import Follower
from services.common.following.memory import MemoryCheckpoints, MemoryDocuments
from services.common.following.projecting import Projector
from services.common.following.reacting import Reactor
from services.common.following.recent import RecentlyRead
from services.testing.memory_log import MemoryLog
from tests.support.cycle import (
    CATEGORIES,
    COUNTS,
    NEXT,
    SOURCE_OF,
    START,
    Counted,
    NoChart,
    assert_causes_ascend,
    decide,
    evolve,
    for_own_streams,
    note,
    when_noted,
)
from tests.support.examples import DAY_ONE, draft
from tests.support.interleaving import Pausing, run_interleaved


class Witness:
    """A consumer that notes whether something was handled before its cause."""

    name = "witness"
    follows = CATEGORIES
    in_causal_order = True

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self.too_early: list[str] = []

    def handle(self, commit: Commit) -> None:
        cause = commit.cause
        if cause is not None and (cause.stream, cause.version) not in self.seen:
            self.too_early.append(f"{commit.stream}@{commit.version}")
        self.seen.add((commit.stream, commit.version))


class Ring:
    """Three services in a cycle, each with two replicas, on logs that hand control back."""

    def __init__(self) -> None:
        clock = SteppedClock(ManualTime(DAY_ONE).read)
        names = {"request": "intake", "workOrder": "dispatch", "clock": "escalation"}
        self.logs = {service: MemoryLog(service, clock) for service in names.values()}
        self.documents = MemoryDocuments()
        self.clock = clock
        self.checkpoints = {
            name: MemoryCheckpoints(name) for name in (*names.values(), "counts", "witness")
        }
        self.witness = Witness()
        self.followers = [
            self._reactions(service, category, narrowly=replica == 0)
            for category, service in names.items()
            for replica in range(2)
        ]
        self.followers += [self._counts(), self._counts()]
        self.followers += [self._follower(self.witness), self._follower(self.witness)]

    def _follower(self, consumer: Any) -> Follower:
        return Follower(
            consumer,
            logs={name: RecentlyRead(Pausing(log)) for name, log in self.logs.items()},
            checkpoints=Pausing(self.checkpoints[consumer.name]),
            chart=NoChart(),  # type: ignore[arg-type]
        )

    def _reactions(self, service: str, category: str, *, narrowly: bool) -> Follower:
        """Return a service's reactions, which hear of what they react to, or of everything."""
        return self._follower(
            Reactor(
                service,
                follows=frozenset({SOURCE_OF[category]}) if narrowly else CATEGORIES,
                reactions={ProgressNoted: (for_own_streams(category),)},
                aggregates=[Aggregate(category, Counted(), decide, evolve)],
                log=Pausing(self.logs[service]),
                chart=NoChart(),  # type: ignore[arg-type]
                clock=self.clock,
            )
        )

    def _counts(self) -> Follower:
        return self._follower(Projector("counts", COUNTS, Pausing(self.documents)))

    def commits(self) -> list[Commit]:
        return [
            commit
            for name, log in self.logs.items()
            for stream in sorted(log._streams)
            for commit in log.read(stream)
            if log_of(stream) == name
        ]

    def doorbells(self) -> list[Callable[[], None]]:
        """Every follower is told of every commit there is."""
        return [
            partial(_ring, follower, commit.stream, commit.version)
            for commit in self.commits()
            for follower in self.followers
        ]


def _ring(follower: Follower, stream: str, version: int) -> None:
    """Do what a bell does, which would hold the others up by a lock of the system."""
    if follower.concerned_by(stream) and not follower.has_handled(stream, version):
        follower.ring(stream, version)


def _start(ring: Ring, chosen: list[tuple[str, int, int]]) -> None:
    tips: dict[str, Tip] = {}
    for category, number, hops in chosen:
        stream = f"{category}-{number}"
        events = [note(hops, "outside") for _ in range(1 + hops % 3)]
        after = tips.get(stream, Tip())
        tips[stream] = ring.logs[log_of(stream)].append(draft(stream, *events), after).tip


def _play(ring: Ring, choose: Random) -> None:
    """Ring some doorbells, out of order and with crashes; then all, until nothing changes."""
    for crashes in (5, 4, 3, 2, 1):
        bells = ring.doorbells()
        choose.shuffle(bells)
        run_interleaved(bells[: 1 + choose.randrange(len(bells))], choose, crashes)
    before = 0
    while before != len(ring.commits()):
        before = len(ring.commits())
        bells = ring.doorbells()
        choose.shuffle(bells)
        run_interleaved(bells, choose)


@settings(max_examples=60, deadline=None)
@given(START, st.randoms(use_true_random=False))
def test_every_reaction_happens_once_in_the_order_of_its_source(
    chosen: list[tuple[str, int, int]], choose: Random
) -> None:
    ring = Ring()
    _start(ring, chosen)
    _play(ring, choose)
    commits = ring.commits()
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
    assert not ring.witness.too_early, "an effect was handled before its cause"
    assert len(ring.witness.seen) == len(commits)
    assert_causes_ascend(commits)
    _assert_counts_are_a_recount(ring, commits)
    for checkpoints in ring.checkpoints.values():
        behind = checkpoints.of({commit.stream for commit in commits}).values()
        assert not any(each.parked or each.attempts for each in behind), "trouble was left"


def _assert_counts_are_a_recount(ring: Ring, commits: list[Commit]) -> None:
    recount = Counter(
        category_of(commit.stream)
        for commit in commits
        for fact in commit.facts
        if isinstance(fact.event, ProgressNoted)
    )
    counted = {
        category: ring.documents.get("counts", category).body.get("notes", 0) for category in NEXT
    }
    assert counted == {category: recount[category] for category in NEXT}
