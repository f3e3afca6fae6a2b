"""Who hears doorbells, and how a replica that appends rings the one that leads."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from services.common.contracts.doorbell import Doorbell, advanced, appended, doorbell
from services.common.messaging.doorbells import IDLE_SECONDS, Doorbells, RingLeader, letter_of
from services.common.messaging.publisher import Fate, Letter
from services.common.messaging.wire import BrokerAway


class Container:
    """As much of nameko's container as an extension needs."""

    service_name = "dispatch"

    def __init__(self) -> None:
        self.config: dict[str, object] = {}
        self.shared_extensions: dict[object, object] = {}


class Noted:
    """An ear that remembers."""

    def __init__(self) -> None:
        self.heard: list[Doorbell | bool] = []

    def rung(self, doorbell: Doorbell) -> None:
        self.heard.append(doorbell)

    def hears(self, *, hears: bool) -> None:
        self.heard.append(hears)


def hearing(container: Container, ear: Noted) -> Doorbells:
    """Return what hears in a process; whoever calls keeps the container."""
    found: Doorbells = Doorbells(lambda _container: ear).bind(container, "doorbells")
    found.setup()
    return found


# -- hearing ---------------------------------------------------------------------------------------


def test_each_connection_has_a_queue_of_its_own_with_the_keys_that_concern_the_service() -> None:
    """The broker may take a connection for alive that is not, and its queue with it."""
    container = Container()
    ear = hearing(container, Noted())
    queues = {ear.new_queue() for _ in range(3)}
    assert len(queues) == 3
    assert all(re.fullmatch(r"dispatch\.bell\.[0-9a-f]{32}", each) for each in queues)
    assert "dispatch.appended" in ear.keys


def test_a_message_is_handed_over_as_a_doorbell() -> None:
    noted, container = Noted(), Container()
    ear = hearing(container, noted)
    ear.connected(connected=True)
    ear.hear(advanced("intake", 7).body)
    ear.hear(appended("dispatch", "an id").body.decode())
    ear.connected(connected=False)
    assert noted.heard == [True, advanced("intake", 7), appended("dispatch", "an id"), False]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", "[]", b'{"type":"ProgressNoted"}'])
def test_what_can_not_be_read_is_passed_over_with_a_word(
    body: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    noted, container = Noted(), Container()
    hearing(container, noted).hear(body)
    assert noted.heard == []
    assert "a doorbell can't be read" in caplog.text


# -- ringing ---------------------------------------------------------------------------------------


class Away:
    """A publisher whose broker may be away."""

    def __init__(self) -> None:
        self.away = False
        self.sent: list[Letter] = []

    def publish(self, messages: Sequence[Letter]) -> list[Fate]:
        if self.away:
            raise BrokerAway(why="a restart")
        self.sent += messages
        return [Fate.DELIVERED] * len(messages)

    def rung(self) -> list[tuple[str, str]]:
        return [(doorbell(each.body).type, doorbell(each.body).log) for each in self.sent]


@pytest.fixture
def publisher() -> Away:
    return Away()


def test_who_appends_and_does_not_lead_rings_each_time(publisher: Away) -> None:
    task = RingLeader("dispatch", publisher, leads=lambda: False)
    assert task.turn() == IDLE_SECONDS
    assert publisher.sent == [], "nothing has been appended"
    for _ in range(2):
        task.appended()
        task.turn()
        task.turn()
    assert publisher.rung() == [("log.appended", "dispatch")] * 2, "once for each time"
    assert len({each.message_id for each in publisher.sent}) == 2
    assert task.wake is not None


def test_the_leader_rings_nobody(publisher: Away) -> None:
    leads: Any = iter([True, False, True])
    task = RingLeader("dispatch", publisher, leads=lambda: next(leads))
    for _ in range(3):
        task.appended()
        task.turn()
    assert publisher.rung() == [("log.appended", "dispatch")]


def test_a_broker_that_is_away_is_rung_by_the_next_turn(publisher: Away) -> None:
    task = RingLeader("dispatch", publisher, leads=lambda: False)
    task.appended()
    publisher.away = True
    with pytest.raises(BrokerAway):
        task.turn()
    publisher.away = False
    task.turn()
    assert publisher.rung() == [("log.appended", "dispatch")]


def test_an_append_while_the_leader_is_rung_is_told_by_the_next_turn() -> None:
    class Slow(Away):
        def publish(self, messages: Sequence[Letter]) -> list[Fate]:
            if not self.sent:
                task.appended()
            return super().publish(messages)

    publisher = Slow()
    task = RingLeader("dispatch", publisher, leads=lambda: False)
    task.appended()
    task.turn()
    task.turn()
    assert publisher.rung() == [("log.appended", "dispatch")] * 2


def test_a_doorbell_is_for_whoever_is_there() -> None:
    for bell, key in ((advanced("intake", 7), "intake.advanced"),
                      (appended("intake", "an id"), "intake.appended")):  # fmt: skip
        letter = letter_of(bell)
        assert (letter.exchange, letter.routing_key) == ("logs.bells", key)
        assert (letter.message_id, letter.body) == (bell.id, bell.body)
        assert not letter.mandatory
        assert not letter.durable
