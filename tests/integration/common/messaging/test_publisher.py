"""The publisher against a real broker: only what a queue has on disk counts as delivered."""

from collections.abc import Iterator

import pytest

from services.common.contracts.streams import SERVICES
from services.common.messaging.publisher import AmqpPublisher, Fate, Letter
from services.common.messaging.topology import inbox_queue
from services.common.messaging.wire import BrokerAway, channel_to
from tests.integration.common.messaging.broker import Broker, publishing


def message(number: int, exchange: str = "intake.events", key: str = "RequestReceived") -> Letter:
    return Letter(exchange, key, f"request-1@{number}.0", b'{"n":%d}' % number)


@pytest.fixture
def publisher(bus: Broker) -> Iterator[AmqpPublisher]:
    with publishing(bus.uri, "intake") as found:
        yield found


def test_a_batch_is_delivered_in_order_and_on_disk(bus: Broker, publisher: AmqpPublisher) -> None:
    fates = publisher.publish([message(n) for n in range(1, 251)])

    found = bus.take("dispatch.inbox")
    assert fates == [Fate.DELIVERED] * 250
    assert [one.properties["message_id"] for one in found] == [
        f"request-1@{n}.0" for n in range(1, 251)
    ]
    assert {one.properties["delivery_mode"] for one in found} == {2}


def test_an_unroutable_message_comes_back_and_is_acked_and_does_not_count_as_delivered(
    bus: Broker, publisher: AmqpPublisher
) -> None:
    publisher.publish([message(0)])
    for queue in map(inbox_queue, SERVICES):
        with channel_to(bus.uri) as channel:
            channel.queue_unbind(queue, "intake.events", "#")

    fates = publisher.publish(
        [message(1), message(2, "dispatch.events"), message(3), message(4, "dispatch.events")]
    )

    assert fates == [Fate.RETURNED, Fate.DELIVERED, Fate.RETURNED, Fate.DELIVERED]


def test_a_full_queue_refuses_and_does_not_count_as_delivered(
    bus: Broker, publisher: AmqpPublisher
) -> None:
    bus.management.put(
        "policies", bus.management.vhost, "full",
        body={"pattern": "^metrics.inbox$", "priority": 9, "apply-to": "queues",
              "definition": {"max-length": 1, "overflow": "reject-publish"}},
    )  # fmt: skip
    fates = []
    for number in range(1, 60):
        fates += publisher.publish([message(number)])
        if Fate.REFUSED in fates:
            break

    assert fates[0] is Fate.DELIVERED
    assert fates[-1] is Fate.REFUSED
    assert len(bus.take("dispatch.inbox")) == len(fates)  # the others got it all the same


def test_a_returned_message_makes_the_next_batch_declare_the_topology_again(
    bus: Broker, publisher: AmqpPublisher
) -> None:
    publisher.publish([message(1)])
    for queue in map(inbox_queue, SERVICES):
        bus.management.delete("queues", bus.management.vhost, queue)

    lost = publisher.publish([message(2)])
    again = publisher.publish([message(2)])

    assert (lost, again) == ([Fate.RETURNED], [Fate.DELIVERED])


def test_a_missing_exchange_is_a_broker_that_is_away(publisher: AmqpPublisher) -> None:
    with pytest.raises(BrokerAway):
        publisher.publish([message(1, "nobody.events")])

    assert publisher.publish([message(1)]) == [Fate.DELIVERED]


def test_no_broker_is_transient_within_the_time_out() -> None:
    publisher = AmqpPublisher("amqp://guest:guest@127.0.0.1:9/", timeout_seconds=0.5)

    with pytest.raises(BrokerAway):
        publisher.publish([message(1)])


def test_an_empty_batch_needs_no_broker() -> None:
    assert AmqpPublisher("amqp://guest:guest@127.0.0.1:9/").publish([]) == []
