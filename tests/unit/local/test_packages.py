"""Fetching and unpacking the distribution's packages; apt and dpkg are stand-ins."""

from pathlib import Path

import pytest

from services.local.servers.packages import Packages
from services.terminal.unprepared import Unprepared

TOOLS = ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds nothing yet."""
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(machine: Path, tool: str, script: str) -> None:
    (machine / tool).write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    (machine / tool).chmod(0o755)


def what_is_said(tmp_path: Path) -> Unprepared:
    with pytest.raises(Unprepared) as lack:
        Packages(tmp_path / "packages").unpack("rabbitmq-server")
    return lack.value


def test_a_system_without_apt_is_led_to_the_containers(tmp_path: Path, machine: Path) -> None:
    assert not list(machine.iterdir())
    assert "docker compose" in what_is_said(tmp_path).en


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("E: Failed to fetch x  Temporary failure resolving 'mirror'", "Check the network"),
        ("E: Unable to locate package rabbitmq-server", "Check the network"),
        ("E: You don't have enough free space; No space left on device", "disk is full"),
        ("E: something nobody foresaw", "something nobody foresaw"),
    ],
)
def test_what_apt_could_not_do_ends_in_the_cause(
    tmp_path: Path, machine: Path, words: str, told: str
) -> None:
    for tool in TOOLS:
        put(machine, tool, f'echo "{words}" >&2; exit 100')
    assert told in what_is_said(tmp_path).en


def test_a_disk_that_fills_while_unpacking_is_told_and_not_taken_for_done(
    tmp_path: Path, machine: Path
) -> None:
    put(machine, "apt-get", 'case "$*" in *download*) : >rabbitmq-server.deb;; esac')
    put(machine, "apt-cache", ":")
    put(machine, "dpkg-query", ":")
    put(machine, "dpkg-deb", 'echo "dpkg-deb: error: No space left on device" >&2; exit 2')
    assert "disk is full" in what_is_said(tmp_path).en
    put(machine, "dpkg-deb", ":")
    assert Packages(tmp_path / "packages").unpack("rabbitmq-server").is_dir()


def test_apt_writes_its_caches_and_logs_into_our_folder(tmp_path: Path, machine: Path) -> None:
    for tool in TOOLS:
        put(
            machine,
            tool,
            f'echo "$@" >>"{tmp_path}/asked"; case "$*" in *" -q download "*) : >a.deb;; esac',
        )
    Packages(tmp_path / "packages").unpack("rabbitmq-server")
    asked = [
        line
        for line in (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
        if not line.startswith("-x")
    ]
    assert asked
    for line in asked:
        assert f"Dir::Cache={tmp_path}/packages/" in line
        assert f"Dir::Log={tmp_path}/packages/" in line
