"""From adopted tables to the chart of a moment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast, get_args

from services.common.chart.categories import CATEGORIES, fold_categories
from services.common.chart.chart import Chart
from services.common.chart.duty_list import CATALOGUE, DUTIES, fold_catalogue, fold_duties
from services.common.chart.entries import Entry, Shape, change_days, day_of
from services.common.chart.errors import InvalidEntry, RegistryNotReady
from services.common.chart.policies import POLICIES, fold_policies
from services.common.chart.units import UNITS, fold_units
from services.common.contracts.streams import id_of, registry_stream
from services.common.contracts.vocabulary import RegistryKind
from services.common.words import Words

KINDS: Final[tuple[RegistryKind, ...]] = get_args(RegistryKind)
STREAMS: Final = tuple(registry_stream(kind) for kind in KINDS)
SHAPES: Final[Mapping[RegistryKind, Shape]] = {
    "units": UNITS,
    "categories": CATEGORIES,
    "duties": DUTIES,
    "catalogue": CATALOGUE,
    "policies": POLICIES,
}


@dataclass(frozen=True, slots=True)
class Adoption:
    """One `RegistryAdopted`: a whole table, in force from `effective_at` (aware).

    Raises:
        InvalidEntry: The stream is no registry, or an entry lacks a field or has a wrong one.
    """

    stream: str
    version: int
    effective_at: datetime
    entries: tuple[Entry, ...]
    days: tuple[str, ...] = field(init=False)  #: on which something in it begins or ends

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            why = Words("is unknown", "未知")
            raise InvalidEntry(kind=self.kind, key=self.stream, field="stream", why=why)
        for entry in self.entries:
            SHAPES[self.kind].check(entry)
        object.__setattr__(self, "days", change_days(self.entries))

    @property
    def kind(self) -> RegistryKind:
        """The table it replaces."""
        return cast(RegistryKind, id_of(self.stream))


def newest(adoptions: Iterable[Adoption], at: datetime) -> dict[str, Adoption]:
    """Return for each stream the highest version that is in force at `at`."""
    found: dict[str, Adoption] = {}
    for adoption in adoptions:
        other = found.get(adoption.stream)
        if adoption.effective_at <= at and (other is None or other.version < adoption.version):
            found[adoption.stream] = adoption
    return found


def fold(adoptions: Iterable[Adoption], at: datetime) -> Chart:
    """Return the chart that the newest adoption of each table gives for the moment `at`.

    Raises:
        RegistryNotReady: A table has no adoption in force at `at`.
        InvalidEntry: The entries valid on that day contradict each other.
    """
    return chart_of(newest(adoptions, at), day_of(at))


def require_all(streams: Collection[str]) -> None:
    """Check that `streams` has every registry stream.

    Raises:
        RegistryNotReady: Some are missing.
    """
    missing = [stream for stream in STREAMS if stream not in streams]
    if missing:
        raise RegistryNotReady(missing=", ".join(missing))


def chart_of(chosen: Mapping[str, Adoption], day: str) -> Chart:
    """Return the chart that one adoption of each stream gives for `day`.

    Raises:
        RegistryNotReady: A stream is missing.
        InvalidEntry: The entries valid on that day contradict each other.
    """
    require_all(chosen)
    entries = {chosen[stream].kind: chosen[stream].entries for stream in STREAMS}
    categories, groups = fold_categories(entries["categories"], day)
    return Chart(
        versions={stream: chosen[stream].version for stream in STREAMS},
        tree=fold_units(entries["units"], day),
        categories=categories,
        groups=groups,
        duties=fold_duties(entries["duties"], day),
        catalogue=fold_catalogue(entries["catalogue"], day),
        policies=fold_policies(entries["policies"], day),
    )
