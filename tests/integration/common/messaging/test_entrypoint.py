"""The entry point on a queue, in a real nameko process against a real broker."""

import json
import signal
import time
from pathlib import Path

import pytest

from services.common.messaging.declare import restore_departments
from services.common.messaging.entrypoint import FIRST_PAUSE_SECONDS
from services.common.messaging.topology import REPLIES_QUEUE
from services.common.messaging.wire import BrokerAway, channel_to
from tests.integration.common.messaging.broker import Broker
from tests.integration.common.messaging.running import Probe
from tests.support.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture
def probe(bus: Broker, tmp_path: Path) -> Probe:
    return Probe(tmp_path, bus.uri)


def reply(broker: Broker, number: int, kind: str, code: str = "dept-court") -> None:
    message_id = f"m-{number}"
    body = json.dumps({"id": message_id, "data": {"n": number}}).encode()
    broker.publish("departments.replies", f"{code}.{kind}", body, message_id=message_id)


def test_a_reply_reaches_the_handler_with_the_identity_that_the_broker_proves(
    bus: Broker, probe: Probe
) -> None:
    with probe.running():
        reply(bus, 7, "fine")

        eventually(lambda: probe.lines("done"), awaited="the handler")
        eventually(lambda: bus.waiting(REPLIES_QUEUE) == 0, awaited="the ack")

    assert probe.lines("done") == ["done m-7 dept-court fine {'n': 7}"]
    assert bus.waiting(REPLIES_QUEUE) == 0, "it was acked: nothing came back at the end"


def test_a_graceful_stop_finishes_what_is_in_flight_and_nothing_runs_twice(
    bus: Broker, probe: Probe
) -> None:
    with probe.running() as first:
        for number in range(1, 4):
            reply(bus, number, "slow")
        eventually(lambda: len(probe.lines("began")) == 3, awaited="three in flight")
        for number in range(4, 30):
            reply(bus, number, "slow")
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE_SECONDS) == 0
    finished = len(probe.lines("done"))
    with probe.running():
        eventually(lambda: len(set(probe.lines("done"))) == 29, awaited="the rest")

    assert finished >= 3
    assert len(probe.lines("began")) == len(probe.lines("done")) == 29


def test_what_can_not_be_read_is_a_dead_letter_with_its_reason_and_stops_nobody(
    bus: Broker, probe: Probe
) -> None:
    odd = "dept-nobody.fine"
    with probe.running():
        bus.publish("departments.replies", odd, b"\xff\xfe no json", message_id="odd-1")
        reply(bus, 1, "fine")
        eventually(lambda: probe.lines("done"), awaited="the good one behind it")
        eventually(lambda: bus.waiting("escalation.dead") == 1, awaited="the burial")
        eventually(lambda: bus.waiting(REPLIES_QUEUE) == 0, awaited="an empty queue")

    (dead,) = bus.take("escalation.dead")
    assert dead.body == b"\xff\xfe no json"
    assert dead.properties["message_id"] == "odd-1"
    assert dead.properties["application_headers"]["queue"] == REPLIES_QUEUE
    assert "no UTF-8" in dead.properties["application_headers"]["reason"]


def test_while_the_database_is_away_a_message_is_held_and_tried_with_pauses_until_it_is_back(
    bus: Broker, probe: Probe
) -> None:
    probe.away.touch()
    started = time.monotonic()
    with probe.running():
        reply(bus, 1, "stored")
        eventually(lambda: len(probe.lines("began")) >= 3, awaited="three attempts")
        tried, passed = len(probe.lines("began")), time.monotonic() - started
        probe.away.unlink()
        eventually(lambda: probe.lines("done"), awaited="the database's return")
        eventually(lambda: bus.waiting(REPLIES_QUEUE) == 0, awaited="the ack")

    assert tried <= passed / FIRST_PAUSE_SECONDS + 1  # never hot
    assert len(probe.lines("done")) == 1


def test_a_bug_in_a_handler_is_requeued_with_pauses_and_buried_at_the_delivery_limit(
    bus: Broker, probe: Probe
) -> None:
    bus.management.put(
        "policies", bus.management.vhost, "replies",
        body={"pattern": r"^escalation\.replies$", "apply-to": "queues",
              "definition": {"delivery-limit": 2, "dead-letter-exchange": "escalation.dead"}},
    )  # fmt: skip
    started = time.monotonic()
    with probe.running():
        reply(bus, 1, "broken")
        reply(bus, 2, "fine")
        eventually(lambda: bus.waiting("escalation.dead") == 1, awaited="the delivery limit")
        passed = time.monotonic() - started

    assert len(probe.lines("began m-1")) == 3
    assert passed >= FIRST_PAUSE_SECONDS * (1 + 2)  # pauses doubled: they counted the deliveries
    assert len(probe.lines("done m-2")) == 1


def test_what_can_never_work_is_buried_at_once_with_its_reason(bus: Broker, probe: Probe) -> None:
    with probe.running():
        reply(bus, 1, "hopeless")
        eventually(lambda: bus.waiting("escalation.dead") == 1, awaited="the burial")

    (dead,) = bus.take("escalation.dead")
    assert "never work" in dead.properties["application_headers"]["reason"]
    assert len(probe.lines("began")) == 1


def test_a_handler_that_exits_does_not_end_the_process(bus: Broker, probe: Probe) -> None:
    with probe.running() as process:
        reply(bus, 1, "exit")
        eventually(lambda: probe.lines("began"), awaited="the exit")
        reply(bus, 2, "fine")
        eventually(lambda: probe.lines("done"), awaited="life after it")

        assert process.poll() is None


def test_it_reads_on_after_its_queue_was_deleted_and_its_connections_cut(
    bus: Broker, probe: Probe
) -> None:
    with probe.running():
        reply(bus, 1, "fine")
        eventually(lambda: len(probe.lines("done")) == 1, awaited="the first")
        bus.management.delete("queues", bus.management.vhost, REPLIES_QUEUE)
        eventually(lambda: consumers(bus) == 1, awaited="the queue's return")
        reply(bus, 2, "fine")
        eventually(lambda: len(probe.lines("done")) == 2, awaited="the second")
        bus.cut_all()
        reply(bus, 3, "fine")
        eventually(lambda: len(probe.lines("done")) == 3, awaited="the third")


def consumers(broker: Broker) -> int:
    try:
        with channel_to(broker.uri) as channel:
            return int(channel.queue_declare(REPLIES_QUEUE, passive=True).consumer_count)
    except BrokerAway:
        return 0


def test_a_broker_that_is_away_at_start_is_awaited(broker: Broker, tmp_path: Path) -> None:
    probe = Probe(tmp_path, broker.uri)
    broker.management.delete("vhosts", broker.management.vhost)
    with probe.running() as process:
        eventually(lambda: "broker is away" in probe.log, awaited="a refusal")
        broker.management.put("vhosts", broker.management.vhost, body={})
        eventually(lambda: consumers(broker) == 1, awaited="the topology")
        reply(broker, 1, "fine")
        eventually(lambda: probe.lines("done"), awaited="the handler")

        assert process.poll() is None


def test_a_stop_while_the_broker_is_away_does_not_hang(broker: Broker, tmp_path: Path) -> None:
    probe = Probe(tmp_path, broker.uri)
    broker.management.delete("vhosts", broker.management.vhost)
    with probe.running() as process:
        eventually(lambda: "broker is away" in probe.log, awaited="a refusal")
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0
    broker.management.put("vhosts", broker.management.vhost, body={})


def test_a_department_that_cannot_be_told_holds_up_no_other(bus: Broker, tmp_path: Path) -> None:
    """Each reply that is held takes a place from all others, and there are 16."""
    probe = Probe(tmp_path, bus.uri, PROBE_HOPELESS="0.5")
    for number in range(20):
        reply(bus, number, "untold", code="dept-mute")
    reply(bus, 20, "fine")
    with probe.running():
        eventually(lambda: probe.lines("done m-20"), awaited="the other department's reply")
        eventually(lambda: bus.waiting("escalation.dead") == 20, awaited="the burials")

    reasons = {
        dead.properties["application_headers"]["reason"] for dead in bus.take("escalation.dead")
    }
    assert all("DepartmentUnreachable" in each for each in reasons)


def test_an_unreadable_reply_is_refused_by_an_outcome_if_the_department_can_be_told(
    bus: Broker, probe: Probe
) -> None:
    restore_departments(bus.uri, ["dept-court"], resend=lambda _code: None)
    with probe.running():
        bus.publish("departments.replies", "dept-court.fine", b"{", message_id="m-1")
        bus.publish("departments.replies", "dept-nobody.fine", b"{", message_id="m-2")
        queue = "departments.dept-court.outcomes"
        eventually(lambda: bus.waiting(queue) == 1, awaited="the outcome")
        eventually(lambda: bus.waiting("escalation.dead") == 1, awaited="the burial")

    (outcome,) = bus.take(queue)
    told = json.loads(outcome.body)
    assert told["data"]["in_reply_to"] == "m-1"
    assert told["data"]["outcome"] == "refused"
    assert "unreadable" in told["data"]["reason"]
    (dead,) = bus.take("escalation.dead")
    assert dead.properties["message_id"] == "m-2"
