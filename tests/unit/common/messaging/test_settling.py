"""Settling a message never raises: inside nameko's worker that would end the process."""

from types import SimpleNamespace
from typing import Any

import pytest
from amqp.exceptions import RecoverableConnectionError

from services.common.messaging.consuming import Delivery, ReaderChannel
from services.common.messaging.entrypoint import _Attempts


class Channel:
    """A channel that fails as it is told, and remembers what was asked of it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.done: list[str] = []
        self.connection = SimpleNamespace(collect=lambda: self.done.append("hang up"))

    def basic_ack(self, _tag: int) -> None:
        self._do("ack")

    def basic_reject(self, _tag: int, *, requeue: bool) -> None:
        self._do(f"reject {requeue}")

    def _do(self, what: str) -> None:
        self.done.append(what)
        if self.error is not None:
            raise self.error


def in_flight(channel: Channel) -> Delivery:
    reader: Any = SimpleNamespace(queue="escalation.replies", prefetch=1)
    raw = SimpleNamespace(channel=channel, delivery_tag=1)
    source = ReaderChannel(reader, in_flight=1)
    return Delivery(b"", "intake.events", "X", "m-1", {}, None, raw, source)


def test_a_message_is_settled_once() -> None:
    channel = Channel()
    delivery = in_flight(channel)

    delivery.ack()
    delivery.requeue()

    assert channel.done == ["ack"]
    assert delivery.source.in_flight == 0


@pytest.mark.parametrize("error", [RecoverableConnectionError("gone"), TimeoutError()])
def test_an_ack_that_comes_too_late_hangs_up_and_is_left_to_redelivery(error: Exception) -> None:
    channel = Channel(error)
    delivery = in_flight(channel)

    delivery.ack()

    assert channel.done == ["ack", "hang up"]
    assert delivery.source.in_flight == 0


def test_an_unheard_of_fault_while_settling_does_not_reach_nameko() -> None:
    delivery = in_flight(Channel(RuntimeError("a bug in a library")))
    entrypoint: Any = SimpleNamespace(queue="escalation.replies")

    result = _Attempts(entrypoint, delivery, None)._on_result(None, "result", None)

    assert result == ("result", None)
    assert delivery.source.in_flight == 0
