"""The tasks of a command service, wired: from an append to what follows it, and on to the next."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from services.common.clock import RealClock
from services.common.contracts.commit import Tip
from services.common.contracts.doorbell import appended
from services.common.contracts.streams import LOGS
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import client
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.common.observability.metrics import PlatformMetrics
from services.common.running.appended_log import AppendedLog
from services.common.running.stores import Stores
from services.common.running.tasks import command_tasks, upkeep_of
from services.common.work.tasks import Gathering, Task
from tests.support.examples import draft


class Process:
    """One replica of dispatch, as far as it appends and gives positions."""

    def __init__(self, stores: Stores) -> None:
        metrics = PlatformMetrics(CollectorRegistry(), "dispatch")
        self.log = AppendedLog(MongoLog("dispatch", stores.log("dispatch")), metrics)
        chart = LiveChart(self.log)
        self.upkeep = upkeep_of("dispatch", stores, [], chart)
        self.own = self.upkeep.bell.logs["dispatch"]
        desk: Any = SimpleNamespace(service="dispatch", clock=RealClock(), chart=chart, vault=None)
        settings: Any = SimpleNamespace(amqp_uri="amqp://nobody.invalid")
        found, self.ear = command_tasks(desk, self.log, settings, stores, self.upkeep, metrics)
        self.tasks: dict[str, Task] = {each.name: each for each in found}


@pytest.fixture
def stores(mongodb_uri: str) -> Iterator[Stores]:
    with client(mongodb_uri) as connected:
        found = Stores(connected, f"tasks_{uuid4().hex[:8]}_")
        for service in LOGS:
            create_indexes(found.log(service))
        yield found
        for name in connected.list_database_names():
            if name.startswith(found.prefix):
                connected.drop_database(name)


@pytest.fixture
def process(stores: Stores) -> Process:
    """A process that leads and has looked."""
    found = Process(stores)
    found.tasks["sequencer"].turn()
    assert found.log.epoch() > 0
    return found


def test_what_a_leader_appends_is_followed_and_published_from_its_memory(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.own.commits(0, 10)
    process.log.append(draft("workOrder-a"), Tip())
    process.tasks["sequencer"].turn()
    relay = process.tasks["relay"]
    assert relay.wake is not None
    assert relay.wake._rung.ready()
    monkeypatch.setattr(process.own, "_log", None)  # nobody needs to read it
    [commit] = process.own.commits(0, 10)
    assert commit == next(iter(process.log.commits(0, 10)))


def test_who_leads_no_more_forgets_and_the_next_leader_places_what_it_appended(
    process: Process, stores: Stores
) -> None:
    process.upkeep.leadership.release()
    process.tasks["sequencer"].turn()
    assert process.log.epoch() == 0
    process.log.append(draft("workOrder-a"), Tip())
    process.tasks["sequencer"].turn()
    assert process.log.head() == 0
    successor = Process(stores)
    successor.tasks["sequencer"].turn()
    process.log.append(draft("workOrder-b"), Tip())
    successor.ear.rung(appended("dispatch", "an id"))
    successor.tasks["sequencer"].turn()
    assert process.log.head() == 2


@pytest.mark.parametrize("name", ["sequencer", "relay"])
def test_when_busy_positions_and_messages_are_gathered(process: Process, name: str) -> None:
    assert isinstance(process.tasks[name], Gathering)
