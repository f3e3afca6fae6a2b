"""A pid file is believed only together with the process's start."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from services.local.servers.process import ProcessMark, ServerProcess
from tests.support.waiting import eventually

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
""",
]


@pytest.fixture
def process(tmp_path: Path) -> ServerProcess:
    return ServerProcess(tmp_path / "it.pid")


def spawn(process: ServerProcess, argv: list[str]) -> ProcessMark:
    process.spawn(argv, env=dict(os.environ), log=process.pid_file.with_suffix(".log"))
    mark = process.mark
    assert mark is not None
    return mark


def test_a_spawned_process_runs_until_it_is_stopped(process: ServerProcess) -> None:
    mark = spawn(process, SLEEPER)
    assert mark.alive
    process.stop(deadline_seconds=10)
    assert not process.running


def test_a_stranger_with_the_same_pid_is_neither_believed_nor_killed(
    process: ServerProcess,
) -> None:
    stranger = spawn(process, SLEEPER)
    process.record(ProcessMark(pid=stranger.pid, started=stranger.started - 1))
    assert not process.running
    process.kill()
    assert stranger.alive
    process.record(stranger)
    process.kill()


def test_one_that_ignores_the_polite_signal_is_killed_at_the_deadline(
    process: ServerProcess,
) -> None:
    mark = spawn(process, STUBBORN)
    log = process.pid_file.with_suffix(".log")
    eventually(lambda: "deaf" in log.read_text(encoding="utf-8"), awaited="the process to be deaf")
    process.stop(deadline_seconds=0.2)
    assert not mark.alive


def test_stopping_twice_is_no_error(process: ServerProcess) -> None:
    spawn(process, SLEEPER)
    process.stop(deadline_seconds=10)
    process.stop(deadline_seconds=10)
    process.kill()
    assert not process.running
    assert process.mark is None


def test_one_that_ended_by_itself_is_not_running(process: ServerProcess) -> None:
    spawn(process, [sys.executable, "-c", "pass"])
    eventually(lambda: not process.running, awaited="the end of the process")


def test_an_unreadable_pid_file_names_nobody(process: ServerProcess) -> None:
    process.pid_file.write_text("not a number", encoding="ascii")
    assert process.mark is None


def test_a_copy_of_the_folder_names_none_of_the_processes_and_a_renamed_one_names_all(
    process: ServerProcess, tmp_path: Path
) -> None:
    folder = process.pid_file.parent
    mark = spawn(process, SLEEPER)
    copy = tmp_path.with_name(f"{tmp_path.name}-copy")
    shutil.copytree(folder, copy)
    copied = ServerProcess(copy / process.pid_file.name)
    assert copied.mark is None
    copied.kill()
    assert mark.alive

    renamed = ServerProcess(process.pid_file.rename(tmp_path / "renamed.pid"))
    assert renamed.mark == mark
    renamed.kill()
    assert not mark.alive


def test_a_pid_file_of_a_release_that_wrote_two_numbers_is_believed(process: ServerProcess) -> None:
    mark = spawn(process, SLEEPER)
    process.pid_file.write_text(f"{mark.pid} {mark.started}\n", encoding="ascii")
    assert process.mark == mark
    process.kill()


def test_a_tied_process_goes_with_the_one_that_started_it(tmp_path: Path) -> None:
    starter = ServerProcess(tmp_path / "starter.pid")
    tied = ServerProcess(tmp_path / "tied.pid")
    program = f"""
import os, sys, time
from pathlib import Path
from services.local.servers.process import ServerProcess
tied = ServerProcess(Path({str(tied.pid_file)!r}))
tied.spawn([sys.executable, "-c", "import time; time.sleep(600)"], env=dict(os.environ),
           log=Path({str(tmp_path / "tied.log")!r}), tied=True)
time.sleep(600)
"""
    spawn(starter, [sys.executable, "-c", program])
    eventually(lambda: tied.running, awaited="the tied process to run")
    starter.kill()
    eventually(lambda: not tied.running, awaited="the tied process to go")
