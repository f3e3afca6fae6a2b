"""How a service starts and stops while its servers come and go."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx

from services.common.contracts.streams import category_of
from services.demo import cast
from services.demo.api import Api
from services.demo.cases import CASES
from services.demo.reporting import Reporter
from services.local.readiness import is_ready
from tests.support.installation import Installation
from tests.support.on_the_way import OnTheWay
from tests.support.waiting import eventually

WITHIN_SECONDS = 90.0


def start(installation: Installation, *services: str, replicas: int = 1) -> None:
    """Start some services; don't wait."""
    for service in services:
        for number in range(replicas):
            installation.parts[f"{service}-{number}"].start()


def ready(installation: Installation, *services: str) -> None:
    """Wait until some services are ready."""
    for service in services:
        eventually(
            lambda service=service: is_ready(installation.services[service]),  # type: ignore[misc]
            awaited=f"{service} is ready",
            within_seconds=WITHIN_SECONDS,
        )


def report(api: Api, *keys: str) -> list[str]:
    """Report a case once for each key; return the lookup codes."""
    reporter = Reporter("hotline", api, cast.OPERATOR, [replace(CASES[0], key=key) for key in keys])
    reporter.look()
    return [reporter._receipts[key]["code"] for key in keys]


def dispatched(installation: Installation) -> list[int]:
    """Return how many commits each work order has."""
    heads = OnTheWay(installation.stores).heads()["dispatch"]
    return [version for stream, version in heads.items() if category_of(stream) == "workOrder"]


def all_dispatched(installation: Installation, orders: int) -> None:
    """Wait until `orders` work orders are there, each dispatched once."""
    eventually(
        lambda: dispatched(installation) == [1] * orders,
        awaited=f"{orders} work orders, dispatched once each",
        within_seconds=WITHIN_SECONDS,
    )


@contextmanager
def running(installation: Installation, *services: str) -> Iterator[Api]:
    """Give the way in to some services that are ready."""
    start(installation, *services)
    ready(installation, *services)
    with installation.api() as api:
        yield api


def test_a_database_that_is_away_at_the_start_is_waited_for(laid_out: Installation) -> None:
    laid_out.database.kill()
    part = laid_out.parts["dispatch-0"]
    part.start()
    eventually(
        lambda: "waiting_to_start" in part.said, awaited="it says that it waits", within_seconds=60
    )
    assert part.process.running

    laid_out.database.start()

    ready(laid_out, "dispatch")


def test_a_broker_that_is_away_at_the_start_stops_no_request_and_loses_none(
    laid_out: Installation,
) -> None:
    laid_out.broker.stop()  # in order: a queue declared a moment before a kill answers late
    with running(laid_out, "dispatch", "intake") as api:
        report(api, "while the broker is away")
        assert dispatched(laid_out) == []

        laid_out.broker.start()

        all_dispatched(laid_out, 1)


def test_a_broker_that_dies_in_the_middle_stops_no_request_and_loses_none(
    laid_out: Installation,
) -> None:
    with running(laid_out, "dispatch", "intake") as api:
        report(api, "before")
        all_dispatched(laid_out, 1)
        laid_out.broker.stop()
        report(api, "while it is away")

        laid_out.broker.start()

        all_dispatched(laid_out, 2)


def test_a_broker_that_goes_and_comes_is_shown_and_changes_nothing_about_being_ready(
    laid_out: Installation,
) -> None:
    def shown(name: str, *values: float) -> None:
        eventually(
            lambda: laid_out.metrics_of("escalation").get(name) in values,
            awaited=f"{name} is one of {values}",
            within_seconds=WITHIN_SECONDS,
        )

    connected = 'shaobao_consumer_connected{service="escalation"}'
    armed = 'shaobao_clocks_armed{clock_kind="resolution",service="escalation"}'
    with running(laid_out, "dispatch", "intake", "escalation") as api:
        shown(connected, 1)
        report(api, "while all is well")
        shown(armed, 1)
        shown('shaobao_orphan_work_orders{service="escalation"}', 0)
        laid_out.broker.stop()
        shown(connected, 0)
        ready(laid_out, "escalation")
        shown('shaobao_task_faults_total{service="escalation",task="departments"}', *range(1, 100))

        laid_out.broker.start()

        shown(connected, 1)


def test_a_database_that_dies_in_the_middle_is_a_clear_answer_and_comes_back(
    laid_out: Installation,
) -> None:
    with running(laid_out, "dispatch", "intake") as api:
        (code,) = report(api, "before")
        laid_out.database.kill()
        address = laid_out.services["intake"].address
        answer = httpx.get(f"{address}/v1/receipts/{code}", timeout=WITHIN_SECONDS, trust_env=False)
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        eventually(lambda: not is_ready(laid_out.services["intake"]), awaited="intake is not ready")

        laid_out.database.start()

        ready(laid_out, "dispatch", "intake")
        report(api, "before", "after")
        all_dispatched(laid_out, 2)


def test_a_stop_in_the_middle_of_messages_finishes_them_and_does_nothing_twice(
    laid_out: Installation,
) -> None:
    keys = [f"report {number}" for number in range(12)]
    part = laid_out.parts["dispatch-0"]
    with running(laid_out, "dispatch", "intake") as api:
        report(api, *keys[:6])
        eventually(lambda: dispatched(laid_out), awaited="the first order", every=0.01)
        mark = part.process.mark
        assert mark is not None
        mark.signal(signal.SIGTERM)
        report(api, *keys[6:])
        eventually(lambda: not mark.alive, awaited="dispatch is gone", within_seconds=60)
        assert '"stopped"' in part.said
        assert "Traceback" not in part.said

        part.start()

        all_dispatched(laid_out, len(keys))


def test_two_replicas_that_start_at_once_adopt_the_registry_once(laid_out: Installation) -> None:
    start(laid_out, "dispatch", replicas=2)
    for number in range(2):
        part = laid_out.parts[f"dispatch-{number}"]
        eventually(
            lambda part=part: '"started"' in part.said,  # type: ignore[misc]
            awaited=f"{part.name} has started",
            within_seconds=WITHIN_SECONDS,
        )

    heads = OnTheWay(laid_out.stores).heads()["dispatch"]

    registry = {stream: n for stream, n in heads.items() if category_of(stream) == "registry"}
    assert len(registry) == 5
    assert set(registry.values()) == {1}


def test_a_taken_address_ends_the_start_with_a_reason(laid_out: Installation) -> None:
    second = laid_out.parts["dispatch-1"]
    alone = replace(second, environment={**second.environment, "HTTP_REUSE_PORT": "no"})
    with running(laid_out, "dispatch"):
        alone.start()
        eventually(lambda: "address_taken" in alone.said, awaited="it says why", within_seconds=60)
        eventually(lambda: not alone.process.running, awaited="it has gone")
        ready(laid_out, "dispatch")
