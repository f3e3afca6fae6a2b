"""Health and metrics of any service that mixes them in; and the in-process application's bounds."""

import pytest
from prometheus_client import CollectorRegistry
from werkzeug.test import Client

from services.common.http.health import HealthRoutes, Vitals
from services.common.http.host import HttpHost
from services.common.http.wsgi import application
from services.common.observability.metrics import PlatformMetrics


class DeskService(HealthRoutes):
    """Nothing but its health."""

    name = "desk"
    vitals = Vitals(CollectorRegistry())


def away() -> str | None:
    raise ConnectionError("mongodb://user:word@host")


def served(**checks: object) -> Client:
    registry = CollectorRegistry()
    host = HttpHost(observer=PlatformMetrics(registry, "desk"))
    vitals = Vitals(registry, checks)  # type: ignore[arg-type]
    return Client(application(DeskService, http=host, vitals=vitals))


def test_live_asks_nobody() -> None:
    answer = served(database=away).get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"status": "live"})


def test_ready_when_every_check_passes() -> None:
    answer = served(bus=lambda: None).get("/health/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ready", "failing": {}, "passing": ["bus"]},
    )


def test_not_ready_names_what_fails_and_tells_no_secret() -> None:
    answer = served(bus=lambda: None, chart=lambda: "not read", database=away).get("/health/ready")
    assert (answer.status_code, answer.json) == (
        503,
        {
            "status": "not ready",
            "failing": {"chart": "not read", "database": "ConnectionError"},
            "passing": ["bus"],
        },
    )


def test_metrics_are_those_of_this_registry() -> None:
    desk = served()
    desk.get("/health/live")
    answer = desk.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    assert 'shaobao_http_request_seconds_count{method="GET",route="/health/live"' in answer.text


def test_a_dependency_that_the_service_has_not_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="no dependency desk"):
        application(DeskService, desk=1)
