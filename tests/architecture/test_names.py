"""Names that people search for: reactions, events, commands, metrics, errors."""

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.common.contracts import events
from services.common.contracts.event_types import REGISTER
from services.common.contracts.streams import LOG_OF_CATEGORY
from services.common.observability.metrics import PlatformMetrics
from services.metrics.metrics_definitions import FIGURE_GAUGES

assert events.__all__, "importing the events fills the register"

SERVICES_FOLDER = Path(__file__).parents[2] / "services"
DECIDING = ("intake", "dispatch", "escalation")
METRIC = re.compile(r"shaobao(_[a-z]+)+")
#: Base units alone: seconds, bytes and ratios; everything else is a count of what is named.
WRONG_UNITS = re.compile(
    r"_(ms|millis|milliseconds|micros|minutes|hours|days|kb|mb|kilobytes|percent|pct)(_|$)"
)


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def reactions(service: str) -> Mapping[Any, Any]:
    wired = importlib.import_module(f"services.{service}.wiring")
    found: Mapping[Any, Any] = wired.REACTIONS
    return found


def uses() -> Iterator[tuple[str, str, str]]:
    """Yield (module, reaction, event) for every row of every table of reactions."""
    for service in DECIDING:
        for shape, found in reactions(service).items():
            for reaction in found:
                yield reaction.__module__, reaction.__name__, shape.__name__


def test_a_reaction_is_named_after_its_event() -> None:
    """One for several events has a name of its own, e.g. `when_raise_answered`."""
    events_of = defaultdict(set)
    for module, reaction, event in uses():
        assert reaction.startswith("when_"), f"{module}.{reaction}"
        events_of[module, reaction].add(event)
    misnamed = {
        f"{module}.{reaction}"
        for (module, reaction), found in events_of.items()
        if len(found) == 1 and not f"_{snake(next(iter(found)))}".endswith(reaction[len("when") :])
    }
    assert misnamed == set()


def test_the_wire_name_of_an_event_is_that_of_its_class() -> None:
    """Fixed by hand, and still the same word: one name to search for."""
    assert {each.shape.__name__ for each in REGISTER.values()} == set(REGISTER)


@pytest.mark.parametrize("name", sorted(REGISTER))
def test_an_event_is_one_fact_in_the_past_without_a_suffix(name: str) -> None:
    assert re.fullmatch(r"([A-Z][a-z]+)+", name)
    assert not name.endswith(("Event", "Updated", "Changed"))


def test_a_category_is_one_word_that_splits_at_the_first_dash() -> None:
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", each) for each in LOG_OF_CATEGORY)


def platform_metrics() -> list[tuple[Any, list[str]]]:
    """Return what the platform's collectors describe, each with the names that it exposes."""
    registry = CollectorRegistry()
    PlatformMetrics(registry, "dispatch")
    collectors: dict[Any, list[str]] = registry._collector_to_names
    return [(each, names) for found, names in collectors.items() for each in found.describe()]


def metric_names() -> set[str]:
    return {each.name for each, _ in platform_metrics()} | {each.name for each in FIGURE_GAUGES}


@pytest.mark.parametrize("name", sorted(metric_names()))
def test_a_metric_says_whose_it_is_and_counts_in_base_units(name: str) -> None:
    assert METRIC.fullmatch(name)
    assert not WRONG_UNITS.search(name)


def test_counters_end_in_total_and_nothing_else_does() -> None:
    for described, exposed in platform_metrics():
        totals = any(name.endswith("_total") for name in exposed)
        assert totals == (described.type == "counter"), described.name


#: Asker and asked say the same of one thing; bodies of equal shape.
SHARED_BY_SERVICES = {
    "AdviseBack", "ConcludeWhistle", "HeldByAnotherUnit", "NoteBody", "ReasonBody",
}  # fmt: skip


def test_one_word_is_one_thing() -> None:
    """No two classes have one name. Schemas of answers bear the names of what they show."""
    places = defaultdict(set)
    for path in SERVICES_FOLDER.rglob("*.py"):
        if path.stem == "answers":
            continue
        for each in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
                places[each.name].add(str(path.relative_to(SERVICES_FOLDER)))
    assert {name for name, found in places.items() if len(found) > 1} == SHARED_BY_SERVICES
