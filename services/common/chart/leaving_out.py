"""The chart of tables with faults: entries that can't be folded are named and left out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from services.common.chart.chart import Chart
from services.common.chart.entries import Entry
from services.common.chart.errors import InvalidEntry
from services.common.chart.folding import SHAPES, Adoption, chart_of
from services.common.contracts.streams import registry_stream
from services.common.contracts.vocabulary import RegistryKind


class Sparse:
    """Tables from which whatever is in the way of a chart is taken out, one fault at a time.

    `invalid` are the faults in the order in which they were met, `torn` the tables that are not
    whole any more, or were not from the start.
    """

    def __init__(self, chosen: Mapping[str, Adoption], torn: Collection[RegistryKind]) -> None:
        """Begin with what could be read."""
        self._left = dict(chosen)
        self.invalid: list[InvalidEntry] = []
        self.torn: set[RegistryKind] = set(torn)

    def chart_of(self, day: str) -> Chart:
        """Return the chart of `day` without the entries that can't be folded into one."""
        while True:
            try:
                return chart_of(self._left, day)
            except InvalidEntry as error:
                self._leave_out(error)

    def _leave_out(self, error: InvalidEntry) -> None:
        kind = next(kind for kind in SHAPES if kind == error.facts["kind"])
        key = str(error.facts["key"])
        blameless = kind in self.torn and _names_another(error)
        if not blameless:
            self.invalid.append(error)
        self.torn.add(kind)
        stream, name = registry_stream(kind), SHAPES[kind].key
        table = self._left[stream]
        gone = {key}
        if kind == "units":
            above = next(entry.get("parent") for entry in table.entries if entry[name] == key)
            gone = _lineage(table.entries, above if blameless and above else key)
        kept = tuple(entry for entry in table.entries if entry[name] not in gone)
        self._left[stream] = replace(table, entries=kept)


def _names_another(error: InvalidEntry) -> bool:
    """Say whether the fault may only come of another entry's having been left out."""
    return (error.facts["kind"], error.facts["field"]) in (
        ("units", "parent"),
        ("categories", "code"),
    )


def _lineage(entries: Iterable[Entry], code: str) -> set[str]:
    """Return `code` and every unit below it: without it they would be in no district either."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        below[entry.get("parent", "")].append(entry["code"])
    gone: set[str] = set()
    waiting = [code]
    while waiting:
        here = waiting.pop()
        if here not in gone:
            gone.add(here)
            waiting.extend(below[here])
    return gone
