"""`/health/live`, `/health/ready` and `/metrics`: a mixin for every service's class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from services.common.http.call import Answer, HttpCall
from services.common.http.entrypoint import route
from services.common.http.reference.answers import Live, Readiness
from services.common.http.reference.telling import tells

#: Returns None if all is well, else a sentence for the operator. Must itself give up in 2 s.
Check = Callable[[], str | None]
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a process shows of itself: named checks, and its metrics."""

    registry: CollectorRegistry
    checks: Mapping[str, Check] = field(default_factory=dict)

    def failing(self) -> dict[str, str]:
        """Return the checks that fail, by name, with the reason."""
        outcomes = {name: _outcome(name, check) for name, check in self.checks.items()}
        return {name: reason for name, reason in outcomes.items() if reason is not None}


def _outcome(name: str, check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - a check that breaks has failed
        _log.warning("readiness_check_failed", check=name, exc_info=True)
        return type(error).__name__


class HealthRoutes:
    """Mix into a service class and give it `vitals`, a provider of `Vitals`."""

    vitals: ClassVar[Vitals]

    @route("GET", "/health/live", vital=True)
    @tells("存活", Live)
    def health_live(self, _call: HttpCall) -> Answer:
        """Answer as long as the process takes requests at all."""
        return Answer(200, {"status": "live"})

    @route("GET", "/health/ready", vital=True)
    @tells("就绪", Readiness, otherwise={503: Readiness})
    def health_ready(self, _call: HttpCall) -> Answer:
        """Answer 200 if every check passes, else 503 and which ones don't."""
        failing = self.vitals.failing()
        passing = sorted(set(self.vitals.checks) - set(failing))
        body = {
            "status": "not ready" if failing else "ready",
            "failing": failing,
            "passing": passing,
        }
        return Answer(503 if failing else 200, body)

    @route("GET", "/metrics", vital=True)
    @tells("运行指标", media=CONTENT_TYPE_LATEST)
    def metrics_exposition(self, _call: HttpCall) -> Answer:
        """Answer with the metrics in Prometheus' text format."""
        body = generate_latest(self.vitals.registry)
        return Answer(200, body, {"Content-Type": CONTENT_TYPE_LATEST})
