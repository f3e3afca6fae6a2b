"""Tasks beside entry points in a real nameko process."""

import signal
from pathlib import Path

from tests.integration.common.messaging.broker import Broker
from tests.integration.common.messaging.running import Probe
from tests.support.waiting import PATIENCE_SECONDS, eventually


def test_a_relay_beside_the_inbox_rings_it_for_every_commit(bus: Broker, tmp_path: Path) -> None:
    probe = Probe(tmp_path, bus.uri, PROBE_COMMITS="300")
    with probe.running():
        eventually(lambda: len(set(probe.lines("done"))) == 300, awaited="300 doorbells")

    assert len(probe.lines("done")) == 300


def test_a_stop_lets_a_task_end_its_turn(bus: Broker, tmp_path: Path) -> None:
    probe = Probe(tmp_path, bus.uri, PROBE_TICKING="yes")
    with probe.running() as process:
        eventually(lambda: probe.lines("turn began"), awaited="a turn")
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0
    assert len(probe.lines("turn began")) == len(probe.lines("turn ended"))
