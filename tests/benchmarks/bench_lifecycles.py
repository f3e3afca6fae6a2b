"""5. Whole lives of requests a second through four services, against what the log alone takes."""

import time
from contextlib import ExitStack, closing

import pytest

from services.common.contracts.streams import LOGS
from services.common.eventlog.mongo_log import COMMITS
from tests.benchmarks.listening import Listener
from tests.benchmarks.lives import Life
from tests.benchmarks.results import Row
from tests.benchmarks.running import Doors, RealTime, Tokens, four_services
from tests.benchmarks.session import WRITERS, Bench
from tests.benchmarks.timing import NOTHING, closed_loop

pytestmark = pytest.mark.benchmark
LONGER = 3  #: a life takes many acts: this benchmark gets so many times the seconds
PARTS = 4  #: the last is compared with the first: does it get slower, the more there was?


def commits(installation: RealTime) -> int:
    """Return how many commits all logs hold."""
    logs = (installation.stores.log(log)[COMMITS] for log in LOGS)
    return sum(log.count_documents({}) for log in logs)


@pytest.mark.parametrize("clients", [16, 48])
def test_lifecycles(bench: Bench, clients: int) -> None:
    appends = bench.appends(WRITERS)["ours"]["rate"]
    with (
        four_services(bench) as installation,
        closing(Listener(bench.broker.uri)) as listener,
        ExitStack() as visits,
    ):
        tokens = Tokens(installation)
        doors = [visits.enter_context(closing(Doors(installation, tokens))) for _ in range(clients)]
        lives = [Life(each, listener).live for each in doors]
        closed_loop(lives, 0.1)  # one life each: connections, caches
        installation.wait_until_followed()
        before, processors = commits(installation), installation.processors()
        began, requests = time.monotonic(), installation.requests()
        parts = [closed_loop(lives, bench.seconds * LONGER / PARTS) for _ in range(PARTS)]
        taken = sum(parts, NOTHING)
        installation.wait_until_followed()  # a life is over when all that follows from it is done
        took, asked = time.monotonic() - began, installation.requests() - requests
        used, made = processors.used(), commits(installation) - before
    lived = len(taken.seconds)
    commits_a_life = made / lived
    cpu = {"client": taken.cpu_seconds, **used}
    bench.tell(
        Row(
            "lifecycles",
            f"{clients} clients",
            "lives/s",
            lived / took,
            appends / commits_a_life,
            f"what {WRITERS} writers append a second, by the commits that a life takes",
            details={
                "lives": lived,
                "commits_a_life": round(commits_a_life, 1),
                "p50_ms": taken.percentile_ms(50),
                "p99_ms": taken.percentile_ms(99),
                "caught_up_seconds": took - taken.wall_seconds,
                "rate_last_of_first": parts[-1].rate / parts[0].rate,
                "requests_a_life": asked / lived,
                "cpu_ms": sum(cpu.values()) / lived * 1000,
                **{f"{name}_cpu_ms": spent / lived * 1000 for name, spent in cpu.items()},
            },
        )
    )
