"""More clients than a process takes: none shuts out the others, and it says that it lives."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.common.http.conftest import Village, everything, started
from tests.support.waiting import eventually

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
WAIT = b"GET /v1/waits/60 HTTP/1.1\r\nHost: x\r\n\r\n"
ECHO = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MOST, PER_ADDRESS = 50, 30  #: what the process takes


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Village]:
    """A village that hangs up on nobody because of time."""
    found = started(
        tmp_path / "log",
        header_seconds=60,
        idle_seconds=60,
        body_seconds=60,
        per_address=PER_ADDRESS,
    )
    yield found
    found.end()


@contextmanager
def crowd(
    village: Village, number: int, *, host: str = "127.0.0.1", saying: bytes = b""
) -> Iterator[list[socket.socket]]:
    """Give connections from the address `host`, open side by side; each says something at once."""
    with ExitStack() as stack:
        found = []
        for _ in range(number):
            reached = ("127.0.0.1", village.port)
            made = socket.create_connection(reached, timeout=10, source_address=(host, 0))
            found.append(stack.enter_context(made))
            made.sendall(saying)
            if saying == LIVE:
                assert status_of(made) == b"HTTP/1.1 200 OK"
        yield found


def status_of(connection: socket.socket) -> bytes:
    """Return the status line of the answer that comes next."""
    return connection.recv(65536).partition(b"\r\n")[0]


def ask(connection: socket.socket) -> bytes:
    """Ask on a connection that stays; return the status line."""
    connection.sendall(LIVE)
    return status_of(connection)


def is_closed(connection: socket.socket) -> bool:
    """Return whether the other side has hung up on a connection that was idle."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(10)


def test_idle_connections_without_end_shut_nobody_out_and_the_idlest_makes_room(
    patient: Village,
) -> None:
    with crowd(patient, 4 * MOST, saying=LIVE) as idle:
        with patient.client() as client:
            assert client.get("/v1/waits/0").status_code == 200
        eventually(
            lambda: [is_closed(each) for each in idle].count(False) == PER_ADDRESS - 1,
            awaited="all but the newest of this address to be closed",
        )
        assert not any(is_closed(each) for each in idle[-PER_ADDRESS + 1 :])


def test_whoever_has_asked_last_stays_longer_than_whoever_came_last(patient: Village) -> None:
    with crowd(patient, PER_ADDRESS, saying=LIVE) as idle:
        ask(idle[0])
        with patient.client() as client:
            client.get("/health/live")
            eventually(lambda: is_closed(idle[1]), awaited="the idlest to make room")
        assert not is_closed(idle[0])


def test_one_address_takes_no_room_of_another(patient: Village) -> None:
    with (
        crowd(patient, 5, host="127.0.0.2", saying=LIVE) as others,
        crowd(patient, 4 * MOST, saying=LIVE),
    ):
        assert not any(is_closed(each) for each in others)
        assert [ask(each) for each in others] == [b"HTTP/1.1 200 OK"] * 5


def test_heads_that_never_end_shut_nobody_out(patient: Village) -> None:
    slow = b"GET /health/live HTTP/1.1\r\nX-Slow: "
    with crowd(patient, 4 * MOST, saying=slow), patient.client() as client:
        assert client.get("/v1/waits/0").status_code == 200


@contextmanager
def everybody_at_work(patient: Village) -> Iterator[list[socket.socket]]:
    """Take every connection that there is, each with a request that has begun.

    Who asks before all have begun takes the place of one that is idle still: then all begin anew.
    """
    begun = ECHO + b"Content-Length: 14\r\n\r\n{"
    for attempt in range(20):
        with (
            crowd(patient, PER_ADDRESS, saying=begun) as ours,
            crowd(patient, MOST - PER_ADDRESS, host="127.0.0.2", saying=begun) as others,
        ):
            time.sleep(attempt * 0.25)
            with patient.client() as client:
                full = client.get("/v1/waits/0").status_code == 503
            if full:
                yield [*ours, *others]
                return
    raise AssertionError("there was room for others again and again")


def test_while_every_connection_is_at_work_it_lives_and_sends_others_away(patient: Village) -> None:
    with everybody_at_work(patient) as connections:
        with patient.client() as client:
            answer = client.get("/v1/waits/0")
            assert answer.json()["type"] == "/problems/too-many-connections"
            assert answer.headers["Retry-After"] == "2"
            assert client.get("/health/live").json() == {"status": "live"}
            assert 'status="503"' in client.get("/metrics").text
        for connection in connections:
            connection.sendall(b'"text": "ab"}')
            assert everything_of(connection).startswith(b"HTTP/1.1 200 ")
        with patient.client() as client:
            assert client.get("/v1/waits/0").status_code == 200


def everything_of(connection: socket.socket) -> bytes:
    connection.shutdown(socket.SHUT_WR)
    return everything(connection)


def test_while_every_worker_is_at_work_it_says_that_it_lives(patient: Village) -> None:
    with crowd(patient, 6, saying=WAIT), patient.client() as client:  # two workers
        for _ in range(2):
            assert patient.next_line() == "waiting"
        assert client.get("/health/live").json() == {"status": "live"}
        assert client.get("/health/ready").status_code == 503
        assert "shaobao_http_request_seconds" in client.get("/metrics").text


def test_a_crowd_does_not_hold_up_the_stop(patient: Village) -> None:
    with crowd(patient, PER_ADDRESS, saying=LIVE):
        assert patient.stop() == 0
