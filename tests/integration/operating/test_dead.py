"""Dead letters on a real broker: looking loses nothing, replay and drop take exactly one."""

import pytest

from services.common.messaging.declare import restore_departments
from services.common.messaging.publisher import Fate, Letter
from services.operating.broker.apply import Plan
from services.operating.broker.dead import DeadLetters, NoSuchDeadLetter, QueueRetired
from services.operating.broker.rights import policies
from tests.integration.common.messaging.broker import Broker, publishing
from tests.support.waiting import eventually


@pytest.fixture
def dead(bus: Broker) -> DeadLetters:
    """Three dead letters of escalation."""
    headers = {"reason": "no json", "queue": "escalation.replies"}
    letters = [
        Letter("escalation.dead", "Odd", f"m-{n}", b"\xff", "text/plain", headers)
        for n in (1, 2, 3)
    ]
    with publishing(bus.uri) as publisher:
        assert publisher.publish(letters) == [Fate.DELIVERED] * 3
    return DeadLetters(bus.uri, "escalation")


def test_looking_loses_nothing_however_often(bus: Broker, dead: DeadLetters) -> None:
    keys = {one.key for one in dead.list()}
    for _ in range(30):  # more than 4.0's own delivery limit
        assert {one.message_id for one in dead.list()} == {"m-1", "m-2", "m-3"}

    assert {one.key for one in dead.list()} == keys
    eventually(lambda: bus.waiting("escalation.dead") == 3, awaited="the queue's count")
    assert {(one.reason, one.queue, one.body) for one in dead.list()} == {
        ("no json", "escalation.replies", b"\xff")
    }


def test_replay_puts_one_back_into_its_queue_and_takes_it_away(
    bus: Broker, dead: DeadLetters
) -> None:
    key = next(one.key for one in dead.list() if one.message_id == "m-2")

    assert dead.show(key).message_id == "m-2"
    dead.replay(key)

    (again,) = bus.take("escalation.replies")
    assert (again.properties["message_id"], bytes(again.body)) == ("m-2", b"\xff")
    assert {one.message_id for one in dead.list()} == {"m-1", "m-3"}


def test_drop_takes_one_away(bus: Broker, dead: DeadLetters) -> None:
    dead.drop(next(one.key for one in dead.list() if one.message_id == "m-1"))

    assert {one.message_id for one in dead.list()} == {"m-2", "m-3"}
    assert bus.waiting("escalation.replies") == 0


def test_a_key_that_nobody_has_is_refused(dead: DeadLetters) -> None:
    with pytest.raises(NoSuchDeadLetter):
        dead.replay("nobody")


def test_a_letter_whose_queue_is_retired_is_refused_and_stays(bus: Broker) -> None:
    headers = {"reason": "no json", "queue": "metrics.inbox"}
    with publishing(bus.uri) as publisher:
        letter = Letter("metrics.dead", "Odd", "m-1", b"", "text/plain", headers)
        assert publisher.publish([letter]) == [Fate.DELIVERED]
    dead = DeadLetters(bus.uri, "metrics")
    (found,) = dead.list()

    with pytest.raises(QueueRetired):
        dead.replay(found.key)

    assert dead.list() == [found]
    dead.drop(found.key)
    assert dead.list() == []


def test_what_the_broker_buried_names_its_queue_and_the_brokers_reason(bus: Broker) -> None:
    bus.management.put(
        "policies", bus.management.vhost, "short",
        body={"pattern": r"^escalation\.replies$", "apply-to": "queues",
              "definition": {"message-ttl": 1, "dead-letter-exchange": "escalation.dead"}},
    )  # fmt: skip
    bus.publish("departments.replies", "dept-court.odd", b"{}", message_id="m-9")
    dead = DeadLetters(bus.uri, "escalation")

    (found,) = eventually(dead.list, awaited="the broker's burial")

    assert (found.message_id, found.queue, found.reason) == ("m-9", "escalation.replies", "expired")


def test_a_call_that_grew_old_is_a_dead_letter_of_escalation_and_can_be_replayed(
    bus: Broker,
) -> None:
    bus.brought_to(Plan())
    restore_departments(bus.uri, ["dept-court"], lambda _code: None)
    calls = next(one for one in policies() if one.name == "department-calls")
    bus.management.put(
        "policies", bus.management.vhost, "impatient",
        body={"pattern": calls.pattern, "priority": 9, "apply-to": "queues",
              "definition": calls.definition | {"message-ttl": 1}},
    )  # fmt: skip
    bus.publish("departments.calls", "dept-court", b"{}", message_id="call-1@1.0")
    dead = DeadLetters(bus.uri, "escalation")
    (found,) = eventually(dead.list, awaited="the call's age limit")
    bus.management.delete("policies", bus.management.vhost, "impatient")

    dead.replay(found.key)

    assert (found.queue, found.reason) == ("departments.dept-court.calls", "expired")
    eventually(lambda: not dead.list(), awaited="no dead letter")
