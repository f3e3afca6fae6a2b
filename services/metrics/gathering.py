"""From entries to the gauges of one moment: added up by town in one pass, a page at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from prometheus_client.core import GaugeMetricFamily

from services.common.chart import Chart
from services.metrics.entries import UNPLACED, Entry
from services.metrics.figures import COMPOSITE, THREE_RATES
from services.metrics.metrics_definitions import (
    COMPOSITE_GAUGE,
    FIGURE_GAUGES,
    UNKNOWN_UNIT,
    FigureGauge,
    add,
    family,
)

#: (figure, unit, tier, part) -> numerator, denominator.
Added = Mapping[tuple[str, str, str, str], tuple[int, int]]
_SHOWN = frozenset(each.figure for each in FIGURE_GAUGES)


def reporting_unit(chart: Chart, unit: str) -> str:
    """Return under which unit a unit is shown: its town, or itself outside the towns."""
    return chart.town_of(unit) or unit


def added_up(entries: Iterable[Entry], chart: Chart) -> Added:
    """Return the sums of all entries that a gauge shows."""
    found: defaultdict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        if entry.figure in _SHOWN:
            unit, tier = _unit_and_tier(chart, entry.unit)
            pair = found[entry.figure, unit, tier, entry.part or ""]
            pair[0] += entry.numerator
            pair[1] += entry.denominator
    return {key: (pair[0], pair[1]) for key, pair in found.items()}


def _unit_and_tier(chart: Chart, unit: str) -> tuple[str, str]:
    """A unit that the chart has no more is counted too, under no name."""
    if unit == UNPLACED or unit not in chart.units:
        return UNKNOWN_UNIT, UNKNOWN_UNIT
    return reporting_unit(chart, unit), chart.unit(unit).tier


def figure_families(added: Added, chart: Chart) -> list[GaugeMetricFamily]:
    """Return the families of every figure's gauge, with the composite."""
    found: dict[str, GaugeMetricFamily] = {}
    for gauge in FIGURE_GAUGES:
        shown = found.setdefault(gauge.name, family(gauge.name, gauge.text, *gauge.labels))
        for labels, value in _samples(gauge, added):
            add(shown, labels, value)
    for unit, composite in _composites(added, chart):
        add(found[COMPOSITE_GAUGE], {"unit": unit, "figure": COMPOSITE}, float(composite))
    return list(found.values())


def _samples(gauge: FigureGauge, added: Added) -> Iterator[tuple[dict[str, str], float]]:
    sums: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for (figure, unit, tier, part), (numerator, denominator) in added.items():
        if figure == gauge.figure:
            wanted = {"unit": unit, "tier": tier, "figure": figure, gauge.part: part}
            pair = sums[tuple(wanted[label] for label in gauge.labels)]
            pair[0] += numerator
            pair[1] += denominator
    for values, (numerator, denominator) in sorted(sums.items()):
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
    rates: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for (figure, unit, _, _), (numerator, denominator) in added.items():
        if figure in THREE_RATES:
            pair = rates[unit].setdefault(figure, [0, 0])
            pair[0] += numerator
            pair[1] += denominator
    for unit, found in sorted(rates.items()):
        if all(found.get(name, (0, 0))[1] for name in THREE_RATES):
            weights = ((name, chart.policy(f"{COMPOSITE}_{name}_permille")) for name in THREE_RATES)
            yield (
                unit,
                sum(
                    (Fraction(weight, 1000) * Fraction(*found[name]) for name, weight in weights),
                    Fraction(0),
                ),
            )


def unit_info(chart: Chart) -> GaugeMetricFamily:
    """Return the names of every unit that can stand in a label `unit`."""
    found = family(
        "shaobao_unit_info", "Names of units.", "unit", "kind", "tier", "name_zh", "name_en"
    )
    for code, unit in sorted(chart.units.items()):
        if unit.kind != "district" and reporting_unit(chart, code) == code:
            names = {"name_zh": unit.name_zh, "name_en": unit.name_en}
            add(found, {"unit": code, "kind": unit.kind, "tier": unit.tier, **names}, 1)
    return found
