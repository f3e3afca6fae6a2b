"""Do the five tables fit each other? Asked of the files before they are adopted.

Stricter than folding: what was adopted once must stay readable, what is new must make sense.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, cast

from services.common.chart.chart import Chart
from services.common.chart.duty_list import SECTION, TOWN, UNCLEAR, VILLAGE
from services.common.chart.errors import InvalidEntry
from services.common.chart.folding import SHAPES, Adoption
from services.common.chart.leaving_out import Sparse
from services.common.chart.policies import REQUIRED
from services.common.chart.units import COMMAND
from services.common.contracts.vocabulary import RegistryKind
from services.common.words import Words

#: The day that is looked at when no policy names one: any will do.
_NO_DAY: Final = "2020-01-01"
#: What a unit of a kind has to lie in, so that its ladder has every rung.
_LIES_IN: Final = {"village": "town", "town": "district", "section": "town"}
_MEASURES: Final = ("_seconds", "_permille", "_count", "_numerator", "_denominator")
_NO_CATEGORY: Final = Words("no such category of the third level", "没有该问题分类（须为第三级）")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the entry `key` of a table."""

    kind: RegistryKind
    key: str
    why: Words


def faults(chosen: Mapping[str, Adoption], torn: Collection[RegistryKind] = ()) -> list[Fault]:
    """Return what is wrong with the charts that these adoptions give, on each day of change.

    The first day is that of the earliest policy: before it there are no limits to decide by.
    Names the same fault once, however many days it lasts. `torn` are tables of which entries are
    missing because they could not be read: whoever names something of them is not blamed.
    """
    start = min(chosen["registry-policies"].days, default=_NO_DAY)
    changes = chain.from_iterable(adoption.days for adoption in chosen.values())
    tables = Sparse(chosen, torn)
    found: dict[Fault, None] = {}
    for day in sorted({start, *(day for day in changes if day > start)}):
        chart = tables.chart_of(day)
        found.update(dict.fromkeys(map(fault_of, tables.invalid)))
        found.update(dict.fromkeys(_on_day(chart, tables.torn)))
    return list(found)


def fault_of(error: InvalidEntry) -> Fault:
    """Return the fault that an unreadable entry is."""
    facts = error.facts
    kind = next(kind for kind in SHAPES if kind == facts["kind"])
    why = cast(Words, facts["why"])
    return Fault(kind=kind, key=str(facts["key"]), why=why.about(str(facts["field"])))


def _on_day(chart: Chart, torn: Collection[RegistryKind]) -> Iterator[Fault]:
    if "categories" not in torn:
        yield from _of_named_categories(chart)
    if "units" not in torn:
        yield from _of_named_units(chart)
        yield from _of_ladders(chart)
    if "policies" not in torn:
        yield from _of_missing_policies(chart)
    yield from _of_policies(chart, home=chart.tree.command if "units" not in torn else None)
    yield from _of_places(chart)
    yield from _without_effect(chart)


def _of_named_categories(chart: Chart) -> Iterator[Fault]:
    for duty in chart.duties.values():
        if duty.category not in chart.categories:
            yield Fault("duties", duty.category, _NO_CATEGORY)
    for row in chart.catalogue.values():
        if row.category not in chart.categories:
            yield Fault("catalogue", row.category, _NO_CATEGORY)


def _of_named_units(chart: Chart) -> Iterator[Fault]:
    for duty in chart.duties.values():
        holder = duty.first_holder
        if holder not in (VILLAGE, TOWN, UNCLEAR, *chart.units):
            why = Words(f"no such first holder: {holder}", f"没有该首接单位：{holder}")
            yield Fault("duties", duty.category, why)
        elif holder in chart.units and not chart.units[holder].can_hold:
            why = Words(f"{holder} can't hold work orders", f"{holder} 不能承办工单")
            yield Fault("duties", duty.category, why)
    suffixes = {code.partition("-")[2] for code in chart.units}
    for row in chart.catalogue.values():
        for name in _unknown(chart, suffixes, (row.lead, *row.support)):
            why = Words(f"no such unit: {name}", f"没有该单位：{name}")
            yield Fault("catalogue", row.category, why)


def _unknown(chart: Chart, suffixes: set[str], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        section = name.startswith(SECTION) and name.removeprefix(SECTION) in suffixes
        if not section and name not in (VILLAGE, TOWN) and name not in chart.units:
            yield name


def _of_missing_policies(chart: Chart) -> Iterator[Fault]:
    for name in sorted(REQUIRED - chart.policies.entries.keys()):
        yield Fault("policies", name, Words("is not set", "未设置"))


def _of_policies(chart: Chart, home: Collection[str] | None) -> Iterator[Fault]:
    """Yield what is wrong with values. `home`: the districts, or None where they aren't known."""
    found = {name: policy.value for name, policy in chart.policies.entries.items()}
    wrong = [
        name for name, value in found.items() if name.endswith(_MEASURES) and not _above_0(value)
    ]
    for name in wrong:
        en, zh = "is not a whole number above 0", "应为大于 0 的整数"
        yield Fault("policies", name, Words(f"{en}: {found[name]!r}", f"{zh}：{found[name]!r}"))
    district = found.get("home_district_code")
    if home is not None and district is not None and district not in home:
        why = Words(f"names no district: {district!r}", f"没有该区：{district!r}")
        yield Fault("policies", "home_district_code", why)
    if not wrong and found.keys() >= REQUIRED:
        yield from _of_shares(chart)


def _above_0(value: object) -> bool:
    return type(value) is int and value > 0


def _of_shares(chart: Chart) -> Iterator[Fault]:
    policies = chart.policies
    total = sum(policies.number(name) for name in REQUIRED if name.startswith("composite_"))
    if total != 1000:
        why = Words(f"weights sum up to {total}", f"权重之和为 {total}，应为 1000")
        yield Fault("policies", "composite_response_permille", why)
    if policies.quorum_of_support(1) != 1:
        why = Words("is above the denominator", "大于分母")
        yield Fault("policies", "quorum_support_numerator", why)


def _of_places(chart: Chart) -> Iterator[Fault]:
    for unit in chart.units.values():
        wanted = _LIES_IN.get(unit.kind)
        if wanted and chart.unit(unit.parent or unit.code).kind != wanted:
            why = Words(
                f"a {unit.kind} lies in a {wanted}, not {unit.parent}",
                f"{unit.kind} 的上级应为 {wanted}，实际为 {unit.parent}",
            )
            yield Fault("units", unit.code, why)
        if unit.kind == "district" and unit.parent is not None:
            yield Fault("units", unit.code, Words("a district has no parent", "区不应有上级"))


def _of_ladders(chart: Chart) -> Iterator[Fault]:
    for unit in chart.units.values():
        if unit.kind == "district":
            kinds = tuple(chart.unit(code).kind for code in chart.tree.command.get(unit.code, ()))
            if kinds != COMMAND:
                wanted = ", ".join(COMMAND)
                why = Words(f"needs one each of {wanted}", f"应各有一个：{wanted}")
                yield Fault("units", unit.code, why)


def _without_effect(chart: Chart) -> Iterator[Fault]:
    """Yield settings that would be taken and change nothing."""
    for category in chart.categories.values():
        if category.working_time:
            why = Words(
                "working_time has no effect yet: no clock counts working days, write false",
                "working_time 尚无作用：目前没有时钟按工作日计时，请写 false",
            )
            yield Fault("categories", category.code, why)
    for name in sorted(chart.policies.entries.keys() - REQUIRED):
        why = Words(
            "has no effect: nothing asks for a policy of this name",
            "没有作用：没有任何规则使用该名称",
        )
        yield Fault("policies", name, why)
