"""A month with a little of everything, and the leader that exports it."""

from dataclasses import replace

import pytest

from services.common.contracts.events.intake import RequestClosed, RequestReceived
from services.common.contracts.streams import request_stream
from services.common.work.lease import Leases
from tests.support.examples import TOWN, VILLAGE
from tests.support.examples_metrics import MARKET, MetricsWorld, call_of
from tests.support.exporting import Machine, Replica


@pytest.fixture
def world() -> MetricsWorld:
    found = MetricsWorld()
    place = RequestReceived("hotline", "complaint", "who", "said", False, False, VILLAGE)
    found.write(request_stream("r-1"), place)
    found.write(request_stream("r-0"), replace(place, place_code=None, channel="web"))
    found.dispatched("r-1")
    found.resolved("r-1", VILLAGE, hours=10)
    found.answered("r-1", RequestClosed(1, "solved"))
    order = found.dispatched("r-2", TOWN, hours=12)
    found.armed("r-2", 1, "resolution", order, TOWN)
    found.blown("h-1", MARKET, VILLAGE, hours=13)
    event = found.arrived("h-1", MARKET, hours=15)
    found.met("h-1", 1, "report_in", call_of("h-1", MARKET), by=event)
    found.move_to(48)
    found.missed("r-2", 1, "resolution", order)
    found.follow()
    return found


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def leader(world: MetricsWorld, machine: Machine) -> Replica:
    found = Replica(world, Leases().lease("figures"), machine)
    found.export.turn()
    return found
