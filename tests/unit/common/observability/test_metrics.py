"""Names in base units, labels that are bounded, and registries that don't clash."""

import ast
import inspect
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from services.common.observability import metrics as defining
from services.common.observability.metrics import (
    LABELS,
    MetricFactory,
    PlatformMetrics,
    UnboundedLabel,
)

SERVICES = ("intake", "dispatch", "escalation", "metrics")
UNITS = re.compile(r"shaobao_[a-z_]+(_seconds|_total|_commits|_streams|_orders|_armed|_connected)")
SOURCES = Path(defining.__file__).parents[2]


def used(registry: CollectorRegistry, service: str = "escalation") -> PlatformMetrics:
    """Return metrics that have each been used once."""
    metrics = PlatformMetrics(registry, service)
    metrics.clocks_shown_while(lambda: True)
    metrics.appended("appended", 0.001)
    metrics.http_answered("POST", "/v1/work-orders/<work_order_id>/transfer", 201, 0.004)
    metrics.http_answered("GET", "unmatched", 404, 0.0)
    metrics.http_answered("GET", "/open311/v2/requests.json", 200, 0.0)
    metrics.pending("intake", 3, 0.5)
    metrics.behind("escalation.clocks", "dispatch", 2)
    metrics.parked("escalation.clocks", 1)
    metrics.retrying("escalation.notifier", 1)
    metrics.connected(True)
    metrics.task_failed("heads of logs")
    metrics.dead_lettered("escalation.replies")
    metrics.refused("escalation", 1)
    metrics.orphans(0)
    metrics.clocks_armed("report_in", 4)
    metrics.clock_missed("report_in", 1.5)
    return metrics


def test_four_services_live_in_one_process() -> None:
    shown = [generate_latest(used(CollectorRegistry(), name).registry) for name in SERVICES]
    assert all(
        f'service="{name}"'.encode() in text for name, text in zip(SERVICES, shown, strict=True)
    )
    both = CollectorRegistry()
    used(both, "intake")
    with pytest.raises(ValueError, match="Duplicated"):
        used(both, "dispatch")  # one registry a service, by design


def test_every_metric_is_named_by_the_rule_and_in_base_units() -> None:
    registry = CollectorRegistry()
    used(registry)
    names = {family.name for family in registry.collect()}
    counters = {family.name for family in registry.collect() if family.type == "counter"}
    assert len(names) == 15
    for name in names:
        full = f"{name}_total" if name in counters else name
        assert UNITS.fullmatch(full), name
        assert not re.search(r"milli|_ms\b|minutes|hours", name)


def asked_for() -> Iterator[str]:
    """Yield what the product asks of an object that it calls its metrics or observer."""
    for path in sorted(SOURCES.rglob("*.py")):
        if path == Path(defining.__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                of = ast.unparse(node.value).rpartition(".")[2]
                if of in ("metrics", "_metrics", "observer"):
                    yield node.attr


def test_nothing_is_measured_that_nobody_reports() -> None:
    """A metric whose method has no caller never gets a sample, and its alert never fires."""
    methods = {
        name
        for name, _ in inspect.getmembers(PlatformMetrics, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods - set(asked_for()) == set()


def test_what_one_replica_knows_is_shown_while_it_leads_and_not_at_all_afterwards() -> None:
    registry = CollectorRegistry()
    leads = True
    metrics = PlatformMetrics(registry, "escalation")
    metrics.orphans(1)
    metrics.clocks_armed("promised", 2)
    assert b"shaobao_orphan_work_orders" not in generate_latest(registry)
    metrics.clocks_shown_while(lambda: leads)
    labels = {"service": "escalation", "clock_kind": "promised"}
    assert registry.get_sample_value("shaobao_clocks_armed", labels) == 2
    leads = False
    assert b"shaobao_orphan_work_orders" not in generate_latest(registry)
    assert b"shaobao_clocks_armed" not in generate_latest(registry)


def test_no_label_is_named_like_an_id() -> None:
    registry = CollectorRegistry()
    used(registry)
    labels = {
        label
        for family in registry.collect()
        for sample in family.samples
        for label in sample.labels
    }
    assert labels - {"le"} <= set(LABELS)
    assert not [name for name in LABELS if name.endswith("id") or name in ("stream", "key")]


@pytest.mark.parametrize("label", sorted(LABELS))
@given(st.uuids())
def test_no_label_takes_an_id(label: str, made: uuid.UUID) -> None:
    for text in (str(made), made.hex, f"workOrder-{made}", f"request-{made}@1.0", f"p-{made}"):
        assert not LABELS[label].fullmatch(text)
    assert not LABELS[label].fullmatch(f"/v1/work-orders/{made}")


def test_a_value_out_of_bounds_is_an_error_where_it_is_used() -> None:
    metrics = PlatformMetrics(CollectorRegistry(), "intake")
    with pytest.raises(UnboundedLabel):
        metrics.http_answered("GET", f"/v1/requests/{uuid.uuid4()}", 200, 0.1)
    with pytest.raises(UnboundedLabel):
        metrics.parked(str(uuid.uuid4()), 1)


def test_a_label_that_is_not_in_the_list_cannot_be_defined() -> None:
    with pytest.raises(UnboundedLabel):
        MetricFactory(CollectorRegistry(), "intake").gauge("shaobao_x", "x", "work_order_id")


@pytest.mark.parametrize(
    "unit", ["110112", "110112105", "110112105209", "dept-market", "cc-110112"]
)
def test_units_are_welcome_as_labels(unit: str) -> None:
    registry = CollectorRegistry()
    MetricFactory(registry, "metrics").gauge("shaobao_open", "x", "unit").at(unit).set(1)
    [metric] = registry.collect()
    assert [(each.labels["unit"], each.value) for each in metric.samples] == [(unit, 1.0)]
