"""How a process follows on a real MongoDB: two replicas, one of which leads, and its bell."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from pymongo import MongoClient

from services.common.clock import RealClock
from services.common.contracts.commit import Tip
from services.common.contracts.doorbell import advanced
from services.common.contracts.streams import LOGS, REGISTRY_KINDS, registry_stream
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import Row, client
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.processors import following
from services.common.running.stores import Stores
from services.common.running.tasks import LEADER, Upkeep, upkeep_of
from services.common.work.tasks import WITHOUT_LEASE_SECONDS, Task
from tests.support.examples import draft
from tests.support.following import until_it_pauses
from tests.unit.common.eventlog.toy import registry_event
from tests.unit.common.following.processing import Scribe, W


class Replica:
    """One process of dispatch, as far as it follows: with one consumer of orders."""

    def __init__(self, stores: Stores) -> None:
        self.scribe = Scribe(["workOrder"])
        self.chart = LiveChart(stores.readers()["dispatch"])
        self.upkeep: Upkeep = upkeep_of("dispatch", stores, [self.scribe], self.chart)
        self.task: Task
        self.task, _ = following(self.upkeep.processors, self.upkeep.bell, self.upkeep.leadership)

    def rest(self) -> float:
        """Take turns until there is a pause; return that."""
        return until_it_pauses(self.task)


@pytest.fixture
def stores(mongodb_uri: str) -> Iterator[Stores]:
    with client(mongodb_uri) as connected:
        found = Stores(connected, f"upkeep_{uuid4().hex[:8]}_")
        for service in LOGS:
            create_indexes(found.log(service))
        yield found
        _drop(connected, found.prefix)


def _drop(connected: MongoClient[Row], prefix: str) -> None:
    for name in connected.list_database_names():
        if name.startswith(prefix):
            connected.drop_database(name)


def happens(stores: Stores, *streams: str) -> int:
    """Append to new streams of dispatch and give places; return where the log ends."""
    log = MongoLog("dispatch", stores.log("dispatch"), skew=None)
    for each in streams:
        kind = each.removeprefix("registry-")
        event = [registry_event(kind)] if kind in REGISTRY_KINDS else []
        log.append(draft(each, *event), Tip())
    outbox = MongoOutbox("dispatch", stores.log("dispatch"), RealClock())
    outbox.stamp(100)
    return outbox.head()


def test_each_consumer_has_a_cursor_before_anything_is_followed(stores: Stores) -> None:
    replica = Replica(stores)
    assert set(MongoCursors(stores.view("dispatch")).load_all()) == {"scribe"}
    assert set(replica.upkeep.bell.logs) == set(LOGS)


def test_a_doorbell_brings_the_leader_to_the_end_and_the_other_does_nothing(
    stores: Stores,
) -> None:
    leader, other = Replica(stores), Replica(stores)
    for each in (leader, other):
        each.rest()
    assert leader.upkeep.leadership.believed()
    assert not other.upkeep.leadership.believed()
    head = happens(stores, W, "workOrder-b")
    leader.rest()
    assert leader.scribe.told == [], "nobody has told it that there is more"
    for each in (leader, other):
        each.upkeep.rung(advanced("dispatch", head))
        assert each.task.wake is not None
        assert each.task.wake._rung.ready()
    leader.rest()
    assert other.rest() == WITHOUT_LEASE_SECONDS
    assert (leader.scribe.told, other.scribe.told) == ([f"{W}@1", "workOrder-b@1"], [])


def test_the_next_leader_goes_on_where_the_last_one_stood(stores: Stores) -> None:
    first, second = Replica(stores), Replica(stores)
    happens(stores, W)
    first.rest()
    first.upkeep.leadership.release()
    head = happens(stores, "workOrder-b")
    second.upkeep.rung(advanced("dispatch", head))
    second.rest()
    assert (first.scribe.told, second.scribe.told) == ([f"{W}@1"], ["workOrder-b@1"])
    assert first.rest() == WITHOUT_LEASE_SECONDS
    assert stores.lease("dispatch", LEADER).hold() is False


def test_the_chart_knows_what_was_adopted_when_that_was_passed(stores: Stores) -> None:
    replica = Replica(stores)
    happens(stores, *map(registry_stream, REGISTRY_KINDS))
    replica.rest()
    assert replica.chart.ready
    assert replica.scribe.told == []
