"""One replica of a service in one process: its processors, and what rings them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.commit import Commit
from services.common.contracts.doorbell import doorbell
from services.common.errors import Transient
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader
from services.common.following.batches import Consumer
from services.common.following.bell import Bell
from services.common.following.cursors import CursorMoved, Cursors
from services.common.following.followed_log import FollowedLog
from services.common.following.processor import Processor
from services.common.following.processors import Processors, processors_of
from services.common.messaging.publisher import Letter

SOONER_OR_LATER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Replica:
    """Follows when it is told to; what wasn't announced it doesn't see."""

    processors: Processors
    bell: Bell

    def hear(self, letter: Letter) -> None:
        """Hear a doorbell."""
        heard = doorbell(letter.body)
        self.bell.ring(heard.log, heard.position)

    def grown(self, log: str, head: int, commits: Sequence[Commit]) -> None:
        """Hear from the sequencer beside it."""
        self.bell.logs[log].give(commits)
        self.bell.ring(log, head)

    def look(self) -> bool:
        """Find what no doorbell told; say whether that was anything."""
        return sum([log.look() for log in self.bell.logs.values()]) > 0

    def turn(self) -> int:
        """Let every processor take a turn; return how many moved, or met another that had."""
        return sum(_moved(each) for each in self.processors)

    def retry_all(self) -> None:
        """Take up every held stream that is tried again, whenever it is due."""
        for each in self.processors:
            each.retry_due(SOONER_OR_LATER)


def replica_of(
    consumers: Iterable[Consumer], logs: Mapping[str, LogReader], cursors: Cursors
) -> Replica:
    """Return a replica whose consumers have their cursors in `cursors`."""
    followed = {name: FollowedLog(log) for name, log in logs.items()}
    chart = LiveChart(logs["dispatch"])
    found = processors_of(consumers, logs=followed, cursors=cursors, observers=(chart.observe,))
    return Replica(found, Bell(followed))


def _moved(processor: Processor) -> bool:
    try:
        return processor.turn() > 0
    except CursorMoved:
        return True
    except Transient:
        return False
