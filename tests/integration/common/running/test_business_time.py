"""The clock of an installation, on a real MongoDB: one for all its processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from services.common.clock import RealClock, ScaledClock, SteppedClock
from services.common.config import StoreSettings
from services.common.contracts.codec import time_text
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Row, client
from services.common.running.business_time import COLLECTION, AnotherRate, SteppedTime, clock_of
from tests.support.databases import own_database
from tests.support.examples import DAY_ONE, at
from tests.support.waiting import PATIENCE_SECONDS

PROCESSES = 8


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[Row]]:
    with own_database(mongodb_uri, "clock") as found:
        yield found


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


def scaled(database: Database[Row], rate: int = 900) -> ScaledClock:
    found = clock_of(settings("scaled", rate), database)
    assert isinstance(found, ScaledClock)
    return found


def test_the_real_clock_is_the_machines_and_leaves_no_trace(database: Database[Row]) -> None:
    assert clock_of(settings("real"), database) == RealClock()
    assert database[COLLECTION].count_documents({}) == 0


def test_a_scaled_clock_begins_now_and_runs_at_its_rate(database: Database[Row]) -> None:
    before = datetime.now(UTC)
    clock = scaled(database)
    assert before <= clock.wall_start <= datetime.now(UTC)
    assert clock.business_start == clock.wall_start
    later = SteppedClock(lambda: clock.wall_start + timedelta(seconds=2))
    moved = ScaledClock(clock.wall_start, clock.business_start, clock.rate, later)
    assert moved.now() == clock.business_start + timedelta(minutes=30)


def test_a_restarted_process_finds_the_clock_where_it_was(database: Database[Row]) -> None:
    first = scaled(database)
    assert scaled(database) == first


def test_processes_that_start_together_share_one_clock(
    mongodb_uri: str, database: Database[Row]
) -> None:
    for _ in range(15):
        database[COLLECTION].drop()
        together = Barrier(PROCESSES)
        with ThreadPoolExecutor(PROCESSES) as pool:
            started = [
                pool.submit(_start, mongodb_uri, database.name, together) for _ in range(PROCESSES)
            ]
            clocks = {each.result(timeout=60) for each in started}
        assert len(clocks) == 1


def _start(uri: str, name: str, together: Barrier) -> ScaledClock:
    with client(uri) as connected:
        connected.admin.command("ping")
        together.wait(timeout=PATIENCE_SECONDS)
        return scaled(connected[name])


def test_a_start_that_no_majority_has_yet_counts_as_started(database: Database[Row]) -> None:
    """Whoever comes second waits for the first one's start; it never takes its own."""
    starting = database.get_collection(COLLECTION, write_concern=WriteConcern(w=1))
    begun = time_text(DAY_ONE)
    for _ in range(20):
        starting.delete_many({})
        starting.insert_one(
            {"_id": "scaled", "wall_start": begun, "business_start": begun, "rate": 900}
        )
        assert scaled(database).business_start == DAY_ONE


def test_another_rate_is_refused_since_business_time_can_not_jump(
    database: Database[Row],
) -> None:
    scaled(database, 900)
    with pytest.raises(AnotherRate, match="stored=900, wanted=60"):
        scaled(database, 60)


def test_a_stepped_clock_stands_where_it_was_moved_to_for_everybody(
    database: Database[Row],
) -> None:
    clock = clock_of(settings("stepped"), database)
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


def test_a_stepped_clock_that_nobody_started_tells_no_time(database: Database[Row]) -> None:
    with pytest.raises(Corrupt, match="not started"):
        clock_of(settings("stepped"), database).now()
