"""A department queue that had to be created gets its open calls again, also after a crash."""

import pytest

from services.common.messaging.declare import restore_departments
from tests.integration.common.messaging.broker import Broker

CODES = ["dept-court", "dept-market"]


def test_only_created_queues_are_told_and_a_second_turn_does_nothing(bus: Broker) -> None:
    resent: list[str] = []

    first = restore_departments(bus.uri, CODES, resent.append)
    second = restore_departments(bus.uri, CODES, resent.append)
    bus.management.delete("queues", bus.management.vhost, "departments.dept-court.calls")
    third = restore_departments(bus.uri, CODES, resent.append)

    assert (first, second, third) == (tuple(CODES), (), ("dept-court",))
    assert resent == ["dept-court", "dept-market", "dept-court"]


@pytest.mark.parametrize("lost", ["calls", "outcomes"])
def test_killed_between_creating_and_resending_the_next_turn_resends(
    bus: Broker, lost: str
) -> None:
    restore_departments(bus.uri, CODES, lambda _code: None)
    bus.management.delete("queues", bus.management.vhost, f"departments.dept-court.{lost}")

    def killed(_code: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_departments(bus.uri, CODES, killed)
    resent: list[str] = []

    assert restore_departments(bus.uri, CODES, resent.append) == ("dept-court",)
    assert resent == ["dept-court"]


def test_calls_can_be_resent_while_the_queue_is_being_restored(bus: Broker) -> None:
    def resend(code: str) -> None:
        bus.publish("departments.calls", code, b"{}", message_id="call-1@1.0")

    restore_departments(bus.uri, CODES[:1], resend)

    assert bus.waiting("departments.dept-court.calls") == 1
