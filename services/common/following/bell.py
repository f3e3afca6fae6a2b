"""Every follower of a service behind one bell: doorbells ring it, sweeps and looks use the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakValueDictionary

from pymongo.database import Database

from services.common.contracts.envelope import Doorbell
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import Row
from services.common.eventlog.ports import LogReader
from services.common.following.follower import Consumer, Follower
from services.common.following.mongo_checkpoints import MongoCheckpoints
from services.common.following.recent import RecentlyRead


@dataclass(frozen=True, slots=True)
class Bell:
    """The followers of one service."""

    followers: tuple[Follower, ...]
    _ringing: WeakValueDictionary[str, Lock] = field(default_factory=WeakValueDictionary)

    def ring(self, doorbell: Doorbell) -> None:
        """Let everybody whom that stream concerns catch up; one of a newer release concerns nobody.

        Raises:
            Transient: Not even a retry row could be written: keep the message.
        """
        stream, version = doorbell.subject, doorbell.streamversion
        with self._alone_with(stream):
            for follower in self.followers:
                if follower.concerned_by(stream) and not follower.has_handled(stream, version):
                    follower.ring(stream, version)

    def _alone_with(self, stream: str) -> Lock:
        """Return the lock of `stream`, gone when nobody holds it or waits for it.

        Events of one commit ring at the same moment. Let in together, each would do the work of
        all; in turns, the second finds nothing left to do.
        """
        return self._ringing.setdefault(stream, Lock())

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
    consumers: Iterable[Consumer],
    view: Database[Row],
) -> Bell:
    """Return the bell of a service whose checkpoints lie in `view`."""
    followers = []
    recent = {name: RecentlyRead(log) for name, log in logs.items()}
    for consumer in consumers:
        checkpoints = MongoCheckpoints(consumer.name, view)
        checkpoints.prepare(consumer.follows)
        followers.append(Follower(consumer, logs=recent, checkpoints=checkpoints, chart=chart))
    return Bell(tuple(followers))
