"""What metrics reads from, and how it reads a month: in pages, giving way between them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from services.common.chart import Chart, RegistryNotReady
from services.common.clock import Clock
from services.common.contracts.codec import to_time
from services.common.contracts.streams import log_of, logs_with
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader
from services.common.following.cursors import Cursor, Cursors
from services.common.following.ports import Document, Documents
from services.metrics.errors import MonthBeforeRecords, MonthNotBegun
from services.metrics.figures import shares_of
from services.metrics.months import Window, window_of
from services.metrics.projections import READ_MODELS
from services.metrics.shares import Share

#: Records a page: about a millisecond of computing, so that nobody waits 5 ms for a turn.
PAGE: Final = 50


def _stay() -> None:
    """Give way to nobody: there is nobody else in one thread of a test or a command."""


@dataclass(frozen=True, slots=True)
class Books:
    """The ports of metrics. It writes nothing but its read models, and those by projectors."""

    logs: Mapping[str, LogReader]  #: every log, by service
    documents: Documents
    chart: LiveChart
    clock: Clock
    cursors: Cursors  #: of who keeps the records
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
        for page in self.pages(model, window):
            for document in page:
                if document.id not in seen and matters(document, window):
                    seen.add(document.id)
                    yield document.body

    def pages(self, model: str, window: Window) -> Iterator[Sequence[Document]]:
        """Yield what `records` chooses from, giving way after each page."""
        yield from self._open(model)
        yield from self._over(model, window)

    def _open(self, model: str) -> Iterator[Sequence[Document]]:
        after: str | None = None
        while found := self.documents.find(model, {"open": True}, after=after, limit=PAGE):
            yield found
            after = found[-1].id
            self.pause()

    def _over(self, model: str, window: Window) -> Iterator[Sequence[Document]]:
        after = window.start
        while found := self.documents.find(model, {}, order_by="until", after=after, limit=PAGE):
            yield found
            after = str(found[-1].body["until"])
            self.pause()

    def as_of(self) -> Mapping[str, "Standing"]:
        """Return how far the records follow each log, as it is stored now."""
        heads = {name: log.head() for name, log in self.logs.items()}
        return standings(self.cursors.load_all(), heads)


def matters(document: Document, window: Window) -> bool:
    """Say whether a record can add to a figure of `window`: one that is gone, or over, doesn't."""
    body = document.body
    if not body.get("open") and str(body.get("until", "")) <= window.start:
        return False
    return bool(body["began_at"] < window.end)


@dataclass(frozen=True, slots=True)
class Standing:
    """Every commit up to `position` is in the records; `behind` newer ones are not, at most.

    Save those of `troubled` streams, which are held: what they hold beyond where they got stuck is
    missing, wherever it stands.
    """

    position: int
    behind: int
    troubled: int


def consumer_of(model: str) -> str:
    """Return the name of the consumer that keeps a read model."""
    return f"metrics.{model}"


def keepers_of(log: str) -> list[str]:
    """Return the names of the consumers that keep records of a log."""
    return [consumer_of(each.name) for each in READ_MODELS if log in logs_with(each.of)]


def standings(saved: Mapping[str, Cursor], heads: Mapping[str, int]) -> Mapping[str, Standing]:
    """Return how far the records follow each log: by cursors, and by where logs end."""
    return {
        name: _standing(name, head, [saved.get(each, Cursor()) for each in keepers_of(name)])
        for name, head in sorted(heads.items())
    }


def _standing(log: str, head: int, keepers: Sequence[Cursor]) -> Standing:
    position = min((each.positions.get(log, 0) for each in keepers), default=0)
    return Standing(
        position=min(position, head),
        behind=max(0, head - position),
        troubled=max((_troubled(log, each) for each in keepers), default=0),
    )


def _troubled(log: str, cursor: Cursor) -> int:
    return sum(log_of(stream) == log for stream in cursor.held)
