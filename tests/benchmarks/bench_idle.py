"""8. What an installation costs that nobody asks, against its database and broker alone."""

import time

import pytest

from tests.benchmarks.machine import Processors
from tests.benchmarks.results import Row
from tests.benchmarks.running import four_services
from tests.benchmarks.session import Bench

pytestmark = pytest.mark.benchmark
LONGER = 5  #: what seldom happens has to happen: this benchmark gets so many times the seconds
SETTLED_SECONDS = 10.0  #: after a start, until only what is done for ever is done


def percent(watched: Processors, seconds: float) -> dict[str, float]:
    """Wait, and return how much of one core each process has used."""
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {name: used / took * 100 for name, used in watched.used().items()}


def test_idle(bench: Bench) -> None:
    with four_services(bench) as installation:
        installation.wait_until_followed()
        time.sleep(SETTLED_SECONDS)
        requests, began = installation.requests(), time.monotonic()
        ours = percent(installation.processors(), bench.seconds * LONGER)
        asked = (installation.requests() - requests) / (time.monotonic() - began)
        installation.only()
        time.sleep(SETTLED_SECONDS)
        alone = percent(installation.processors(), bench.seconds * LONGER)
    bench.tell(
        Row(
            "idle",
            "nobody asks anything",
            "% of a core",
            sum(ours.values()),
            sum(alone.values()),
            "MongoDB and RabbitMQ without the four services",
            better="less",
            details={
                "requests_a_second": asked,
                **{f"{name}_percent": used for name, used in ours.items()},
            },
        )
    )
