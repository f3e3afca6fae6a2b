"""The clock of an installation, on a real MongoDB: one for all its processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.common.clock import ClockMode, RealClock, ScaledClock, SteppedClock
from services.common.config import StoreSettings
from services.common.contracts.codec import time_text
from services.common.contracts.commit import Tip
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Row, client
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.onwards import SKEW
from services.common.running.business_time import (
    COLLECTION,
    AnotherClock,
    SteppedTime,
    clock_of,
    recorded_mode,
    skew_of,
)
from services.common.running.stores import Stores
from tests.support.examples import DAY_ONE, at, draft
from tests.support.waiting import PATIENCE_SECONDS

PROCESSES = 8


@pytest.fixture
def stores(mongodb_uri: str) -> Iterator[Stores]:
    """Empty databases under a prefix of their own."""
    with client(mongodb_uri) as connected:
        found = Stores(connected, f"clock_{uuid4().hex[:8]}_")
        yield found
        for name in connected.list_database_names():
            if name.startswith(found.prefix):
                connected.drop_database(name)


@pytest.fixture
def database(stores: Stores) -> Database[Row]:
    """The database of the clock."""
    return stores.clock()


def settings(clock: str, rate: int = 1) -> StoreSettings:
    """Return settings of which only the clock matters."""
    return StoreSettings(
        mongodb_uri="mongodb://unused",
        amqp_uri="amqp://unused",
        database_prefix="",
        clock=clock,
        clock_rate=rate,
        log_level="INFO",
    )


def scaled(stores: Stores, rate: int = 900) -> ScaledClock:
    found = clock_of(settings("scaled", rate), stores)
    assert isinstance(found, ScaledClock)
    return found


def test_the_real_clock_is_the_machines_and_is_recorded_as_the_installations(
    stores: Stores,
) -> None:
    assert recorded_mode(stores) is None
    assert clock_of(settings("real"), stores) == RealClock()
    assert recorded_mode(stores) == ClockMode("real")


def test_a_scaled_clock_begins_now_and_runs_at_its_rate(stores: Stores) -> None:
    before = datetime.now(UTC)
    clock = scaled(stores)
    assert before <= clock.wall_start <= datetime.now(UTC)
    assert clock.business_start == clock.wall_start
    later = SteppedClock(lambda: clock.wall_start + timedelta(seconds=2))
    moved = ScaledClock(clock.wall_start, clock.business_start, clock.rate, later)
    assert moved.now() == clock.business_start + timedelta(minutes=30)


def test_a_restarted_process_finds_the_clock_where_it_was(stores: Stores) -> None:
    first = scaled(stores)
    assert scaled(stores) == first


def test_processes_that_start_together_share_one_clock(mongodb_uri: str, stores: Stores) -> None:
    for _ in range(15):
        stores.clock()[COLLECTION].drop()
        together = Barrier(PROCESSES)
        with ThreadPoolExecutor(PROCESSES) as pool:
            started = [
                pool.submit(_start, mongodb_uri, stores.prefix, together) for _ in range(PROCESSES)
            ]
            clocks = {each.result(timeout=60) for each in started}
        assert len(clocks) == 1


def _start(uri: str, prefix: str, together: Barrier) -> ScaledClock:
    with client(uri) as connected:
        connected.admin.command("ping")
        together.wait(timeout=PATIENCE_SECONDS)
        return scaled(Stores(connected, prefix))


def test_a_start_that_no_majority_has_yet_counts_as_started(
    stores: Stores, database: Database[Row]
) -> None:
    """Whoever comes second waits for the first one's start; it never takes its own."""
    starting = database.get_collection(COLLECTION, write_concern=WriteConcern(w=1))
    begun = time_text(DAY_ONE)
    for _ in range(20):
        starting.delete_many({})
        starting.insert_one(
            {"_id": "scaled", "wall_start": begun, "business_start": begun, "rate": 900}
        )
        assert scaled(stores).business_start == DAY_ONE


MODES = [("real", 1), ("scaled", 60), ("scaled", 900), ("stepped", 1)]


@pytest.mark.parametrize("kept", MODES)
@pytest.mark.parametrize("wanted", MODES)
def test_an_installation_is_opened_with_the_clock_it_has_and_no_other(
    kept: tuple[str, int], wanted: tuple[str, int], stores: Stores
) -> None:
    clock_of(settings(*kept), stores)
    if kept == wanted:
        clock_of(settings(*wanted), stores)
    else:
        with pytest.raises(AnotherClock):
            clock_of(settings(*wanted), stores)
    assert recorded_mode(stores) == ClockMode(*kept)


def test_of_two_clocks_that_come_at_once_one_wins(mongodb_uri: str, stores: Stores) -> None:
    together = Barrier(PROCESSES)
    with ThreadPoolExecutor(PROCESSES) as pool:
        asked = [
            pool.submit(_opened, mongodb_uri, stores.prefix, together, rate)
            for rate in range(1, PROCESSES + 1)
        ]
        opened = [each.result(timeout=60) for each in asked]
    assert sum(opened) == 1


def _opened(uri: str, prefix: str, together: Barrier, rate: int) -> bool:
    with client(uri) as connected:
        connected.admin.command("ping")
        together.wait(timeout=30)
        try:
            scaled(Stores(connected, prefix), rate)
        except AnotherClock:
            return False
    return True


def test_commits_of_a_release_that_recorded_no_clock_were_made_in_real_time(
    stores: Stores,
) -> None:
    MongoLog("dispatch", stores.log("dispatch")).append(draft(), Tip())
    assert recorded_mode(stores) == ClockMode("real")
    with pytest.raises(AnotherClock):
        scaled(stores)


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({"_id": "scaled", "wall_start": "", "business_start": "", "rate": 60}, ("scaled", 60)),
        ({"_id": "stepped", "now": ""}, ("stepped", 1)),
    ],
)
def test_a_clock_that_an_earlier_release_has_started_is_the_installations(
    row: Row, kept: tuple[str, int], stores: Stores
) -> None:
    stores.clock()[COLLECTION].insert_one(row)
    with pytest.raises(AnotherClock):
        clock_of(settings("real"), stores)
    assert recorded_mode(stores) == ClockMode(*kept)


@pytest.mark.parametrize(
    ("clock", "rate", "skew"), [("real", 1, SKEW), ("scaled", 60, SKEW * 60), ("stepped", 1, None)]
)
def test_what_machines_differ_by_counts_in_business_time(
    clock: str, rate: int, skew: timedelta | None
) -> None:
    assert skew_of(settings(clock, rate)) == skew


def test_a_stepped_clock_stands_where_it_was_moved_to_for_everybody(
    stores: Stores, database: Database[Row]
) -> None:
    clock = clock_of(settings("stepped"), stores)
    time = SteppedTime(database)
    time.move_to(DAY_ONE)
    assert clock.now() == DAY_ONE
    time.move_to(at(0.5) + timedelta(microseconds=1))
    assert clock.now() == at(0.5) + timedelta(microseconds=1)


def test_a_stepped_clock_never_goes_back(database: Database[Row]) -> None:
    time = SteppedTime(database)
    time.move_to(at(2))
    time.move_to(at(1))
    assert time.read() == at(2)


def test_a_stepped_clock_that_nobody_started_tells_no_time(stores: Stores) -> None:
    with pytest.raises(Corrupt, match="not started"):
        clock_of(settings("stepped"), stores).now()
