"""All adopted versions of the registry, and the chart of any moment."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from services.common.chart.chart import Chart
from services.common.chart.entries import Entry, day_of
from services.common.chart.errors import RegistryOutOfOrder
from services.common.chart.folding import STREAMS, Adoption, chart_of, newest, require_all

#: Charts kept folded: the one in use, its neighbours at a change, and terms of running orders.
_KEPT: Final = 16


class ChartBook:
    """Feed it every `RegistryAdopted`, in the order of its stream; ask it for a chart.

    `at` costs a few microseconds once the chart of that day and those versions is folded; the
    first time it folds all units, some 50 ms for a city.
    """

    def __init__(self) -> None:
        self._adoptions: dict[str, list[Adoption]] = {stream: [] for stream in STREAMS}
        self._charts: dict[tuple[tuple[int, int], ...], Chart] = {}

    def adopt(
        self, stream: str, version: int, effective_at: datetime, entries: Iterable[Entry]
    ) -> None:
        """Keep one adoption. A version already kept changes nothing.

        Raises:
            RegistryOutOfOrder: A version is left out or comes too late.
            InvalidEntry: The stream is no registry, or an entry can't be read.
        """
        known = self.version_of(stream)
        if 0 < version <= known:
            return
        if version != known + 1:
            raise RegistryOutOfOrder(stream=stream, version=version, known=known)
        adoption = Adoption(stream, version, effective_at, tuple(entries))
        self._adoptions[stream].append(adoption)

    def version_of(self, stream: str) -> int:
        """Return the newest version kept of `stream`, in force or not; 0 if none."""
        return len(self._adoptions.get(stream, ()))

    @property
    def ready(self) -> bool:
        """Every table was adopted at least once."""
        return all(self._adoptions.values())

    def at(self, moment: datetime) -> Chart:
        """Return the chart of the aware `moment`: of each table the newest adoption in force.

        Raises:
            RegistryNotReady: A table has no adoption in force at `moment`.
            InvalidEntry: The entries valid on that day contradict each other.
        """
        chosen = newest((a for found in self._adoptions.values() for a in found), moment)
        return self._chart(chosen, day_of(moment))

    def of(self, versions: Mapping[str, int], moment: datetime) -> Chart:
        """Return the chart that a commit made at `moment` names by `versions`.

        Raises:
            RegistryNotReady: One of the versions is not kept yet.
        """
        chosen = {
            stream: self._adoptions[stream][version - 1]
            for stream, version in versions.items()
            if 0 < version <= self.version_of(stream)
        }
        return self._chart(chosen, day_of(moment))

    def _chart(self, chosen: Mapping[str, Adoption], day: str) -> Chart:
        require_all(chosen)
        # between two days on which something changes, one chart serves
        key = tuple(
            (chosen[stream].version, bisect_right(chosen[stream].days, day)) for stream in STREAMS
        )
        if (chart := self._charts.get(key)) is None:
            if len(self._charts) >= _KEPT:
                del self._charts[next(iter(self._charts))]
            chart = self._charts[key] = chart_of(chosen, day)
        return chart
