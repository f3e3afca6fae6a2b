"""The alerts that ship ask for metrics that exist, and every service is scraped."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from services.common.observability.metrics import PlatformMetrics
from services.common.work.leading import Leadership
from services.common.work.lease import Leases
from services.common.work.tasks import Leased
from services.metrics.exporter import FigureCollector, FigureExport
from tests.support.examples_metrics import MetricsWorld

DEPLOYED = Path(__file__).resolve().parents[3] / "deploy" / "prometheus"


def _read(name: str) -> Any:
    return yaml.safe_load((DEPLOYED / name).read_text(encoding="utf-8"))


def _alerts() -> list[dict[str, Any]]:
    return [rule for group in _read("alerts.yml")["groups"] for rule in group["rules"]]


def _known() -> set[str]:
    """Return every name there is; that each is reported too is test_metrics' business."""
    registry = CollectorRegistry()
    platform = PlatformMetrics(registry, "metrics")
    platform.clocks_shown_while(lambda: True)
    platform.task_failed("relay")
    platform.dead_lettered("escalation.replies")
    platform.http_answered("GET", "/", 200, 0.1)
    platform.clock_missed("resolution", 0.1)
    names = {sample.name for family in registry.collect() for sample in family.samples}
    names |= {family.name for family in registry.collect()}
    figures = CollectorRegistry()
    leadership = Leadership(Leases().lease("figures"))
    collector = FigureCollector(leadership)
    figures.register(collector)
    world = MetricsWorld()
    export = FigureExport(world.books, world.followed, leadership, collector)
    Leased(export, leadership).turn()
    names |= {sample.name for family in figures.collect() for sample in family.samples}
    return names | {family.name for family in figures.collect()}


def test_alerts_ask_for_metrics_that_exist() -> None:
    asked = {name for rule in _alerts() for name in re.findall(r"shaobao_\w+", rule["expr"])}
    assert asked <= _known()


def test_what_must_not_last_is_alarmed() -> None:
    names = {rule["alert"] for rule in _alerts()}
    assert {"OrphanWorkOrders", "ParkedStreams", "RelayLags", "DeadLetters"} <= names
    assert {"StreamsKeepWaiting", "TaskKeepsFailing", "BrokerAway", "ClocksFireLate"} <= names


def _expression(alert: str) -> str:
    (found,) = [rule["expr"] for rule in _alerts() if rule["alert"] == alert]
    return str(found)


@pytest.mark.parametrize("service", ["intake", "dispatch", "escalation", "metrics"])
def test_a_service_that_nobody_can_find_any_more_is_alarmed(service: str) -> None:
    assert f'absent(up{{job="{service}"}})' in _expression("ServiceAway")


def test_a_leader_that_is_nowhere_is_alarmed() -> None:
    assert "absent(shaobao_figures_leader)" in _expression("FiguresWithoutOneLeader")
    assert "absent(shaobao_orphan_work_orders)" in _expression("NobodyWatchesOrphans")


def _gauges() -> set[str]:
    registry = CollectorRegistry()
    PlatformMetrics(registry, "metrics")
    return {family.name for family in registry.collect() if family.type == "gauge"}


def test_what_every_replica_counts_alike_is_never_added_up() -> None:
    """Two replicas that read the same rows would show twice as much."""
    for rule in _alerts():
        added = re.findall(r"sum(?: by \([a-z, ]+\))? \((shaobao_\w+)\)", rule["expr"])
        assert not _gauges() & set(added), rule["alert"]


def test_no_host_is_named_that_nothing_starts() -> None:
    compose = yaml.safe_load((DEPLOYED.parents[1] / "docker-compose.yml").read_text("utf-8"))
    asked = set(re.findall(r"names: \[([a-z]+)\]", (DEPLOYED / "prometheus.yml").read_text()))
    assert asked == {"intake", "dispatch", "escalation", "metrics"}
    assert asked <= set(compose["services"])
    assert "alerting" not in _read("prometheus.yml")


def test_every_alert_says_in_both_languages_what_it_means() -> None:
    for rule in _alerts():
        summary = rule["annotations"]["summary"]
        assert re.search(r"[\u4e00-\u9fff]", summary), rule["alert"]
        assert " / " in summary
        assert rule["annotations"]["description"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_the_runbook_says_what_to_do_about_every_alert() -> None:
    runbook = (DEPLOYED.parents[1] / "docs" / "runbook.md").read_text("utf-8")
    bases = {
        re.sub(r"_(sum|count)$", "", name)
        for rule in _alerts()
        for name in re.findall(r"shaobao_\w+|\bup\b", rule["expr"])
    }
    assert [name for name in sorted(bases) if f"`{name}`" not in runbook] == []


def test_all_four_services_are_scraped_every_five_seconds() -> None:
    found = _read("prometheus.yml")
    assert found["global"]["scrape_interval"] == "5s"
    jobs = {job["job_name"] for job in found["scrape_configs"]}
    assert jobs == {"intake", "dispatch", "escalation", "metrics"}
    assert found["rule_files"] == ["alerts.yml"]
