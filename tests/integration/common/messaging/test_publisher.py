"""The publisher against a real broker: only what a queue has on disk counts as delivered."""

from collections.abc import Iterator

import pytest

from services.common.messaging.publisher import AmqpPublisher, Fate, Letter
from services.common.messaging.wire import BrokerAway, channel_to
from tests.integration.common.messaging.broker import Broker, publishing

EVENTS = "intake.events"
SUBSCRIBERS = ("intake.dead", "metrics.dead")  #: queues that are there for something else


def message(number: int, exchange: str = EVENTS, *, mandatory: bool = True) -> Letter:
    body = b'{"n":%d}' % number
    identity = f"request-1@{number}.0"
    return Letter(exchange, "RequestReceived", identity, body, mandatory=mandatory)


@pytest.fixture
def publisher(bus: Broker) -> Iterator[AmqpPublisher]:
    with publishing(bus.uri, "intake") as found:
        yield found


@pytest.fixture
def subscribed(bus: Broker) -> Broker:
    """A broker where two queues take all events of intake."""
    with channel_to(bus.uri) as channel:
        for queue in SUBSCRIBERS:
            channel.queue_bind(queue, EVENTS, "#")
    return bus


def test_a_batch_is_delivered_in_order_and_on_disk(
    subscribed: Broker, publisher: AmqpPublisher
) -> None:
    fates = publisher.publish([message(n) for n in range(1, 251)])

    found = subscribed.take("metrics.dead")
    assert fates == [Fate.DELIVERED] * 250
    assert [one.properties["message_id"] for one in found] == [
        f"request-1@{n}.0" for n in range(1, 251)
    ]
    assert {one.properties["delivery_mode"] for one in found} == {2}


def test_what_need_not_outlast_a_restart_is_not_written_on_disk(
    subscribed: Broker, publisher: AmqpPublisher
) -> None:
    publisher.publish([Letter(EVENTS, "X", "m-1", b"", durable=False)])

    (found,) = subscribed.take("metrics.dead")
    assert found.properties["delivery_mode"] == 1


def test_an_unroutable_message_comes_back_and_is_acked_and_does_not_count_as_delivered(
    publisher: AmqpPublisher,
) -> None:
    dead = "intake.dead"

    fates = publisher.publish([message(1), message(2, dead), message(3), message(4, dead)])

    assert fates == [Fate.RETURNED, Fate.DELIVERED, Fate.RETURNED, Fate.DELIVERED]


def test_what_nobody_has_to_take_does_not_come_back(publisher: AmqpPublisher) -> None:
    assert publisher.publish([message(1, mandatory=False)]) == [Fate.DELIVERED]


@pytest.mark.parametrize("mandatory", [True, False])
def test_a_full_queue_refuses_and_does_not_count_as_delivered(
    subscribed: Broker, publisher: AmqpPublisher, *, mandatory: bool
) -> None:
    subscribed.management.put(
        "policies", subscribed.management.vhost, "full",
        body={"pattern": "^metrics.dead$", "priority": 9, "apply-to": "queues",
              "definition": {"max-length": 1, "overflow": "reject-publish"}},
    )  # fmt: skip
    fates = []
    for number in range(1, 60):
        fates += publisher.publish([message(number, mandatory=mandatory)])
        if Fate.REFUSED in fates:
            break

    assert fates[0] is Fate.DELIVERED
    assert fates[-1] is Fate.REFUSED
    assert len(subscribed.take("intake.dead")) == len(fates)  # the others got it all the same


def test_a_returned_message_makes_the_next_batch_declare_the_topology_again(
    bus: Broker, publisher: AmqpPublisher
) -> None:
    dead = "intake.dead"
    publisher.publish([message(1, dead)])
    bus.management.delete("queues", bus.management.vhost, dead)

    lost = publisher.publish([message(2, dead)])
    again = publisher.publish([message(2, dead)])

    assert (lost, again) == ([Fate.RETURNED], [Fate.DELIVERED])


def test_a_missing_exchange_is_a_broker_that_is_away(publisher: AmqpPublisher) -> None:
    with pytest.raises(BrokerAway):
        publisher.publish([message(1, "nobody.events")])

    assert publisher.publish([message(1, "intake.dead")]) == [Fate.DELIVERED]


def test_no_broker_is_transient_within_the_time_out() -> None:
    publisher = AmqpPublisher("amqp://guest:guest@127.0.0.1:9/", timeout_seconds=0.5)

    with pytest.raises(BrokerAway):
        publisher.publish([message(1)])


def test_an_empty_batch_needs_no_broker() -> None:
    assert AmqpPublisher("amqp://guest:guest@127.0.0.1:9/").publish([]) == []
