"""Two logs, one consumer, one follower: enough to follow, to fail and to sweep."""

from datetime import UTC, datetime, timedelta

from services.common.contracts.commit import Cause, Commit
from services.common.errors import Corrupt
from services.common.eventlog.charts import LiveChart
from services.common.following.follower import Follower
from services.common.following.memory import MemoryCheckpoints
from tests.support.examples import noted
from tests.unit.common.eventlog.toy import STREAM, append, log_of

R, W, V = "request-r", STREAM, "workOrder-b"
LATER = timedelta(days=1)


class Hearing:
    """A consumer that notes what it was told; `trouble` may raise for a commit, by name."""

    name = "hearing"
    follows = frozenset({"request", "workOrder"})
    in_causal_order = True

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.trouble: dict[str, Exception] = {}

    def handle(self, commit: Commit) -> None:
        name = f"{commit.stream}@{commit.version}"
        if name in self.trouble:
            raise self.trouble[name]
        self.heard.append(name)


class World:
    """Two logs, one consumer of both."""

    def __init__(self, checkpoints: MemoryCheckpoints | None = None) -> None:
        self.intake, self.dispatch = log_of("intake"), log_of("dispatch")
        self.consumer = Hearing()
        self.checkpoints = checkpoints or MemoryCheckpoints("hearing")
        self.chart = LiveChart(self.dispatch)
        self.follower = Follower(
            self.consumer,
            logs={"intake": self.intake, "dispatch": self.dispatch},
            checkpoints=self.checkpoints,
            chart=self.chart,
        )

    @property
    def heard(self) -> list[str]:
        return self.consumer.heard

    def request(self, cause: Cause | None = None) -> Commit:
        return append(self.intake, R, noted(), cause=cause)

    def order(self, stream: str = W, cause: Cause | None = None) -> Commit:
        return append(self.dispatch, stream, noted(), cause=cause)

    def corrupt(self, name: str) -> None:
        self.consumer.trouble[name] = Corrupt(why="unreadable")

    def parked(self) -> list[str]:
        return [each.stream for each in self.checkpoints.parked()]

    def due(self) -> list[str]:
        return list(self.checkpoints.due_retries(datetime.now(UTC) + LATER, 100))

    def stamp_all(self) -> None:
        for log in (self.intake, self.dispatch):
            log.stamp(10_000)
