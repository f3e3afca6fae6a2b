"""One start at a time, and ends that nobody interrupts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.local.alone import alone, stop_starting
from services.local.servers.process import ServerProcess
from services.terminal.unprepared import Unprepared
from tests.support.waiting import eventually

#: Begins a start, and takes its time to undo it when it is asked to end.
STARTER = """
import sys, time
from pathlib import Path
from services.local.alone import alone, end_when_asked
end_when_asked()
home = Path(sys.argv[1])
with alone(home):
    try:
        (home / "begun").touch()
        time.sleep(600)
    finally:
        (home / "undoing").touch()
        time.sleep(0.5)
        (home / "undone").touch()
"""


def starter(home: Path) -> "subprocess.Popen[bytes]":
    found = subprocess.Popen([sys.executable, "-c", STARTER, str(home)], env=dict(os.environ))  # noqa: S603
    eventually((home / "begun").exists, awaited="the start to begin")
    return found


def test_a_second_start_is_refused_while_the_first_is_at_it(tmp_path: Path) -> None:
    with (
        alone(tmp_path),
        pytest.raises(Unprepared, match=f"process {os.getpid()}"),
        alone(tmp_path),
    ):
        pytest.fail("two starts at once")


def test_after_a_start_that_ended_or_was_killed_the_next_one_begins(tmp_path: Path) -> None:
    with alone(tmp_path):
        pass
    killed = starter(tmp_path)
    killed.kill()
    killed.wait()
    with alone(tmp_path):
        assert ServerProcess(tmp_path / "starting.pid").running


def test_a_start_is_stopped_from_elsewhere_and_has_undone_itself_then(tmp_path: Path) -> None:
    begun = starter(tmp_path)
    assert stop_starting(tmp_path)
    assert (tmp_path / "undone").exists()
    assert begun.wait() == 128 + signal.SIGTERM
    assert not stop_starting(tmp_path)


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_asks_again_does_not_interrupt_the_undoing(
    asking: signal.Signals, tmp_path: Path
) -> None:
    begun = starter(tmp_path)
    begun.send_signal(asking)
    eventually((tmp_path / "undoing").exists, awaited="the undoing to begin")
    begun.send_signal(asking)
    begun.send_signal(signal.SIGINT)
    assert begun.wait() == 128 + asking
    assert (tmp_path / "undone").exists()


def test_a_second_signal_is_taken_and_not_ignored_since_one_on_its_way_would_complain() -> None:
    ended_by_the_first = (
        "import atexit, signal\n"
        "from services.local.alone import end_when_asked\n"
        "end_when_asked()\n"
        "atexit.register(lambda: print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN))\n"
        "signal.raise_signal(signal.SIGTERM)\n"
    )
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ended_by_the_first], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (128 + signal.SIGTERM, "False\n")
