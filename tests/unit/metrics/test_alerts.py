"""The alerts that ship ask for metrics that exist, and every service is scraped."""

import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry

from services.common.messaging.lease import Leases
from services.common.observability.metrics import PlatformMetrics
from services.metrics.exporter import exporting
from tests.support.examples_metrics import MetricsWorld

DEPLOYED = Path(__file__).resolve().parents[3] / "deploy" / "prometheus"


def _read(name: str) -> Any:
    return yaml.safe_load((DEPLOYED / name).read_text(encoding="utf-8"))


def _alerts() -> list[dict[str, Any]]:
    return [rule for group in _read("alerts.yml")["groups"] for rule in group["rules"]]


def _known() -> set[str]:
    registry = CollectorRegistry()
    platform = PlatformMetrics(registry, "metrics")
    platform.dead_lettered("metrics.inbox")
    platform.http_answered("GET", "/", 200, 0.1)
    platform.clock_missed("resolution", 0.1)
    names = {sample.name for family in registry.collect() for sample in family.samples}
    names |= {family.name for family in registry.collect()}
    figures = CollectorRegistry()
    exporting(MetricsWorld().books, Leases().lease("figures"), figures).turn()
    return names | {family.name for family in figures.collect()}


def test_alerts_ask_for_metrics_that_exist() -> None:
    asked = {name for rule in _alerts() for name in re.findall(r"shaobao_\w+", rule["expr"])}
    assert asked <= _known()


def test_orphans_parked_streams_relay_lag_and_dead_letters_are_alarmed() -> None:
    names = {rule["alert"] for rule in _alerts()}
    assert {"OrphanWorkOrders", "ParkedStreams", "RelayLags", "DeadLetters"} <= names


def test_every_alert_says_in_both_languages_what_it_means() -> None:
    for rule in _alerts():
        summary = rule["annotations"]["summary"]
        assert re.search(r"[\u4e00-\u9fff]", summary), rule["alert"]
        assert " / " in summary
        assert rule["annotations"]["description"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_all_four_services_are_scraped_every_five_seconds() -> None:
    found = _read("prometheus.yml")
    assert found["global"]["scrape_interval"] == "5s"
    jobs = {job["job_name"] for job in found["scrape_configs"]}
    assert jobs == {"intake", "dispatch", "escalation", "metrics"}
    assert found["rule_files"] == ["alerts.yml"]
