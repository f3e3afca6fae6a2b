"""The rights that the broker's page gives an outside subscriber are enough, and no more."""

import re
import uuid

import amqp
import pytest
from amqp.exceptions import AccessRefused

from services.common.messaging.wire import connected
from tests.architecture.source import ROOT
from tests.integration.common.messaging.broker import Broker
from tests.support.waiting import PATIENCE_SECONDS

_RIGHTS = re.compile(r"^rabbitmqctl set_permissions (\S+) '(\S+)' '(\S+)' '(\S+)'$", re.MULTILINE)
_PASSWORD = "secret-of-a-subscriber"


@pytest.fixture
def subscriber(bus: Broker) -> str:
    """A user with the rights of the page, by a name that no other test uses."""
    told = (ROOT / "deploy" / "rabbitmq" / "README.md").read_text(encoding="utf-8")
    found = _RIGHTS.search(told)
    assert found is not None
    user = f"city-desk-{uuid.uuid4().hex[:8]}"
    rights = [each.replace(found[1], user) for each in found.groups()[1:]]
    bus.users.append(user)
    bus.management.put("users", user, body={"password": _PASSWORD, "tags": ""})
    bus.management.put(
        "permissions", bus.management.vhost, user,
        body=dict(zip(("configure", "write", "read"), rights, strict=True)),
    )  # fmt: skip
    return user


def address(bus: Broker, user: str) -> str:
    return bus.uri_of(user, _PASSWORD)


def test_it_gets_the_events_that_it_binds(bus: Broker, subscriber: str) -> None:
    queue = f"{subscriber}.closed"
    with connected(address(bus, subscriber), PATIENCE_SECONDS) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True, auto_delete=False)
        for log in ("intake", "dispatch", "escalation"):
            channel.queue_bind(queue, f"{log}.events", "RequestClosed")
        bus.publish("intake.events", "RequestReceived", b"not asked for")
        bus.publish("intake.events", "RequestClosed", b"asked for")
        assert channel.basic_get(queue, no_ack=True).body in (b"asked for", "asked for")
        assert channel.basic_get(queue) is None


@pytest.mark.parametrize("exchange", ["logs.bells", "departments.calls", "departments.replies"])
def test_it_binds_nothing_but_events(bus: Broker, subscriber: str, exchange: str) -> None:
    queue = f"{subscriber}.more"
    with connected(address(bus, subscriber), PATIENCE_SECONDS) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True, auto_delete=False)
        with pytest.raises(AccessRefused):
            channel.queue_bind(queue, exchange, "#")


def test_it_makes_no_queue_by_another_name(bus: Broker, subscriber: str) -> None:
    with connected(address(bus, subscriber), PATIENCE_SECONDS) as connection:
        channel = connection.channel()
        with pytest.raises(AccessRefused):
            channel.queue_declare("another.queue", durable=True, auto_delete=False)


@pytest.mark.parametrize("exchange", ["intake.events", "departments.replies", "logs.bells"])
def test_it_publishes_nothing(bus: Broker, subscriber: str, exchange: str) -> None:
    with connected(address(bus, subscriber), PATIENCE_SECONDS) as connection:
        channel = connection.channel()
        with pytest.raises(AccessRefused):
            channel.basic_publish_confirm(amqp.Message(b"{}"), exchange, "RequestClosed")


@pytest.mark.parametrize("queue", ["escalation.replies", "intake.dead"])
def test_it_reads_no_queue_of_others(bus: Broker, subscriber: str, queue: str) -> None:
    with connected(address(bus, subscriber), PATIENCE_SECONDS) as connection:
        channel = connection.channel()
        with pytest.raises(AccessRefused):
            channel.basic_get(queue)
