"""Do the five tables fit each other? Asked of the files before they are adopted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from services.common.chart.chart import Chart
from services.common.chart.duties import SECTION, TOWN, UNCLEAR, VILLAGE
from services.common.chart.errors import InvalidEntry
from services.common.chart.folding import SHAPES, Adoption, chart_of
from services.common.chart.policies import REQUIRED
from services.common.chart.units import COMMAND
from services.common.contracts.vocabulary import RegistryKind

#: The day that is looked at when no policy names one: any will do.
_NO_DAY: Final = "2020-01-01"
#: What a unit of a kind has to lie in, so that its ladder has every rung.
_LIES_IN: Final = {"village": "town", "town": "district", "section": "town"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the entry `key` of a table."""

    kind: RegistryKind
    key: str
    why: str


def faults(chosen: Mapping[str, Adoption]) -> list[Fault]:
    """Return what is wrong with the charts that these adoptions give, on each day of change.

    The first day is that of the earliest policy: before it there are no limits to decide by.
    Names the same fault once, however many days it lasts.
    """
    start = min(chosen["registry-policies"].days, default=_NO_DAY)
    changes = chain.from_iterable(adoption.days for adoption in chosen.values())
    found: dict[Fault, None] = {}
    for day in sorted({start, *(day for day in changes if day > start)}):
        found.update(dict.fromkeys(_on_day(chosen, day)))
    return list(found)


def _on_day(chosen: Mapping[str, Adoption], day: str) -> Iterator[Fault]:
    try:
        chart = chart_of(chosen, day)
    except InvalidEntry as error:
        yield fault_of(error)
        return
    yield from _of_duties(chart)
    yield from _of_catalogue(chart)
    yield from _of_policies(chart)
    yield from _of_units(chart)


def fault_of(error: InvalidEntry) -> Fault:
    """Return the fault that an unreadable entry is."""
    facts = error.facts
    kind = next(kind for kind in SHAPES if kind == facts["kind"])
    return Fault(kind=kind, key=str(facts["key"]), why=f"{facts['field']} {facts['why']}")


def _of_duties(chart: Chart) -> Iterator[Fault]:
    for duty in chart.duties.values():
        if duty.category not in chart.categories:
            yield Fault("duties", duty.category, "no such category of the third level")
        if duty.first_holder not in (VILLAGE, TOWN, UNCLEAR, *chart.units):
            yield Fault("duties", duty.category, f"no such first holder: {duty.first_holder}")


def _of_catalogue(chart: Chart) -> Iterator[Fault]:
    suffixes = {code.partition("-")[2] for code in chart.units}
    for row in chart.catalogue.values():
        if row.category not in chart.categories:
            yield Fault("catalogue", row.category, "no such category of the third level")
        for name in _unknown(chart, suffixes, (row.lead, *row.support)):
            yield Fault("catalogue", row.category, f"no such unit: {name}")


def _unknown(chart: Chart, suffixes: set[str], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        section = name.startswith(SECTION) and name.removeprefix(SECTION) in suffixes
        if not section and name not in (VILLAGE, TOWN) and name not in chart.units:
            yield name


def _of_policies(chart: Chart) -> Iterator[Fault]:
    policies = chart.policies
    missing = REQUIRED - policies.entries.keys()
    for name in sorted(missing):
        yield Fault("policies", name, "is not set")
    for name, policy in policies.entries.items():
        measured = name.endswith(("_seconds", "_permille", "_count", "_numerator", "_denominator"))
        if measured and not (type(policy.value) is int and policy.value > 0):
            yield Fault("policies", name, f"is not a whole number above 0: {policy.value!r}")
            return
    if missing:
        return
    if policies.text("home_district_code") not in chart.tree.command:
        yield Fault("policies", "home_district_code", "names no district")
    weights = [policies.number(name) for name in sorted(REQUIRED) if name.startswith("composite_")]
    if sum(weights) != 1000:
        yield Fault("policies", "composite_response_permille", f"weights sum up to {sum(weights)}")
    if policies.quorum_of_support(1) != 1:
        yield Fault("policies", "quorum_support_numerator", "is above the denominator")


def _of_units(chart: Chart) -> Iterator[Fault]:
    for unit in chart.units.values():
        wanted = _LIES_IN.get(unit.kind)
        if wanted and chart.unit(unit.parent or unit.code).kind != wanted:
            yield Fault("units", unit.code, f"a {unit.kind} lies in a {wanted}, not {unit.parent}")
        if unit.kind == "district":
            kinds = tuple(chart.unit(code).kind for code in chart.tree.command.get(unit.code, ()))
            if kinds != COMMAND:
                yield Fault("units", unit.code, f"needs one each of {', '.join(COMMAND)}")
