"""The publisher and the inbox against a broker that is killed, frozen and wiped."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.common.messaging.declare import declaring
from services.common.messaging.publisher import AmqpPublisher, Fate, Letter
from services.common.messaging.wire import BrokerAway
from services.local.servers.broker import Broker
from tests.integration.common.messaging.running import Probe
from tests.support.waiting import eventually

EVENT = {
    "id": "request-1@9.0",
    "type": "Fine",
    "subject": "request-1",
    "streamversion": 9,
    "correlationid": "c",
}


def letters(count: int) -> list[Letter]:
    return [
        Letter("intake.events", "Fine", f"request-1@{n}.0", b"x" * 20_000) for n in range(count)
    ]


@pytest.fixture
def publisher(private_broker: Broker) -> Iterator[AmqpPublisher]:
    uri = private_broker.uri
    with closing(AmqpPublisher(uri, declare=declaring("intake"), timeout_seconds=2.5)) as found:
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
    probe = Probe(tmp_path, private_broker.uri, PROBE_COMMITS="1")
    with probe.running():
        eventually(lambda: probe.lines("done"), awaited="the first doorbell")
        private_broker.wipe()
        private_broker.start()
        eventually(lambda: ready(publisher), awaited="the topology", within_seconds=60)
        event = json.dumps(EVENT).encode()
        fates = publisher.publish([Letter("intake.events", "Fine", "request-1@9.0", event)])
        assert fates == [Fate.DELIVERED]

        eventually(
            lambda: probe.lines("done request-1@9.0"), awaited="a doorbell", within_seconds=60
        )
