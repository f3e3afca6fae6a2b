"""From sums by town to the gauges of one moment; and the plain way to such sums, in one pass."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from prometheus_client.core import GaugeMetricFamily

from services.common.chart import Chart
from services.metrics.figures import COMPOSITE, THREE_RATES, composite_of
from services.metrics.metrics_definitions import (
    COMPOSITE_GAUGE,
    FIGURE_GAUGES,
    UNKNOWN_UNIT,
    Exposition,
    FigureGauge,
    family,
)
from services.metrics.shares import UNPLACED, Share

#: unit, tier, part
SumKey = tuple[str, str, str]
#: -> numerator, denominator; of each figure that a gauge shows.
Sums = Mapping[SumKey, tuple[int, int]]
Added = Mapping[str, Sums]
SHOWN: Final = frozenset(each.figure for each in FIGURE_GAUGES)
#: Most units of a city are villages: looking further at each would take too long for one turn.
_NEVER_SHOWN = frozenset({"village", "grid", "district"})


def reporting_unit(chart: Chart, unit: str) -> str:
    """Return under which unit a unit is shown: its town, or itself outside the towns."""
    return chart.town_of(unit) or unit


def added_up(shares: Iterable[Share], chart: Chart) -> Added:
    """Return the sums of all shares that a gauge shows."""
    found: dict[str, dict[SumKey, tuple[int, int]]] = {name: {} for name in SHOWN}
    for share in shares:
        sums = found.get(share.figure)
        if sums is not None:
            key = (*place_of(chart, share.unit), share.part or "")
            numerator, denominator = sums.get(key, (0, 0))
            sums[key] = (numerator + share.numerator, denominator + share.denominator)
    return found


def place_of(chart: Chart, unit: str) -> tuple[str, str]:
    """Return under which unit a unit is shown, and its tier.

    One that the chart has no more is counted too, under no name.
    """
    if unit == UNPLACED or unit not in chart.units:
        return UNKNOWN_UNIT, UNKNOWN_UNIT
    return reporting_unit(chart, unit), chart.unit(unit).tier


def figure_families(
    exposition: Exposition, added: Added, chart: Chart, pause: Callable[[], None]
) -> list[GaugeMetricFamily]:
    """Return the families of every figure's gauge, with the composite; pauses between them."""
    found: dict[str, GaugeMetricFamily] = {}
    for gauge in FIGURE_GAUGES:
        shown = found.setdefault(gauge.name, family(gauge.name, gauge.text, *gauge.labels))
        for labels, value in _samples(gauge, added[gauge.figure]):
            exposition.add(shown, labels, value)
        pause()
    for unit, composite in _composites(added, chart):
        exposition.add(
            found[COMPOSITE_GAUGE], {"unit": unit, "figure": COMPOSITE}, float(composite)
        )
    return list(found.values())


def _samples(gauge: FigureGauge, sums: Sums) -> Iterator[tuple[dict[str, str], float]]:
    shown: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for (unit, tier, part), (numerator, denominator) in sums.items():
        known = {"unit": unit, "tier": tier, "figure": gauge.figure, gauge.part: part}
        pair = shown[tuple(known[label] for label in gauge.labels)]
        pair[0] += numerator
        pair[1] += denominator
    for values, (numerator, denominator) in sorted(shown.items()):
        labels = dict(zip(gauge.labels, values, strict=True))
        match gauge.take:
            case "numerator":
                yield labels, numerator
            case "denominator":
                yield labels, denominator
            case "ratio" if denominator:
                yield labels, numerator / denominator


def _composites(added: Added, chart: Chart) -> Iterator[tuple[str, Fraction]]:
    """Yield the composite of each unit that has all three rates."""
    rates = {name: _rates(added[name]) for name in THREE_RATES}
    for unit in sorted(rates[THREE_RATES[0]]):
        composite = composite_of({name: rates[name].get(unit) for name in THREE_RATES}, chart)
        if composite is not None:
            yield unit, composite


def _rates(sums: Sums) -> Mapping[str, Fraction]:
    """Return the rate of each unit that has data."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (unit, _, _), (numerator, denominator) in sums.items():
        found[unit][0] += numerator
        found[unit][1] += denominator
    return {unit: Fraction(*pair) for unit, pair in found.items() if pair[1]}


def unit_info(exposition: Exposition, chart: Chart) -> GaugeMetricFamily:
    """Return the names of every unit that can stand in a label `unit`."""
    found = family(
        "shaobao_unit_info", "Names of units.", "unit", "kind", "tier", "name_zh", "name_en"
    )
    for code, unit in chart.units.items():
        if unit.kind not in _NEVER_SHOWN and reporting_unit(chart, code) == code:
            names = {"name_zh": unit.name_zh, "name_en": unit.name_en}
            exposition.add(found, {"unit": code, "kind": unit.kind, "tier": unit.tier, **names}, 1)
    return found
