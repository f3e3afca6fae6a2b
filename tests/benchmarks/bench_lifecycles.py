"""5. Whole lives of requests a second through four services, against what the log alone takes."""

from contextlib import ExitStack, closing

import pytest

from services.common.contracts.streams import LOGS
from services.common.eventlog.mongo_log import COMMITS
from tests.benchmarks.listening import Listener
from tests.benchmarks.lives import Life
from tests.benchmarks.results import Row
from tests.benchmarks.running import Doors, RealTime, Tokens, four_services
from tests.benchmarks.session import WRITERS, Bench
from tests.benchmarks.timing import closed_loop

pytestmark = pytest.mark.benchmark
CLIENTS = 16
LONGER = 3  #: a life takes many acts: this benchmark gets so many times the seconds


def commits(installation: RealTime) -> int:
    """Return how many commits all logs hold."""
    logs = (installation.stores.log(log)[COMMITS] for log in LOGS)
    return sum(log.count_documents({}) for log in logs)


def test_lifecycles(bench: Bench) -> None:
    appends = bench.appends(WRITERS)["ours"]["rate"]
    with (
        four_services(bench) as installation,
        closing(Listener(bench.broker.uri)) as listener,
        ExitStack() as visits,
    ):
        tokens = Tokens(installation)
        doors = [visits.enter_context(closing(Doors(installation, tokens))) for _ in range(CLIENTS)]
        lives = [Life(each, listener).live for each in doors]
        closed_loop(lives, 0.1)  # one life each: connections, caches
        before, processors = commits(installation), installation.processors()
        taken = closed_loop(lives, bench.seconds * LONGER)
        used, made = processors.used(), commits(installation) - before
    lived = len(taken.seconds)
    commits_a_life = made / lived
    bench.tell(
        Row(
            "lifecycles",
            f"{CLIENTS} clients",
            "lives/s",
            taken.rate,
            appends / commits_a_life,
            f"what {WRITERS} writers append a second, by the commits that a life takes",
            details={
                "lives": lived,
                "commits_a_life": round(commits_a_life, 1),
                "p50_ms": taken.percentile_ms(50),
                "p99_ms": taken.percentile_ms(99),
                "client_cpu_ms": taken.cpu_ms,
                **{f"{name}_cpu_ms": spent / lived * 1000 for name, spent in used.items()},
            },
        )
    )
