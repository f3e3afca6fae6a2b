"""A village process, and sockets to misbehave on."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.waiting import PATIENCE_SECONDS

_ROOT = Path(__file__).parents[4]
PATIENT = dict.fromkeys(("body_seconds", "idle_seconds", "drain_seconds"), PATIENCE_SECONDS)


@dataclass
class Village:
    """A running process, and how to reach it."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_SECONDS, trust_env=False
        )

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def ask(self, request: bytes) -> bytes:
        """Send raw bytes and return everything until the server closes."""
        with self.connection() as connection:
            connection.sendall(request)
            return everything(connection)

    def open_the_gate(self) -> None:
        """Let the requests go on that are held."""
        (self.log.parent / "gate").touch()

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def logged(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> int:
        """Ask it to stop, and return the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def everything(connection: socket.socket) -> bytes:
    """Return all bytes until the other side closes or resets."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pieces.append(b"<reset>")
    return b"".join(pieces)


def started(log: Path, **asked: object) -> Village:
    """Start a village process; `asked` is its argument."""
    with log.open("w") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", f"{__package__}.village_process", json.dumps(asked)],
            cwd=log.parent,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.strip().isdigit(), log.read_text()
    return Village(process, int(line), log)


@pytest.fixture(scope="module")
def shared_village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    found = started(tmp_path_factory.mktemp("village") / "log")
    yield found
    found.end()


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """A village that the test may stop, and that hurries nobody."""
    found = started(tmp_path / "log", **PATIENT)
    yield found
    found.end()
