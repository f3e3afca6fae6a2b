"""What the broker and the database of one's own have in common: how they live and die."""

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from services.local.servers import ports
from services.local.servers.process import PrivateServer
from tests.support.strangers import stranger_on
from tests.support.waiting import PATIENCE_SECONDS, eventually


class Sleeper(PrivateServer):
    """A server that does nothing."""

    pid_name = "sleeper.pid"

    def start(self) -> None:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        self.process.spawn(command, env=dict(os.environ), log=self.folder / "log")

    def is_frozen(self) -> bool:
        mark = self.process.mark
        assert mark is not None
        stat = Path(f"/proc/{mark.pid}/stat").read_text(encoding="utf-8")
        return stat.rpartition(")")[2].split()[0] == "T"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sleeper]:
    found = Sleeper(folder=tmp_path)
    found.start()
    yield found
    found.kill()


def test_a_frozen_server_is_there_and_goes_on_afterwards(server: Sleeper) -> None:
    server.pause()
    eventually(server.is_frozen, awaited="the server to be frozen")
    assert server.running
    server.resume()
    eventually(lambda: not server.is_frozen(), awaited="the server to go on")


def test_a_killed_server_keeps_its_data_a_wiped_one_only_what_it_is(server: Sleeper) -> None:
    (server.folder / "data").mkdir()
    server.identity_file.write_text("{}", encoding="utf-8")
    server.kill()
    assert not server.running
    assert (server.folder / "data").exists()
    server.wipe()
    assert not (server.folder / "data").exists()
    assert server.identity_file.exists()


def test_a_server_that_has_answered_once_is_up(server: Sleeper) -> None:
    answers = iter([False, False, True, False])
    assert server.comes_up(lambda: next(answers), deadline_seconds=PATIENCE_SECONDS)
    assert next(answers) is False, "it was asked again"


def test_a_server_that_dies_or_never_answers_does_not_come_up(server: Sleeper) -> None:
    assert not server.comes_up(lambda: False, deadline_seconds=0)
    server.kill()
    assert not server.comes_up(lambda: True, deadline_seconds=PATIENCE_SECONDS)


def test_a_server_that_never_ran_can_be_stopped_frozen_and_wiped(tmp_path: Path) -> None:
    server = Sleeper(folder=tmp_path)
    server.pause()
    server.stop()
    server.wipe()
    assert not server.running


@pytest.mark.parametrize(("taken", "tries"), [(True, 2), (False, 1)])
def test_a_start_is_tried_once_more_only_where_a_stranger_took_the_port(
    tmp_path: Path, taken: bool, tries: int
) -> None:
    port, tried = ports.choose(None), []

    def start() -> bool:
        tried.append(port)
        return False

    with stranger_on(port) if taken else nullcontext():
        assert not Sleeper(folder=tmp_path).started(start, lambda: (port,))
    assert len(tried) == tries
