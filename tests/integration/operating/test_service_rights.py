"""A service's own rights are enough for all that it does on a real broker, and for nothing else."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import amqp
import pytest
from amqp.exceptions import AccessRefused

from services.common.clock import RealClock
from services.common.contracts.commit import Tip
from services.common.contracts.doorbell import advanced, doorbell
from services.common.contracts.streams import LOGS, SERVICES
from services.common.messaging import consuming, topology
from services.common.messaging.declare import declaring, queue_exists, restore_departments
from services.common.messaging.departments import DepartmentLine
from services.common.messaging.doorbells import RingLeader, letter_of
from services.common.messaging.publisher import Fate, Letter
from services.common.messaging.relay import Relay
from services.common.messaging.wire import channel_to, connected
from services.operating.broker.rights import service_rights
from services.testing.memory_log import MemoryLog
from tests.integration.common.messaging.broker import Broker, publishing
from tests.support.examples import draft
from tests.support.waiting import PATIENCE_SECONDS

Attempt = Callable[[Any], object]


class Ear:
    """A process of a service that listens."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.keys: Sequence[str] = topology.bell_keys(service)
        self.heard: list[tuple[str, str]] = []

    def new_queue(self) -> str:
        return topology.bell_queue(self._service, uuid.uuid4().hex)

    def hear(self, body: bytes | str) -> None:
        bell = doorbell(body)
        self.heard.append((bell.log, bell.type))

    def connected(self, *, connected: bool) -> None:
        pass


def user_with_rights_of(service: str, broker: Broker) -> str:
    """Make a user with the rights of `service`; return its address."""
    user = f"{service}-{uuid.uuid4().hex[:8]}"
    broker.users.append(user)
    rights = service_rights(service)
    allowed = {"configure": rights.configure, "write": rights.write, "read": rights.read}
    broker.management.put("users", user, body={"password": "secret", "tags": ""})
    broker.management.put("permissions", broker.management.vhost, user, body=allowed)
    assert rights.topic is not None
    keys = asdict(rights.topic)
    broker.management.put("topic-permissions", broker.management.vhost, user, body=keys)
    return broker.uri_of(user, "secret")


@pytest.mark.parametrize("service", SERVICES)
def test_on_an_empty_broker_it_declares_its_part_and_ends_the_old_inboxes(
    broker: Broker, service: str
) -> None:
    inboxes = [f"{each}.inbox" for each in SERVICES]
    with channel_to(broker.uri) as channel:
        for queue in inboxes[:2]:
            channel.queue_declare(queue, durable=True, auto_delete=False)

    with connected(user_with_rights_of(service, broker)) as connection:
        for _ in range(2):
            declaring(service)(connection.channel())

    with channel_to(broker.uri) as channel:
        there = {
            each
            for each in [*topology.WHOLE.queues, *inboxes]
            if queue_exists(channel.connection, each)
        }
    assert there == set(topology.of_service(service).queues)


@pytest.mark.parametrize("service", SERVICES)
def test_it_hears_the_doorbells_of_every_log_and_buries_what_it_cannot_read(
    broker: Broker, service: str
) -> None:
    uri, ear = user_with_rights_of(service, broker), Ear(service)
    with connected(uri, PATIENCE_SECONDS) as connection:
        declaring(service)(connection.channel())
        consuming._listen(connection.channel(), ear)
        with publishing(broker.uri) as others:
            others.publish([letter_of(advanced(log, 1)) for log in LOGS])
        while len(ear.heard) < len(LOGS):
            connection.drain_events(timeout=PATIENCE_SECONDS)
        with publishing(uri, service) as publisher:
            buried = publisher.publish([Letter(topology.dead_queue(service), "X", "1", b"odd")])
    assert ear.heard == [(log, "log.advanced") for log in LOGS]
    assert buried == [Fate.DELIVERED]
    assert broker.waiting(topology.dead_queue(service)) == 1


@pytest.mark.parametrize("service", LOGS)
def test_who_writes_a_log_publishes_its_events_rings_everybody_and_its_leader(
    broker: Broker, service: str
) -> None:
    uri, ear = user_with_rights_of(service, broker), Ear(service)
    log = MemoryLog(service, RealClock())
    log.append(draft("request-1"), Tip())
    log.stamp(1)
    with publishing(uri, service) as publisher, connected(uri, PATIENCE_SECONDS) as connection:
        leader = RingLeader(service, publisher, leads=lambda: False)
        publisher.publish([letter_of(advanced(service, 0))])  # which declares
        consuming._listen(connection.channel(), ear)
        with channel_to(broker.uri) as channel:
            channel.queue_declare("stranger", durable=True, auto_delete=False)
            channel.queue_bind("stranger", topology.events_exchange(service), "#")
        Relay(log, log, publisher).turn()
        leader.appended()
        leader.turn()
        while len(ear.heard) < 2:
            connection.drain_events(timeout=PATIENCE_SECONDS)
    assert ear.heard == [(service, "log.advanced"), (service, "log.appended")]
    assert len(broker.take("stranger")) == 1
    assert log.pending() == 0


def test_escalation_calls_departments_tells_them_and_reads_their_replies(broker: Broker) -> None:
    uri = user_with_rights_of("escalation", broker)
    with publishing(uri, "escalation") as publisher:
        publisher.publish([letter_of(advanced("escalation", 1))])  # which declares
        resent: list[str] = []
        assert restore_departments(uri, ["dept-court"], resent.append) == ("dept-court",)
        line = DepartmentLine(publisher)
        line.send("dept-court", {"id": "call-1@1.0"})
        line.outcome("dept-court", {"id": "outcome-1"})
        assert line.send_many([("dept-court", {"id": "call-2@1.0"})]) == [None]
    broker.publish("departments.replies", "dept-court.arrived", b"{}")
    with connected(uri) as connection:
        assert restore_departments(uri, ["dept-court"], resent.append) == ()
        channel = connection.channel()
        taken: list[Any] = []
        channel.basic_qos(0, 1, False)
        channel.basic_consume(topology.REPLIES_QUEUE, callback=taken.append)
        while not taken:
            connection.drain_events(timeout=PATIENCE_SECONDS)
        channel.basic_ack(taken[0].delivery_tag)
    assert resent == ["dept-court"]
    assert broker.waiting("departments.dept-court.calls") == 2
    assert broker.waiting("departments.dept-court.outcomes") == 1


def forbidden(service: str, other: str) -> dict[str, Attempt]:
    """What `service` must not be able to do, by name; each with a channel of its own."""
    bells = topology.bell_queue(other, "ab12")
    found: dict[str, Attempt] = {
        "publish another's events": lambda it: published(it, f"{other}.events"),
        "bury for another": lambda it: published(it, f"{other}.dead"),
        "put into a queue": lambda it: published(it, "", f"{other}.dead"),
        "read another's dead letters": lambda it: it.basic_get(f"{other}.dead"),
        "purge another's dead letters": lambda it: it.queue_purge(f"{other}.dead"),
        "delete another's dead letters": lambda it: it.queue_delete(f"{other}.dead"),
        "hear for another": lambda it: it.queue_declare(bells, exclusive=True),
        "make a queue of any name": lambda it: it.queue_declare("mine", exclusive=True),
        "make an exchange": lambda it: it.exchange_declare("mine", "topic"),
        "call a department": lambda it: published(it, "departments.calls", "dept-court"),
        "reply as a department": lambda it: published(it, "departments.replies", "dept-court.x"),
        "ring for another": lambda it: published(it, topology.BELLS, f"{other}.advanced"),
        "hear what another's replicas append": lambda it: bound(it, service, f"{other}.appended"),
        "read calls": lambda it: it.basic_get("departments.dept-court.calls"),
    }
    if service not in LOGS:
        found["ring"] = lambda it: published(it, topology.BELLS, f"{service}.advanced")
    if service == topology.NOTIFIER:
        del found["call a department"]
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_it_can_do_nothing_else(bus: Broker, service: str) -> None:
    restore_departments(bus.uri, ["dept-court"], lambda _code: None)
    other = "dispatch" if service != "dispatch" else "intake"
    allowed = []
    with connected(user_with_rights_of(service, bus)) as connection:
        for name, attempt in forbidden(service, other).items():
            try:
                attempt(connection.channel())
            except AccessRefused:
                continue
            allowed.append(name)
        published(connection.channel(), topology.dead_queue(service))
        bound(connection.channel(), service, "intake.advanced")
    assert allowed == []


def published(channel: Any, exchange: str, key: str = "X") -> None:
    """Publish, then ask something, so that a refusal has arrived."""
    channel.basic_publish(amqp.Message("{}"), exchange, key)
    channel.queue_declare(topology.REPLIES_QUEUE, passive=True)


def bound(channel: Any, service: str, key: str) -> None:
    """Bind a queue of one's own to doorbells."""
    queue = topology.bell_queue(service, uuid.uuid4().hex)
    channel.queue_declare(queue, exclusive=True)
    channel.queue_bind(queue, topology.BELLS, key)
