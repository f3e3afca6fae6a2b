"""3. Accepted requests a second, on disk by majority, against a POST that keeps nothing.

By intake alone; and with all four services, until everything that follows from them is done, which
is what an installation can take.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from services.local.servers import ports
from services.local.servers.process import ServerProcess
from services.terminal.environment import CHECKOUT, inherited
from tests.benchmarks.door import Door
from tests.benchmarks.lives import RESIDENT
from tests.benchmarks.results import Row
from tests.benchmarks.running import RealTime, four_services
from tests.benchmarks.session import ROUNDS, Bench
from tests.benchmarks.timing import Taken, closed_loop, in_turns
from tests.support.waiting import eventually

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def intake(bench: Bench) -> Iterator[RealTime]:
    """Intake with its relay, alone: dispatch has adopted the registry and is gone."""
    with four_services(bench) as found:
        found.only("intake")
        yield found


@contextmanager
def bare(bench: Bench) -> Iterator[tuple[str, ServerProcess]]:
    """Give the address of a running bare service."""
    port = ports.choose(None)
    address = f"{ports.LOOPBACK}:{port}"
    process = ServerProcess(bench.place / "bare.pid")
    process.spawn(
        [sys.executable, "-m", "tests.benchmarks.bare_service", address],
        env={**inherited(), "PYTHONPATH": str(CHECKOUT)},
        log=bench.place / "bare.log",
        tied=True,
    )
    try:
        eventually(lambda: not ports.is_free(port), awaited="the bare service", within_seconds=60)
        yield f"http://{address}", process
    finally:
        process.kill()


def poster(door: Door) -> Callable[[], object]:
    """Return a client that reports again and again."""
    return partial(door.post, "/v1/requests", RESIDENT)


@pytest.mark.parametrize("clients", [4, 16, 48])
def test_requests(bench: Bench, intake: RealTime, clients: int) -> None:
    each = bench.seconds / ROUNDS
    with bare(bench) as (address, process):
        addresses = {"ours": intake.services["intake"].address, "bare": address}
        doors = {name: [Door(at) for _ in range(clients)] for name, at in addresses.items()}
        posters = {name: [poster(door) for door in some] for name, some in doors.items()}
        for some in posters.values():
            closed_loop(some, 0.2)
        processors = intake.processors()
        found = in_turns(
            ROUNDS, {name: partial(closed_loop, some, each) for name, some in posters.items()}
        )
        used = processors.used()
        assert process.running
        for door in (*doors["ours"], *doors["bare"]):
            door.close()
    bench.tell(_row(clients, found, used))


@pytest.mark.parametrize("clients", [4, 16])
def test_requests_followed(bench: Bench, clients: int) -> None:
    with four_services(bench) as installation, bare(bench) as (address, _):
        ours, raw = installation.services["intake"].address, address
        doors = {at: [Door(at) for _ in range(clients)] for at in (ours, raw)}
        for some in doors.values():
            closed_loop([poster(door) for door in some], 0.2)
        installation.wait_until_followed()
        processors, asked = installation.processors(), installation.requests()
        began = time.monotonic()
        taken = closed_loop([poster(door) for door in doors[ours]], bench.seconds)
        installation.wait_until_followed()
        took, used = time.monotonic() - began, processors.used()
        asked = installation.requests() - asked
        limit = closed_loop([poster(door) for door in doors[raw]], bench.seconds / ROUNDS)
        for door in (*doors[ours], *doors[raw]):
            door.close()
    accepted = len(taken.seconds)
    bench.tell(
        Row(
            "requests",
            f"{clients} clients, all services, until everything has followed",
            "201s/s",
            accepted / took,
            limit.rate,
            "a POST with the same HTTP layer and schema that stores nothing",
            details={
                "p50_ms": taken.percentile_ms(50),
                "p99_ms": taken.percentile_ms(99),
                "caught_up_seconds": took - taken.wall_seconds,
                "requests_each": asked / accepted,
                "cpu_seconds_for_1000": sum(used.values()) / accepted * 1000,
            },
        )
    )


def _row(clients: int, found: dict[str, Taken], used: dict[str, float]) -> Row:
    ours, limit = found["ours"], found["bare"]
    return Row(
        "requests",
        f"{clients} clients",
        "201s/s",
        ours.rate,
        limit.rate,
        "a POST with the same HTTP layer and schema that stores nothing",
        details={
            "p50_ms": ours.percentile_ms(50),
            "p99_ms": ours.percentile_ms(99),
            "limit_p50_ms": limit.percentile_ms(50),
            "limit_p99_ms": limit.percentile_ms(99),
            **{f"{name}_cpu_ms": spent / len(ours.seconds) * 1000 for name, spent in used.items()},
        },
    )
