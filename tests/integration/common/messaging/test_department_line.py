"""The line to departments: one contract, over a real broker and over the bus in memory."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.common.messaging.declare import restore_departments
from services.common.messaging.departments import DepartmentLine, DepartmentUnreachable
from services.common.messaging.publisher import AmqpPublisher
from services.common.messaging.topology import calls_queue, outcomes_queue
from services.testing.memory_bus import MemoryBus, MemoryDepartment
from tests.integration.common.messaging.broker import Broker, publishing

CODE = "dept-court"
CALL = {"id": "call-1@1.0", "type": "called", "data": {"summary": "夜市占道"}}


@dataclass
class Backend:
    """A line and what the test does around it."""

    line: DepartmentLine
    add_department: Callable[[], object]
    fill: Callable[[], object]
    calls: Callable[[], list[dict[str, Any]]]
    outcomes: Callable[[], list[dict[str, Any]]]


def in_memory() -> Backend:
    bus = MemoryBus()
    return Backend(
        DepartmentLine(bus),
        lambda: MemoryDepartment(bus, CODE),
        lambda: bus.full.add(calls_queue(CODE)),
        lambda: MemoryDepartment(bus, CODE).calls(),
        lambda: MemoryDepartment(bus, CODE).outcomes(),
    )


def on_broker(bus: Broker, publisher: AmqpPublisher) -> Backend:
    def fill() -> None:
        bus.management.put(
            "policies", bus.management.vhost, "full",
            body={"pattern": "calls$", "priority": 9, "apply-to": "queues",
                  "definition": {"max-length": 0, "overflow": "reject-publish"}},
        )  # fmt: skip

    return Backend(
        DepartmentLine(publisher),
        lambda: restore_departments(bus.uri, [CODE], resend=lambda _code: None),
        fill,
        lambda: [json.loads(one.body) for one in bus.take(calls_queue(CODE))],
        lambda: [json.loads(one.body) for one in bus.take(outcomes_queue(CODE))],
    )


@pytest.fixture(params=["memory", "broker"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    if request.param == "memory":
        yield in_memory()
        return
    bus = request.getfixturevalue("bus")
    with publishing(bus.uri, "escalation") as publisher:
        yield on_broker(bus, publisher)


def test_calls_and_outcomes_come_to_the_departments_own_queues(backend: Backend) -> None:
    backend.add_department()

    backend.line.send(CODE, CALL)
    backend.line.outcome(CODE, {"id": "o-1", "data": {"in_reply_to": "m-1"}})

    assert backend.calls() == [CALL]
    assert [one["id"] for one in backend.outcomes()] == ["o-1"]


def test_a_department_without_a_queue_is_unreachable_until_it_has_one(backend: Backend) -> None:
    with pytest.raises(DepartmentUnreachable, match="returned"):
        backend.line.send(CODE, CALL)

    backend.add_department()
    backend.line.send(CODE, CALL)

    assert backend.calls() == [CALL]


def test_a_full_queue_is_unreachable_and_other_messages_go_on(backend: Backend) -> None:
    backend.add_department()
    backend.fill()

    fates = {fate_of(backend.line) for _ in range(20)}  # a queue meets its limit a little later
    backend.line.outcome(CODE, {"id": "o-1"})

    assert "refused" in fates
    assert fates <= {"refused", "delivered"}
    assert len(backend.outcomes()) == 1


def fate_of(line: DepartmentLine) -> object:
    try:
        line.send(CODE, CALL)
    except DepartmentUnreachable as error:
        return error.facts["fate"]
    return "delivered"
