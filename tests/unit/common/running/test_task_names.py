"""Every task can be counted when it fails: who can't be, would die of its first fault."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services import common
from services.common.following.processors import Following
from services.common.observability.metrics import LABELS, PlatformMetrics
from services.common.work.lease import Leases
from services.common.work.wake import Wake
from tests.unit.common.following.processing import Scribe, World

SOURCES = Path(common.__path__[0]).parent


def names_of_tasks() -> Iterator[str]:
    """Yield the names that classes with turns bear in the product."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
                if "turn" in methods:
                    yield from _name_in(node)


def _name_in(node: ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        if (
            isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and each.target.id == "name"
            and isinstance(each.value, ast.Constant)
        ):
            yield str(each.value.value)


def test_the_names_of_tasks_are_welcome_as_labels() -> None:
    names = list(names_of_tasks())
    assert {"sequencer", "relay", "cursors", "heads of logs", "following gauges"} <= set(names)
    assert [name for name in names if not LABELS["task"].fullmatch(name)] == []


@pytest.mark.parametrize(
    "consumer", ["dispatch", "escalation.notifier", "dispatch.open_work_orders", "x" * 40]
)
def test_a_failed_turn_is_counted_for_every_consumer(consumer: str) -> None:
    assert LABELS["consumer"].fullmatch(consumer)
    scribe = Scribe()
    scribe.name = consumer
    task = Following(World(scribe).processor, Wake(), Leases().lease("leader"))
    registry = CollectorRegistry()
    PlatformMetrics(registry, "dispatch").task_failed(task.name)
    labels = {"service": "dispatch", "task": f"following for {consumer}"}
    assert registry.get_sample_value("shaobao_task_faults_total", labels) == 1
