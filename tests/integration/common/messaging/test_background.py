"""Tasks beside entry points in a real nameko process."""

import signal
from pathlib import Path

from services.common.messaging.wire import channel_to
from tests.integration.common.messaging.broker import Broker
from tests.integration.common.messaging.running import Probe
from tests.support.waiting import PATIENCE_SECONDS, eventually


def test_a_relay_beside_the_entry_points_rings_with_the_end_of_the_log_and_publishes_all_of_it(
    bus: Broker, tmp_path: Path
) -> None:
    with channel_to(bus.uri) as channel:
        channel.queue_bind("escalation.dead", "escalation.events", "#")  # somebody who subscribes
    probe = Probe(tmp_path, bus.uri, PROBE_COMMITS="300")
    with probe.running():
        eventually(lambda: bus.waiting("escalation.dead") >= 300, awaited="300 events")

    found = [one.properties["message_id"] for one in bus.take("escalation.dead")]
    assert found == [f"duty-{number}@1.0" for number in range(300)]


def test_a_stop_lets_a_task_end_its_turn(bus: Broker, tmp_path: Path) -> None:
    probe = Probe(tmp_path, bus.uri, PROBE_TICKING="yes")
    with probe.running() as process:
        eventually(lambda: probe.lines("turn began"), awaited="a turn")
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0
    assert len(probe.lines("turn began")) == len(probe.lines("turn ended"))
