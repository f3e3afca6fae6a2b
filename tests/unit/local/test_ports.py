"""Ports are taken as they are found."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local.servers import ports
from services.local.servers.listeners import listener_on
from services.local.service_table import refuse_taken_ports
from services.terminal.unprepared import Unprepared


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_free_preferred_port_is_chosen() -> None:
    free = ports.choose(None)
    assert ports.choose(free) == free


def test_a_taken_port_gives_way_to_a_free_one(taken: int) -> None:
    chosen = ports.choose(taken)
    assert chosen != taken
    assert ports.is_free(chosen)


def test_a_port_chosen_for_something_else_is_not_given_twice() -> None:
    free = ports.choose(None)
    assert ports.choose(free, besides=(free,)) != free


def test_a_taken_service_port_is_refused_with_its_number_and_what_to_do(taken: int) -> None:
    with pytest.raises(Unprepared) as lack:
        refuse_taken_ports({"intake": taken})
    assert str(taken) in lack.value.en
    assert f"taken by process {os.getpid()} (" in lack.value.en
    assert "stop" in lack.value.en
    assert f"{taken} 被进程 {os.getpid()} (" in lack.value.zh


HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
ROW = (
    "   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 77"
)


def listing(state: str) -> str:
    """Return what /proc/net/tcp shows of one socket on port 8001."""
    return f"{HEAD}\n{ROW.format(port=8001, state=state)}\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc in which process 4711 has the socket of inode 77 open."""
    (tmp_path / "net").mkdir()
    (tmp_path / "4711" / "fd").mkdir(parents=True)
    (tmp_path / "4711" / "fd" / "3").symlink_to("socket:[77]")
    (tmp_path / "4711" / "cmdline").write_bytes(b"python3\0-m\0http.server\0")
    return tmp_path


@pytest.mark.parametrize(
    ("table", "state", "asked", "found"),
    [
        ("tcp", "0A", 8001, "4711 (python3 -m http.server)"),
        ("tcp6", "0A", 8001, "4711 (python3 -m http.server)"),
        ("tcp", "01", 8001, None),  # a connection, not a listener
        ("tcp", "0A", 8002, None),
    ],
)
def test_a_listener_is_found_by_its_socket(
    table: str, state: str, asked: int, found: str | None, proc: Path
) -> None:
    (proc / "net" / table).write_text(listing(state), encoding="ascii")
    assert listener_on(asked, proc) == found


def test_another_user_s_listener_is_not_named(proc: Path) -> None:
    (proc / "net" / "tcp").write_text(listing("0A"), encoding="ascii")
    (proc / "4711" / "fd" / "3").unlink()
    assert listener_on(8001, proc) is None
