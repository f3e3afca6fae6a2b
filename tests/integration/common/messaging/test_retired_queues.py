"""Queues that only an older release reads go when a newer one declares what it needs."""

from services.common.contracts.streams import SERVICES
from services.common.messaging.declare import declare_at, declaring
from services.common.messaging.topology import retired_queues
from services.common.messaging.wire import channel_to
from tests.integration.common.messaging.broker import Broker

INBOXES = {"intake.inbox", "dispatch.inbox", "escalation.inbox", "metrics.inbox"}


def left(broker: Broker) -> set[str]:
    return {name for name in broker.queues() if name.endswith(".inbox")}


def test_the_inboxes_of_an_older_release_are_deleted_with_what_is_in_them(bus: Broker) -> None:
    with channel_to(bus.uri) as channel:
        for queue in INBOXES:
            channel.queue_declare(
                queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
            )
            channel.queue_bind(queue, "intake.events", "#")
    bus.publish("intake.events", "RequestReceived", b"{}")
    assert left(bus) == INBOXES == {each for name in SERVICES for each in retired_queues(name)}
    with channel_to(bus.uri) as channel:
        declaring("metrics")(channel)
    assert left(bus) == set()


def test_what_is_not_there_is_deleted_again_and_again(bus: Broker) -> None:
    declare_at(bus.uri)
    declare_at(bus.uri)
    assert left(bus) == set()
