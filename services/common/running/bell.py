"""Every follower of a service behind one bell: doorbells ring it, sweeps and looks use the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pymongo.database import Database

from services.common.contracts.envelope import Doorbell
from services.common.contracts.streams import LOG_OF_CATEGORY, category_of
from services.common.errors import Corrupt
from services.common.eventlog.catch_up import Consumer, Follower
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_checkpoints import MongoCheckpoints
from services.common.eventlog.ports import LogReader


class UnknownStream(Corrupt):
    """A message names a stream of no category that this release knows. It is buried."""


@dataclass(frozen=True, slots=True)
class Bell:
    """The followers of one service."""

    followers: tuple[Follower, ...]

    def ring(self, doorbell: Doorbell) -> None:
        """Let everybody who follows that log catch up.

        Raises:
            UnknownStream: No service of this release owns such a stream.
            Transient: Not even a retry row could be written: keep the message.
        """
        if category_of(doorbell.subject) not in LOG_OF_CATEGORY:
            raise UnknownStream(stream=doorbell.subject)
        for follower in self.followers:
            follower.ring(doorbell.subject, doorbell.streamversion)

    def named(self, consumer: str) -> Follower:
        """Return the follower of one consumer.

        Raises:
            KeyError: This service has no such consumer.
        """
        return {each.consumer.name: each for each in self.followers}[consumer]

    def __iter__(self) -> Iterator[Follower]:
        """Iterate over the followers."""
        return iter(self.followers)


def bell_of(
    logs: Mapping[str, LogReader],
    chart: LiveChart,
    consumers: Iterable[tuple[Consumer, tuple[str, ...]]],
    view: Database[Row],
) -> Bell:
    """Return the bell of a service whose checkpoints lie in `view`."""
    followers = []
    for consumer, follows in consumers:
        checkpoints = MongoCheckpoints(consumer.name, view)
        checkpoints.create_indexes()
        followed = {log: logs[log] for log in follows}
        followers.append(Follower(consumer, logs=followed, checkpoints=checkpoints, chart=chart))
    return Bell(tuple(followers))
