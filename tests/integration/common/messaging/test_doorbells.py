"""Doorbells on a real broker: who hears which, on a queue that goes with whoever hears."""

import signal
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from services.common.contracts.doorbell import Doorbell, advanced, appended
from services.common.messaging.doorbells import letter_of
from tests.integration.common.messaging.broker import Broker
from tests.integration.common.messaging.running import Probe
from tests.support.lines import line_to
from tests.support.waiting import PATIENCE_SECONDS, eventually

QUEUES = "escalation.bell."


@pytest.fixture
def probe(bus: Broker, tmp_path: Path) -> Probe:
    return Probe(tmp_path, bus.uri)


def ring(broker: Broker, bell: Doorbell) -> None:
    letter = letter_of(bell)
    broker.publish(letter.exchange, letter.routing_key, letter.body)


def listens(broker: Broker, probe: Probe) -> bool:
    """Ring until the process hears: its queue is there a moment before it is bound."""
    ring(broker, advanced("metrics", 0))  # nobody's log, and nobody's key
    ring(broker, advanced("intake", 1))
    return bool(probe.lines("heard log.advanced intake 1"))


def test_a_process_hears_that_any_log_has_advanced_and_that_its_own_was_appended_to(
    bus: Broker, probe: Probe
) -> None:
    with probe.running():
        eventually(lambda: listens(bus, probe), awaited="the ear")
        for log in ("intake", "dispatch", "escalation"):
            ring(bus, appended(log, "an id"))
            ring(bus, advanced(log, 7))
        eventually(lambda: probe.lines("heard log.advanced escalation 7"), awaited="the last")

    heard = [line for line in probe.lines("heard") if line != "heard log.advanced intake 1"]
    assert heard == [
        "heard log.advanced intake 7",
        "heard log.advanced dispatch 7",
        "heard log.appended escalation 0",
        "heard log.advanced escalation 7",
    ]


def test_what_can_not_be_read_is_passed_over(bus: Broker, probe: Probe) -> None:
    with probe.running() as process:
        eventually(lambda: listens(bus, probe), awaited="the ear")
        for body in (b"\xff\xfe", b"", b"[]", b'{"type":"ProgressNoted"}'):
            bus.publish("logs.bells", "intake.advanced", body)
        ring(bus, advanced("intake", 9))
        eventually(lambda: probe.lines("heard log.advanced intake 9"), awaited="the readable one")

        assert process.poll() is None
        assert bus.waiting("escalation.dead") == 0


def test_the_queue_goes_with_the_process_however_that_ends(bus: Broker, probe: Probe) -> None:
    with probe.running() as stopped:
        eventually(lambda: bus.queues(QUEUES), awaited="the queue")
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(PATIENCE_SECONDS) == 0
        eventually(lambda: not bus.queues(QUEUES), awaited="its end after a stop")
    with probe.running() as killed:
        eventually(lambda: bus.queues(QUEUES), awaited="the next queue")
        killed.kill()
        eventually(lambda: not bus.queues(QUEUES), awaited="its end after a kill")


def _cut(broker: Broker, probe: Probe) -> bool:
    """Cut what the broker knows of: it lists a connection a while after that is made."""
    broker.cut_all()
    return bool(probe.lines("is deaf"))


def test_a_process_knows_whether_it_hears(bus: Broker, probe: Probe) -> None:
    """What rang while it didn't, it has to look for by itself."""
    with probe.running():
        eventually(lambda: probe.lines("hears"), awaited="the first connection")
        eventually(lambda: _cut(bus, probe), awaited="the end of the connection")
        eventually(lambda: probe.lines("hears")[1:], awaited="the next connection")


def test_two_processes_of_a_service_hear_the_same(bus: Broker, tmp_path: Path) -> None:
    probes = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        probes.append(Probe(tmp_path / name, bus.uri))
    first, second = probes
    with first.running(), second.running():
        for probe in probes:
            eventually(partial(listens, bus, probe), awaited="an ear")
        ring(bus, advanced("dispatch", 7))
        told = "heard log.advanced dispatch 7"
        eventually(lambda: all(each.lines(told) for each in probes), awaited="both")


def test_a_process_whose_connection_was_cut_hears_again(bus: Broker, probe: Probe) -> None:
    with probe.running():
        eventually(lambda: listens(bus, probe), awaited="the ear")
        bus.cut_all()
        eventually(lambda: heard_again(bus, probe), awaited="a doorbell afterwards")


def test_a_process_hears_again_though_the_broker_takes_its_old_connection_for_alive(
    bus: Broker, tmp_path: Path
) -> None:
    """A torn line, of which the broker hears only by a heartbeat that doesn't come."""
    parts = urlsplit(bus.uri)
    with line_to(parts.hostname or "", parts.port or 5672) as (line, port):
        near = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}")
        probe = Probe(tmp_path, urlunsplit(near))
        with probe.running():
            eventually(lambda: listens(bus, probe), awaited="the ear")
            [old] = bus.queues(QUEUES)
            line.tear()
            eventually(lambda: heard_again(bus, probe), awaited="a doorbell afterwards")
            assert old in bus.queues(QUEUES), "the broker has noticed: nothing was shown"


def heard_again(broker: Broker, probe: Probe) -> bool:
    ring(broker, advanced("dispatch", 2))
    return bool(probe.lines("heard log.advanced dispatch 2"))
