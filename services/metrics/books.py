"""What metrics reads from, and how it reads a month: in pages, giving way between them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.common.chart import Chart, RegistryNotReady
from services.common.clock import Clock
from services.common.contracts.codec import to_time
from services.common.contracts.streams import log_of
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader
from services.common.following.follower import Follower, not_handled
from services.common.following.ports import Checkpoints, Document, Documents
from services.metrics.errors import MonthBeforeRecords, MonthNotBegun
from services.metrics.figures import shares_of
from services.metrics.months import Window, window_of
from services.metrics.projections import READ_MODELS
from services.metrics.shares import Share

#: Records a page: about a millisecond of computing, so that nobody waits 5 ms for a turn.
PAGE: Final = 50
#: How many stamps beyond the swept position are looked at; more count as behind.
LOOK_AHEAD: Final = 2000
_WHENEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def _stay() -> None:
    """Give way to nobody: there is nobody else in one thread of a test or a command."""


@dataclass(frozen=True, slots=True)
class Books:
    """The ports of metrics. It writes nothing but its read models, and those by projectors."""

    logs: Mapping[str, LogReader]  #: every log, by service
    documents: Documents
    chart: LiveChart
    clock: Clock
    followers: Collection[Follower]  #: that keep the records
    pause: Callable[[], None] = _stay  #: lets other greenlets run

    def window(self, month: str) -> Window:
        """Return `month` as seen now.

        Raises:
            MonthMalformed: It is not YYYY-MM.
            MonthNotBegun: It lies ahead.
        """
        found = window_of(month, self.clock.now())
        if not found.begun:
            raise MonthNotBegun(month=month)
        return found

    def chart_of(self, window: Window) -> Chart:
        """Return the chart by which a month is counted: at its end, or of now while it lasts.

        Raises:
            MonthBeforeRecords: No registry was in force by then.
            SourceBehind: The registry is still on its way.
        """
        moment = min(to_time(window.end) - timedelta(microseconds=1), to_time(window.seen_at))
        try:
            return self.chart.at(moment)
        except RegistryNotReady as error:
            raise MonthBeforeRecords(month=window.month) from error

    def shares(self, window: Window) -> Iterator[Share]:
        """Yield what every record adds to the figures of `window`."""
        for model in READ_MODELS:
            for record in self.records(model.name, window):
                yield from shares_of(model.name, record, window)

    def records(self, model: str, window: Window) -> Iterator[Mapping[str, Any]]:
        """Yield each record that can matter in `window`, once: open ones first, then the others.

        In that order nothing is left out that closes meanwhile; what moves is met twice and told
        apart by its id.
        """
        seen: set[str] = set()
        for page in (self._open(model), self._over(model, window)):
            for document in page:
                if document.id not in seen and document.body["began_at"] < window.end:
                    seen.add(document.id)
                    yield document.body

    def _open(self, model: str) -> Iterator[Document]:
        after: str | None = None
        while found := self.documents.find(model, {"open": True}, after=after, limit=PAGE):
            yield from found
            after = found[-1].id
            self.pause()

    def _over(self, model: str, window: Window) -> Iterator[Document]:
        after = window.start
        while found := self.documents.find(model, {}, order_by="until", after=after, limit=PAGE):
            yield from found
            after = str(found[-1].body["until"])
            self.pause()

    def as_of(self) -> Mapping[str, "Standing"]:
        """Return how far the records follow each log."""
        return {name: self._standing(log) for name, log in sorted(self.logs.items())}

    def _standing(self, log: LogReader) -> "Standing":
        found = [_standing(log, each) for each in self.followers if log.name in each.logs]
        worst = min(found, key=lambda each: each.position, default=Standing(0, log.head(), 0))
        return replace(worst, troubled=max((each.troubled for each in found), default=0))


@dataclass(frozen=True, slots=True)
class Standing:
    """Every commit up to `position` is in the records; `behind` newer ones are not, at most.

    Save those of `troubled` streams, which are parked or tried again: what they hold beyond where
    they got stuck is missing, wherever it stands.
    """

    position: int
    behind: int
    troubled: int


def _standing(log: LogReader, follower: Follower) -> Standing:
    head = log.head()
    checkpoints = follower.checkpoints
    swept = checkpoints.swept(log.name)
    stamps = log.stamps(swept, LOOK_AHEAD)
    missing = not_handled(stamps, follower.consumer.follows, checkpoints)
    last = stamps[-1].position if stamps else swept
    position = missing[0].position - 1 if missing else last
    return Standing(position, len(missing) + max(0, head - last), _troubled(log, checkpoints))


def _troubled(log: LogReader, checkpoints: Checkpoints) -> int:
    parked = {each.stream for each in checkpoints.parked()}
    tried_again = checkpoints.due_retries(_WHENEVER, LOOK_AHEAD)
    return sum(log_of(stream) == log.name for stream in parked.union(tried_again))
