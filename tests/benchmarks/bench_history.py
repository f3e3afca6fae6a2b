"""9. Whole lives a second after a long history, against the same installation before it.

The history is what the installation has lived through itself, copied many times in its logs; its
read models are rebuilt by the command, and every consumer goes on behind it.
"""

import dataclasses
import os
import subprocess
import sys
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

pytestmark = pytest.mark.benchmark
#: Whole lives in the history, for each second of the time given: a hundred thousand in ten.
LIVES_A_SECOND = 10_000
#: Read models that the command makes again: all but that of receipts' codes, which needs the
#: reporter's key of every request, and the copies have none.
REBUILT = ("intake.desk_requests", "dispatch", "escalation", "metrics")


def live(bench: Bench, installation: RealTime) -> Taken:
    """Let clients live for the time given, once they are warm."""
    with closing(Listener(bench.broker.uri)) as listener, ExitStack() as visits:
        tokens = Tokens(installation)
        doors = [visits.enter_context(closing(Doors(installation, tokens))) for _ in range(WRITERS)]
        lives = [Life(each, listener).live for each in doors]
        closed_loop(lives, 1.0)
        installation.wait_until_followed()
        taken = closed_loop(lives, bench.seconds)
        installation.wait_until_followed()
    return taken


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
        before = live(bench, installation)
        installation.only()
        lives = int(bench.seconds * LIVES_A_SECOND)
        events = lengthen(bench, installation, lives)
        installation.start_missing()
        installation.wait_until_ready()
        after = live(bench, installation)
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
            },
        )
    )
