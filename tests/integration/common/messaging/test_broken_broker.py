"""The publisher, the entry points and doorbells against a broker that is killed, frozen, wiped."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.common.contracts.doorbell import advanced
from services.common.messaging.declare import declaring
from services.common.messaging.doorbells import letter_of
from services.common.messaging.publisher import AmqpPublisher, Fate, Letter
from services.common.messaging.wire import BrokerAway
from services.local.servers.broker import Broker
from tests.integration.common.messaging.running import Probe
from tests.support.waiting import eventually


def letters(count: int) -> list[Letter]:
    return [
        Letter("escalation.dead", "Fine", f"request-1@{n}.0", b"x" * 20_000) for n in range(count)
    ]


def reply(number: int) -> Letter:
    body = json.dumps({"id": f"m-{number}", "data": {}}).encode()
    return Letter("departments.replies", "dept-court.fine", f"m-{number}", body)


@pytest.fixture
def publisher(private_broker: Broker) -> Iterator[AmqpPublisher]:
    uri = private_broker.uri
    with closing(AmqpPublisher(uri, declare=declaring("escalation"), timeout_seconds=2.5)) as found:
        yield found


def ready(publisher: AmqpPublisher) -> bool:
    try:
        return publisher.publish(letters(1)) == [Fate.DELIVERED]
    except BrokerAway:
        return False


def test_a_frozen_broker_is_transient_and_publishing_goes_on_when_it_thaws(
    private_broker: Broker, publisher: AmqpPublisher
) -> None:
    assert ready(publisher)
    private_broker.pause()
    try:
        with pytest.raises(BrokerAway):
            publisher.publish(letters(2000))  # far more than the socket's buffers hold
        with pytest.raises(BrokerAway) as connecting:
            publisher.publish(letters(1))
        assert isinstance(connecting.value.__cause__, TimeoutError)  # nor does that block
    finally:
        private_broker.resume()

    eventually(lambda: ready(publisher), awaited="the thaw", within_seconds=60)


def test_a_broker_killed_in_mid_batch_is_transient_and_a_restarted_one_is_found(
    private_broker: Broker, publisher: AmqpPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready(publisher)
    line: Any = publisher._line
    send, sent = line._send, threading.Event()

    def send_and_kill(letter: Letter) -> None:
        send(letter)
        if letter.message_id == "request-1@50.0":
            private_broker.kill()
            sent.set()

    monkeypatch.setattr(line, "_send", send_and_kill)
    with pytest.raises(BrokerAway):
        publisher.publish(letters(100))

    assert sent.is_set()
    private_broker.start()
    eventually(lambda: ready(publisher), awaited="the restart", within_seconds=60)


def test_a_wiped_broker_gets_its_topology_back_from_the_first_who_connects(
    private_broker: Broker, publisher: AmqpPublisher, tmp_path: Path
) -> None:
    probe = Probe(tmp_path, private_broker.uri)
    with probe.running():
        publisher.publish([reply(1)])
        eventually(lambda: probe.lines("done m-1"), awaited="the first reply")
        private_broker.wipe()
        private_broker.start()
        eventually(lambda: ready(publisher), awaited="the topology", within_seconds=60)
        assert publisher.publish([reply(9)]) == [Fate.DELIVERED]

        eventually(lambda: probe.lines("done m-9"), awaited="a reply", within_seconds=60)


def test_doorbells_are_heard_again_after_the_broker_was_restarted(
    private_broker: Broker, publisher: AmqpPublisher, tmp_path: Path
) -> None:
    """What was rung meanwhile is lost, so it is rung until somebody hears."""

    def heard(head: int) -> bool:
        try:
            publisher.publish([letter_of(advanced("intake", head))])
        except BrokerAway:
            return False
        return bool(probe.lines(f"heard log.advanced intake {head}"))

    probe = Probe(tmp_path, private_broker.uri)
    with probe.running():
        eventually(lambda: heard(1), awaited="the first doorbell", within_seconds=60)
        private_broker.kill()
        private_broker.start()
        eventually(lambda: heard(2), awaited="a doorbell afterwards", within_seconds=60)
