"""The guard against unclosed sockets and files blames the test that left one open."""

import subprocess
import sys
from pathlib import Path

from services.terminal.environment import CHECKOUT

TESTS = """
import socket

import pytest


class Cycle:
    def __init__(self, opened):
        self.opened, self.itself = opened, self


@pytest.fixture
def careless():
    yield
    Cycle(socket.socket())


@pytest.fixture(scope="module")
def kept():
    with socket.socket() as opened:
        yield opened


def test_leaves_a_socket_open():
    Cycle(socket.socket())


@pytest.mark.usefixtures("careless")
def test_has_a_careless_fixture():
    pass


def test_leaves_a_file_open():
    Cycle(open(__file__))


@pytest.mark.usefixtures("kept")
def test_opens_what_a_later_test_still_needs():
    pass


def test_is_innocent(kept):
    assert kept.fileno() >= 0
"""


def test_who_leaves_something_open_fails_and_nobody_else_does(tmp_path: Path) -> None:
    written = tmp_path / "test_written.py"
    written.write_text(TESTS, encoding="utf-8")
    words = ["-c", "pyproject.toml", "-p", "tests.support.unclosed", "-rA", str(written)]

    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "pytest", *words],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    blamed = [line.split("::")[1] for line in ended.stdout.splitlines() if line[:6] == "ERROR "]
    assert [each.partition(" ")[0] for each in blamed] == [
        "test_leaves_a_socket_open",
        "test_has_a_careless_fixture",
        "test_leaves_a_file_open",
    ], ended.stdout
    assert "left open: unclosed <socket.socket" in ended.stdout
    assert "left open: unclosed file" in ended.stdout
    assert "5 passed, 3 errors" in ended.stdout
