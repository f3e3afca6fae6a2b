"""What goes on in a process when it appends, and when somebody rings."""

from collections.abc import Callable, Sequence

import pytest
from prometheus_client import CollectorRegistry

from services.common.contracts.commit import Commit, Draft, Tip, sealed
from services.common.contracts.doorbell import advanced, appended
from services.common.eventlog.ports import StoreAway, StreamConflict
from services.common.following.bell import Bell
from services.common.following.followed_log import FollowedLog
from services.common.following.processors import Processors
from services.common.following.sequencer import Sequencer
from services.common.messaging.doorbells import RingLeader
from services.common.messaging.relay import Relay
from services.common.observability.metrics import PlatformMetrics
from services.common.running.appended_log import AppendedLog
from services.common.running.tasks import Ringing, Upkeep
from services.common.work.leading import Leadership
from services.common.work.lease import Leases
from services.common.work.wake import Wake
from services.testing.memory_bus import MemoryBus
from services.testing.memory_log import MemoryLog
from tests.support.examples import draft
from tests.unit.common.following.processing import World


class Process:
    """A process of dispatch, as far as it rings and is rung."""

    def __init__(self, world: World) -> None:
        self.log = world.dispatch
        self.metrics = PlatformMetrics(CollectorRegistry(), "dispatch")
        self.bell = Bell({log.name: FollowedLog(log) for log in (world.intake, world.dispatch)})
        self.waiting = self.bell.wake_for(["dispatch"])
        processors = Processors((world.processor,), world.cursors)
        leadership = Leadership(Leases().lease("leader"))
        self.relay = Relay(self.log, self.bell.logs["dispatch"], MemoryBus())
        self.sequencer = Sequencer(self.log, self.grown)
        self.ring_leader = RingLeader("dispatch", MemoryBus(), leadership.believed)
        self.ringing = Ringing(
            Upkeep(processors, self.bell, leadership),
            self.sequencer, self.relay, self.ring_leader,
        )  # fmt: skip

    def grown(self, head: int, _commits: Sequence[Commit]) -> None:
        self.bell.ring("dispatch", head)
        assert self.relay.wake is not None
        self.relay.wake.ring()

    def rung(self) -> set[str]:
        """Return who was rung since this was asked last."""
        wakes = {
            "sequencer": self.sequencer.wake, "relay": self.relay.wake,
            "ring leader": self.ring_leader.wake, "processor": self.waiting,
        }  # fmt: skip
        return {name for name, wake in wakes.items() if wake is not None and _was_rung(wake)}


def _was_rung(wake: Wake) -> bool:
    found = bool(wake._rung.ready())
    if found:
        wake.pause(0)
    return found


@pytest.fixture
def process() -> Process:
    return Process(World())


def test_what_this_process_has_appended_goes_on_here_or_where_the_leader_is(
    process: Process,
) -> None:
    commit = process.log.append(draft("workOrder-a"), Tip())
    process.ringing.appended([commit], process.sequencer.epoch)
    assert process.rung() == {"sequencer", "ring leader"}


def test_what_got_its_place_is_followed_here_at_once_and_published(process: Process) -> None:
    process.log.append(draft("workOrder-a"), Tip())
    process.sequencer.turn()
    assert process.rung() == {"processor", "relay"}
    process.sequencer.turn()
    assert process.rung() == set()


def test_that_another_replica_has_appended_concerns_the_sequencer_alone(process: Process) -> None:
    process.sequencer.turn()
    process.log.append(draft("workOrder-a"), Tip())
    assert process.sequencer.turn() > 0, "it has looked a moment ago"
    process.ringing.rung(appended("dispatch", "an id"))
    assert process.rung() == {"sequencer"}
    process.sequencer.turn()
    assert process.log.head() == 1


def test_that_a_log_has_advanced_concerns_who_follows_it_once(process: Process) -> None:
    process.ringing.rung(advanced("dispatch", 3))
    assert process.rung() == {"processor"}
    for bell in (advanced("dispatch", 3), advanced("intake", 3), advanced("escalation", 3)):
        process.ringing.rung(bell)
    assert process.rung() == set()


# -- the log that tells of its appends -------------------------------------------------------------


class Failing(MemoryLog):
    """A log whose database may be away."""

    away = False
    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def append(self, draft: Draft, after: Tip) -> Commit:
        if self.away:
            raise StoreAway(why="an election")
        return super().append(draft, after)

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        if self.away:
            raise StoreAway(why="an election")
        return super().append_many(commits)

    def _put(self, commit: Commit) -> Commit:
        self.meanwhile()
        return super()._put(commit)


class Heard:
    """The log of a service, and what it has told of appends: commits, and the epoch before."""

    def __init__(self, world: World, metrics: PlatformMetrics) -> None:
        self.inner = Failing("dispatch", world.dispatch._clock)
        self.log = AppendedLog(self.inner, metrics)  # type: ignore[arg-type]
        self.epoch = 7
        self.told: list[tuple[list[str], int]] = []
        self.log.epoch, self.log.appended = lambda: self.epoch, self._tell
        self._metrics = metrics

    def _tell(self, commits: Sequence[Commit], epoch: int) -> None:
        self.told.append(([each.stream for each in commits], epoch))

    def begin_another(self) -> None:
        """Let another epoch begin while an append is on its way."""
        self.epoch += 1

    def count(self, outcome: str) -> float | None:
        labels = {"service": "dispatch", "outcome": outcome}
        return self._metrics.registry.get_sample_value("shaobao_append_seconds_count", labels)


@pytest.fixture
def heard() -> Heard:
    return Heard(World(), PlatformMetrics(CollectorRegistry(), "dispatch"))


def test_an_append_is_told_when_it_is_done_and_only_then(heard: Heard) -> None:
    heard.log.append(draft("workOrder-a"), Tip())
    assert heard.told == [(["workOrder-a"], 7)]
    with pytest.raises(StreamConflict):
        heard.log.append(draft("workOrder-a"), Tip())
    heard.inner.away = True
    with pytest.raises(StoreAway):
        heard.log.append(draft("workOrder-b"), Tip())
    assert len(heard.told) == 1
    assert [heard.count(each) for each in ("appended", "conflict", "failed")] == [1, 1, 1]


def test_a_group_is_told_once_and_each_of_it_is_measured(heard: Heard) -> None:
    first = heard.log.append(draft("workOrder-a"), Tip())
    group = [sealed(draft(stream), Tip()) for stream in ("workOrder-a", "workOrder-b")]
    assert list(heard.log.append_many(group)) == [False, True]
    assert heard.told[1:] == [(["workOrder-b"], 7)], "it tells only of what was appended"
    heard.inner.away = True
    with pytest.raises(StoreAway):
        heard.log.append_many([sealed(draft("workOrder-a"), first.tip)])
    assert len(heard.told) == 2
    assert [heard.count(each) for each in ("appended", "conflict", "failed")] == [2, 1, 1]


def test_the_epoch_that_is_told_is_the_one_before_the_append(heard: Heard) -> None:
    """Who asks afterwards takes what another may have placed for his own."""
    heard.inner.meanwhile = heard.begin_another
    heard.log.append(draft("workOrder-a"), Tip())
    heard.log.append_many([sealed(draft("workOrder-b"), Tip())])
    assert heard.told == [(["workOrder-a"], 7), (["workOrder-b"], 8)]


def test_nobody_hears_of_appends_before_somebody_wants_to() -> None:
    log = AppendedLog(World().dispatch, PlatformMetrics(CollectorRegistry(), "dispatch"))  # type: ignore[arg-type]
    log.append(draft("workOrder-a"), Tip())
    assert log.epoch() == 0
