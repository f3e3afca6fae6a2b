"""The sums behind the gauges of one month, moved record by record.

What each record adds is kept, so it can be taken out again when the record changes. Where a unit
stands in the chart is asked when an addend is added: when the chart changes, the addends are placed
anew and no record is read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from sys import intern
from typing import Final, NamedTuple

from services.common.chart import Chart
from services.common.contracts.codec import to_time
from services.metrics.gathering import SHOWN, Added, SumKey, place_of
from services.metrics.shares import Share
from services.metrics.spans import RunningSpans, microseconds

#: Addends placed before others get their turn: a few milliseconds.
PLACED_AT_ONCE: Final = 2000
NO_SUMS: Final[Mapping[str, dict[SumKey, "Cell"]]] = {name: {} for name in SHOWN}


class Addend(NamedTuple):
    """What a record adds to one sum: a share without what only its reader needs."""

    figure: str
    unit: str
    part: str
    numerator: int
    denominator: int
    runs_from: int | None  #: microseconds since 1970; the numerator is 0 then, time makes it


#: Everything that one record adds, in the order of its shares.
Addends = tuple[Addend, ...]


def addends_of(shares: Iterable[Share]) -> Addends:
    """Return what `shares` add to the gauges."""
    return tuple(_addend(each) for each in shares if each.figure in SHOWN)


def _addend(share: Share) -> Addend:
    numerator, runs_from = share.numerator, None
    if share.runs_from is not None:
        numerator, runs_from = 0, microseconds(to_time(share.runs_from))
    unit, part = intern(share.unit), intern(share.part or "")
    return Addend(share.figure, unit, part, numerator, share.denominator, runs_from)


class Cell:
    """One sum of some records' addends; it is shown while it has any, be they zeros."""

    __slots__ = ("_denominator", "_numerator", "_spans", "addends")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.addends = 0
        self._numerator = 0
        self._denominator = 0
        self._spans: RunningSpans | None = None

    def add(self, addend: Addend) -> None:
        """Add one record's addend."""
        self.addends += 1
        self._numerator += addend.numerator
        self._denominator += addend.denominator
        if addend.runs_from is not None:
            self._spans = self._spans or RunningSpans()
            self._spans.begin(addend.runs_from)

    def take_out(self, addend: Addend) -> None:
        """Take out an addend that was added."""
        self.addends -= 1
        self._numerator -= addend.numerator
        self._denominator -= addend.denominator
        if addend.runs_from is not None and self._spans is not None:
            self._spans.end(addend.runs_from)

    def at(self, now: int) -> tuple[int, int]:
        """Return numerator and denominator at `now`, in microseconds since 1970."""
        run = 0 if self._spans is None else self._spans.seconds(now)
        return self._numerator + run, self._denominator


class MonthSums:
    """What every record adds, and the sums of that by figure, unit, tier and part."""

    def __init__(self, chart: Chart) -> None:
        """Begin with no record; units stand where `chart` has them."""
        self.chart = chart
        self._records: dict[str, dict[str, Addends]] = {}
        self._cells: dict[str, dict[SumKey, Cell]] = {}
        self._cell_of: dict[tuple[str, str, str], Cell] = {}
        self._alike: dict[Addend, Addend] = {}

    def of(self, model: str, id: str) -> Addends:  # noqa: A002  what it is called
        """Return what a record adds; one that is not known adds nothing."""
        return self._records.get(model, {}).get(id, ())

    def ids(self, model: str) -> Iterator[str]:
        """Yield the id of each record that adds something."""
        return iter(self._records.get(model, {}))

    def put(self, model: str, id: str, addends: Addends) -> None:  # noqa: A002
        """Let a record add `addends`, and no more what it added before."""
        records = self._records.setdefault(model, {})
        before = records.get(id, ())
        if addends == before:
            return
        if addends:
            records[id] = tuple(map(self._shared, addends))
        else:
            del records[id]
        for each in before:
            self._cell(each).take_out(each)
        for each in addends:
            self._cell(each).add(each)

    def place(self, chart: Chart, pause: Callable[[], None]) -> None:
        """Add everything up anew by another chart; gives way in between.

        Cut short, it leaves sums that are not whole: they are to be thrown away.
        """
        self.chart, self._cells, self._cell_of = chart, {}, {}
        every = (each for kept in self._records.values() for own in kept.values() for each in own)
        for count, addend in enumerate(every, 1):
            self._cell(addend).add(addend)
            if count % PLACED_AT_ONCE == 0:
                pause()

    def added(self, now: datetime) -> Added:
        """Return the sums that gauges show, with what runs counted up to `now`."""
        at = microseconds(now)
        return {
            figure: {key: cell.at(at) for key, cell in cells.items() if cell.addends}
            for figure, cells in {**NO_SUMS, **self._cells}.items()
        }

    def _cell(self, addend: Addend) -> Cell:
        """Return the cell that `addend` is added to; it stays the same until units are moved."""
        unplaced = addend[:3]
        found = self._cell_of.get(unplaced)
        if found is None:
            key = (*place_of(self.chart, addend.unit), addend.part)
            found = self._cells.setdefault(addend.figure, {}).setdefault(key, Cell())
            self._cell_of[unplaced] = found
        return found

    def _shared(self, addend: Addend) -> Addend:
        """Return one object for what many records add alike: a count of one at a unit, say."""
        if addend.runs_from is not None or addend.numerator > 1:
            return addend
        return self._alike.setdefault(addend, addend)
