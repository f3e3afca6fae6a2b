"""Which unit a person means who types a code or a name, by the registry's files of this moment."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.common.chart import Adoption, Chart, Unit, fold
from services.operating.registry.tables import registry_of
from services.terminal.environment import SHIPPED_REGISTRY
from services.terminal.unprepared import WrongWord

MOST_LISTED: Final = 20
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


def chart_of(settings: Mapping[str, str]) -> Chart:
    """Return the chart that the files in REGISTRY_DIR, or else those shipped, make now.

    Raises:
        WrongWord: They have faults, each named with file and line.
    """
    folder = Path(settings.get("REGISTRY_DIR") or SHIPPED_REGISTRY)
    tables = registry_of(folder).values()
    return fold(
        (Adoption(each.stream, 1, _START, each.entries) for each in tables), datetime.now(UTC)
    )


def units_meant(chart: Chart, text: str) -> list[Unit]:
    """Return the units that `text` means: the one of that code, else all of exactly that name."""
    if text in chart.units:
        return [chart.units[text]]
    return [unit for unit in chart.units.values() if text in (unit.name_zh, unit.name_en)]


def the_unit(chart: Chart, text: str, kinds: Collection[str] = (), *, chinese: bool) -> Unit:
    """Return the one unit that `text` means, by code or name.

    Raises:
        WrongWord: There is none, or more than one; names those that may be meant, of `kinds`.
    """
    found = units_meant(chart, text)
    if len(found) == 1:
        return found[0]
    if found:
        there = listed(chart, found, chinese=chinese)
        raise WrongWord(
            en=f"{len(found)} units are named '{text}'; give the code:\n{there}",
            zh=f"名为“{text}”的单位有 {len(found)} 个，请写代码：\n{there}",
        )
    there = listed(chart, units_like(chart, text, kinds), chinese=chinese)
    raise WrongWord(
        en=f"There is no unit '{text}'. Units:\n{there}",
        zh=f"没有单位“{text}”。单位有：\n{there}",
    )


def units_like(chart: Chart, text: str, kinds: Collection[str]) -> list[Unit]:
    """Return units that somebody who wrote `text` may have meant, of `kinds` if some are given.

    Those whose code begins with it or whose name holds it; if none does, all. The home district
    comes first.
    """
    home = chart.policies.text("home_district_code")
    fitting = [each for each in chart.units.values() if not kinds or each.kind in kinds]
    near = [each for each in fitting if text and _is_like(each, text)]
    return sorted(near or fitting, key=lambda each: (each.district != home, each.code))


def _is_like(unit: Unit, text: str) -> bool:
    word = text.lower()
    return unit.code.startswith(text) or text in unit.name_zh or word in unit.name_en.lower()


def listed(chart: Chart, units: Iterable[Unit], *, chinese: bool) -> str:
    """Return a line for each unit: code, names, and of what it is part.

    No more than `MOST_LISTED`, and how many more there are.
    """
    found = list(units)
    lines = [f"  {each.code}  {_names(chart, each)}" for each in found[:MOST_LISTED]]
    if len(found) > MOST_LISTED:
        more = len(found) - MOST_LISTED
        lines.append(
            f"  …… 另有 {more} 个，可输入部分名称或代码查找"
            if chinese
            else f"  ... and {more} more: a part of the name or of the code finds them"
        )
    return "\n".join(lines)


def _names(chart: Chart, unit: Unit) -> str:
    parent = chart.units[unit.parent].name_zh if unit.parent is not None else ""
    return "  ".join(each for each in dict.fromkeys((unit.name_zh, unit.name_en, parent)) if each)
