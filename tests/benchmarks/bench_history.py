"""9. Whole lives a second after a long history, against the same installation before it.

The history is what the installation has lived through itself, copied many times in its logs; its
read models are rebuilt by the command, and every consumer goes on behind it.
"""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing

import pytest

from services.common.contracts.streams import LOGS, SERVICES
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS
from services.common.following.mongo_cursors import MongoCursors
from services.terminal.environment import CHECKOUT
from tests.benchmarks.listening import Listener
from tests.benchmarks.lives import Life
from tests.benchmarks.results import Row
from tests.benchmarks.running import Doors, RealTime, Tokens, four_services
from tests.benchmarks.session import WRITERS, Bench
from tests.benchmarks.timing import Taken, closed_loop
from tests.support.copied_history import copy_history
from tests.support.waiting import eventually

pytestmark = pytest.mark.benchmark
#: Whole lives in the history, for each second of the time given: a hundred thousand in ten.
LIVES_A_SECOND = 10_000
#: At rest is who uses less of a core than this, over so many seconds.
AT_REST, LOOKED_AT_SECONDS = 0.15, 3.0
#: Read models that the command makes again: all but that of receipts' codes, which needs the
#: reporter's key of every request, and the copies have none.
REBUILT = ("intake.desk_requests", "dispatch", "escalation", "metrics")


def live(bench: Bench, installation: RealTime) -> tuple[Taken, Mapping[str, float]]:
    """Let clients live for the time given, once they are warm.

    Also return the processor time of a life in each process, in ms.
    """
    with closing(Listener(bench.broker.uri)) as listener, ExitStack() as visits:
        tokens = Tokens(installation)
        doors = [visits.enter_context(closing(Doors(installation, tokens))) for _ in range(WRITERS)]
        lives = [Life(each, listener).live for each in doors]
        closed_loop(lives, 1.0)
        installation.wait_until_followed()
        processors = installation.processors()
        taken = closed_loop(lives, bench.seconds)
        installation.wait_until_followed()
        used = processors.used()
    return taken, {name: spent / len(taken.seconds) * 1000 for name, spent in used.items()}


def rest(installation: RealTime) -> None:
    """Return when nothing is done any more that a start has to do once."""

    def at_rest() -> bool:
        processors = installation.processors()
        time.sleep(LOOKED_AT_SECONDS)
        return sum(processors.used().values()) < LOOKED_AT_SECONDS * AT_REST

    eventually(at_rest, awaited="the installation rests", within_seconds=600)


def lengthen(bench: Bench, installation: RealTime, lives: int) -> int:
    """Give an installation that stands still `lives` more; return how many events there are."""
    stores = installation.stores
    requests = {"stream": {"$regex": "^request-"}, "version": 1}
    lived = stores.log("intake")[COMMITS].count_documents(requests)
    events = copy_history(stores, -(-lives // lived))
    heads = {log: _published(installation, log) for log in LOGS}
    for each in REBUILT:
        _rebuild(bench, installation, each)
    for service in SERVICES:
        cursors = MongoCursors(stores.view(service))
        for name, cursor in cursors.load_all().items():
            cursors.save(name, dataclasses.replace(cursor, positions=heads))
    return events


def _published(installation: RealTime, log: str) -> int:
    """Say that the copies were published; return where the log ends."""
    allocation = installation.stores.log(log)[ALLOCATION]
    turn = allocation.find_one({"_id": ALLOCATION})
    assert turn is not None
    head = int(turn["next"]) - 1
    allocation.update_one({"_id": ALLOCATION}, {"$set": {"published": head}})
    return head


def _rebuild(bench: Bench, installation: RealTime, what: str) -> None:
    inherited = installation.services["intake"].environment_on_top_of(dict(os.environ))
    subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-m", "services.cli", "rebuild", what],
        cwd=CHECKOUT,
        env={**inherited, "SHAOBAO_HOME": str(bench.place / "home")},
        check=True,
        stdout=sys.__stderr__,
    )


def test_history(bench: Bench) -> None:
    with four_services(bench) as installation:
        rest(installation)
        before, cpu_before = live(bench, installation)
        installation.only()
        lives = int(bench.seconds * LIVES_A_SECOND)
        events = lengthen(bench, installation, lives)
        installation.start_missing()
        installation.wait_until_ready()
        rest(installation)
        after, cpu = live(bench, installation)
    bench.tell(
        Row(
            "history",
            f"{WRITERS} clients after {lives} lives",
            "lives/s",
            after.rate,
            before.rate,
            "the same installation before them",
            details={
                "events": events,
                "p50_ms": after.percentile_ms(50),
                "p99_ms": after.percentile_ms(99),
                "limit_p50_ms": before.percentile_ms(50),
                "limit_p99_ms": before.percentile_ms(99),
                **{f"{name}_cpu_ms": spent for name, spent in cpu.items()},
                **{f"limit_{name}_cpu_ms": spent for name, spent in cpu_before.items()},
            },
        )
    )
