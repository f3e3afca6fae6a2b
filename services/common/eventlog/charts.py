"""The chart as each service folds it: adoptions are events in dispatch's log.

Before a commit that names registry versions is handled, exactly those must be known, so that a
decision can be explained with the tables it used.
"""

from collections.abc import Mapping
from datetime import datetime

from services.common.chart import Chart, ChartBook
from services.common.contracts.commit import Commit
from services.common.contracts.events.dispatch import RegistryAdopted
from services.common.contracts.streams import REGISTRY_KINDS, registry_stream
from services.common.eventlog.ports import LogReader, SourceBehind


class LiveChart:
    """A chart book that reads what it lacks from dispatch's log."""

    def __init__(self, dispatch_log: LogReader) -> None:
        """Start empty; `refresh` reads what is there."""
        self._log = dispatch_log
        self._book = ChartBook()
        self._known = {registry_stream(kind): 0 for kind in REGISTRY_KINDS}
        self._asked: Mapping[str, int] = {}  #: the last that were asked for, all known

    @property
    def ready(self) -> bool:
        """Whether every registry kind has been adopted at least once."""
        return all(self._known.values())

    def at(self, moment: datetime) -> Chart:
        """Return the chart in force at `moment`.

        Raises:
            SourceBehind: Nothing has been adopted yet: the registry is still on its way.
        """
        if not self.ready:
            self.refresh()
        if not self.ready:
            missing = [stream for stream, version in self._known.items() if not version]
            raise SourceBehind(stream=",".join(missing), reached=0, wanted=1)
        return self._book.at(moment)

    def know(self, versions: Mapping[str, int]) -> None:
        """Make sure that `versions` (registry stream -> version) are folded.

        Raises:
            SourceBehind: One of them is not readable yet.
        """
        if versions == self._asked:  # most commits name what the one before named
            return
        for stream, version in versions.items():
            if self._known.get(stream, 0) < version:
                self._read(stream)
            if self._known.get(stream, 0) < version:
                raise SourceBehind(
                    stream=stream, reached=self._known.get(stream, 0), wanted=version
                )
        self._asked = dict(versions)

    def observe(self, commit: Commit) -> None:
        """Know what `commit` was decided by, and what it adopts: call it before it is handled.

        Raises:
            SourceBehind: A version that it names is not readable yet.
        """
        self.know(commit.draft.chart)
        if commit.stream in self._known:
            self.know({commit.stream: commit.version})

    def refresh(self) -> None:
        """Read every adoption that is new."""
        for stream in self._known:
            self._read(stream)

    def _read(self, stream: str) -> None:
        for commit in self._log.read(stream, self._known.get(stream, 0)):
            for fact in commit.facts:
                if isinstance(fact.event, RegistryAdopted):
                    self._book.adopt(
                        stream, commit.version, fact.event.effective_at, fact.event.entries
                    )
            self._known[stream] = commit.version
