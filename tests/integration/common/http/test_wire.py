"""What facts say is broken over the wire, on a real container and real sockets."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.common.http.conftest import Village, everything, started
from tests.support.waiting import PATIENCE_SECONDS, eventually

LARGE_BYTES = 20_000_000
HEAD = b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def chunked(text: str, size: int) -> Iterator[bytes]:
    raw = json.dumps({"text": text}).encode()
    for start in range(0, len(raw), size):
        yield raw[start : start + size]


def test_a_chunked_body_is_read_whole(shared_village: Village) -> None:
    with shared_village.client() as client:
        answer = client.post(
            "/v1/echo",
            content=chunked("a" * 50_000, 700),
            headers={"Content-Type": "application/json"},
        )
    assert answer.json() == {"length": 50_000}


def test_a_chunked_body_beyond_the_limit_is_413_and_closes(shared_village: Village) -> None:
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in chunked("a" * 150_000, 5_000))
    answer = shared_village.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer
    assert b"/problems/body-too-large" in answer
    assert b"<reset>" not in answer


def test_a_body_of_100_mb_is_refused_before_it_is_read(shared_village: Village) -> None:
    with shared_village.connection() as connection:
        # As plain clients do it: first everything out, then look for the answer.
        connection.sendall(HEAD + b"Content-Length: 104857600\r\n\r\n" + b"x" * 20_000_000)
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"<reset>" not in answer


def test_a_large_body_waiting_for_100_continue_is_refused_at_once(shared_village: Village) -> None:
    head = HEAD + b"Content-Length: 104857600\r\nExpect: 100-continue\r\n\r\n"
    assert shared_village.ask(head).startswith(b"HTTP/1.1 413 ")


def test_broken_chunks_are_400_and_end_the_connection(shared_village: Village) -> None:
    answer = shared_village.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"/problems/body-broken" in answer


@pytest.mark.parametrize("size", [b"-1", b"+5", b"1_0", b"0x5", b"", b"g"])
def test_a_chunk_size_that_is_none_is_answered_at_once(
    shared_village: Village, size: bytes
) -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = shared_village.ask(head + size + b'\r\n{"text": "a"}\r\n')
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"/problems/body-broken" in answer


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 3\r\nContent-Length: 5",
        b"Content-Length: +5",
        b"Content-Length: 1_0",
        b"Content-Length: -1",
        b"Content-Length:",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length : 5",
        b"X-Folded: a\r\n b",
        b": nameless",
        b"X-Note: a\rb",
        b"X-Note: a\0b",
        b"Host: y",
    ],
)
def test_a_head_that_could_be_read_in_two_ways_is_a_problem_and_ends_the_connection(
    shared_village: Village, header: bytes
) -> None:
    hidden = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = shared_village.ask(HEAD + header + b"\r\n\r\n" + hidden)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in head
    assert b"application/problem+json" in head
    assert json.loads(body)["type"] == "/problems/head-malformed"
    assert b"<reset>" not in answer


@pytest.mark.parametrize(
    ("raw", "status", "kind"),
    [
        (b"GET /\r\n\r\n", 400, "head-malformed"),
        (b"GET / HTTP/9.9\r\n\r\n", 505, "http-version-unknown"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414, "address-too-long"),
        (b"GET / HTTP/1.1\r\nX-A: " + b"a" * 9000 + b"\r\n\r\n", 431, "head-too-large"),
    ],
)
def test_every_head_that_is_none_is_answered_with_a_problem(
    shared_village: Village, raw: bytes, status: int, kind: str
) -> None:
    answer = shared_village.ask(raw)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert f"/problems/{kind}".encode() in answer
    assert b"detail_zh" in answer


def test_an_unknown_transfer_encoding_is_501_and_ends_the_connection(
    shared_village: Village,
) -> None:
    answer = shared_village.ask(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 501 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_what_follows_an_unread_body_is_never_taken_for_a_request(shared_village: Village) -> None:
    inner = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /v1/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(inner)
    answer = shared_village.ask(head + inner)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1") == 1


@contextmanager
def connections(village: Village, count: int) -> Iterator[list[socket.socket]]:
    """Give so many open connections."""
    with ExitStack() as opened:
        yield [opened.enter_context(village.connection()) for _ in range(count)]


def test_slow_bodies_hold_no_worker_and_end_in_408(shared_village: Village) -> None:
    with connections(shared_village, 20) as slow:  # the process has two workers
        for connection in slow:
            connection.sendall(HEAD + b'Content-Length: 20\r\n\r\n{"text')
        with shared_village.client() as client:
            assert client.get("/v1/waits/0").status_code == 200
        for connection in slow:
            assert everything(connection).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_drips_ends_in_408_though_it_never_pauses(shared_village: Village) -> None:
    with shared_village.connection() as connection:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        connection.settimeout(0.05)
        answer = eventually(lambda: dripped(connection), awaited="an answer to a dripping body")
    assert answer.startswith(b"HTTP/1.1 408 ")


def dripped(connection: socket.socket) -> bytes:
    """Send one more byte and return what came back, if anything did."""
    try:
        connection.send(b"x")
        return connection.recv(1000)
    except TimeoutError:
        return b""


def test_headers_that_drip_end_in_408(shared_village: Village) -> None:
    with shared_village.connection() as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nX-Slow: ")
        connection.settimeout(0.05)
        answer = eventually(lambda: dripped(connection), awaited="an answer to dripping headers")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/head-too-slow" in answer


def test_a_silent_connection_is_hung_up_on(shared_village: Village) -> None:
    assert shared_village.ask(b"") == b""


def test_an_idle_connection_after_a_request_is_hung_up_on(shared_village: Village) -> None:
    answer = shared_village.ask(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_one_connection_serves_many_requests(shared_village: Village) -> None:
    with shared_village.client() as client:
        answers = [client.post("/v1/echo", json={"text": "a"}) for _ in range(5)]
        ports = {
            answer.extensions["network_stream"].get_extra_info("client_addr") for answer in answers
        }
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(ports) == 1


def test_options_and_head_work_over_the_wire(shared_village: Village) -> None:
    with shared_village.client() as client:
        options, head = client.options("/v1/echo"), client.head("/health/live")
    assert (options.status_code, options.headers["Allow"]) == (204, "OPTIONS, POST")
    assert options.content == b""
    assert (head.status_code, head.content) == (200, b"")


def test_a_500_shows_an_id_that_is_in_the_log_with_the_reason(shared_village: Village) -> None:
    with shared_village.client() as client:
        answer = client.get("/v1/breaks", headers={"X-Correlation-ID": "walk-9"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    lines = [line for line in shared_village.logged() if line.get("error_id")]
    assert [line["error_id"] for line in lines] == [answer.json()["error_id"]]
    assert "RuntimeError" in str(lines[0]["exception"])
    assert lines[0]["correlation"] == "walk-9"


@pytest.mark.parametrize("how", ["exit", "timeout"])
def test_a_method_that_leaves_does_not_take_the_process_along(
    shared_village: Village, how: str
) -> None:
    with shared_village.client() as client:
        assert client.get(f"/v1/exits/{how}").status_code == 500
        assert client.get("/health/live").status_code == 200


def test_an_answer_that_cannot_be_written_is_a_500_and_in_the_log(shared_village: Village) -> None:
    with shared_village.client() as client:
        assert client.get("/v1/header").status_code == 500
    assert any(
        line["event"] in ("http_write_failed", "http_failed") for line in shared_village.logged()
    )


def test_requests_that_are_none_leave_the_process_standing(shared_village: Village) -> None:
    for garbage in (
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 9000,
    ):
        shared_village.ask(garbage + b"\r\n\r\n")
    with shared_village.connection() as connection:
        connection.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)  # close with a reset
    with shared_village.client() as client:
        assert client.get("/health/live").status_code == 200


def test_ready_says_which_checks_fail_and_nothing_secret(shared_village: Village) -> None:
    with shared_village.client() as client:
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "failing": {"database": "ConnectionError", "chart": "not read"},
        "passing": ["bus"],
    }


def test_metrics_show_the_latency_by_template(shared_village: Village) -> None:
    with shared_village.client() as client:
        client.get("/v1/waits/0")
        answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'route="/v1/waits/<seconds>"' in answer.text
    assert "python_gc" not in answer.text


def test_a_request_in_flight_is_answered_after_sigterm_and_a_new_one_refused(
    village: Village,
) -> None:
    with ThreadPoolExecutor() as pool, village.client() as client, village.client() as idle:
        idle.get("/health/live")  # leaves a connection open
        answer = pool.submit(client.get, "/v1/held")
        assert village.next_line() == "waiting"
        village.process.terminate()
        eventually(lambda: refuses(village), awaited="the port to refuse connections")
        assert not answer.done()
        village.open_the_gate()
        assert answer.result().json() == {"store_is_open": True}
        assert answer.result().headers["Connection"] == "close"
    assert village.process.wait(PATIENCE_SECONDS) == 0
    assert village.next_line() == "stopped"


def test_a_body_still_arriving_at_sigterm_is_taken_and_answered(village: Village) -> None:
    with village.connection() as connection:
        connection.sendall(HEAD + b'Content-Length: 15\r\n\r\n{"text":')
        with village.client() as client:  # its answer shows that the headers above were read
            client.get("/health/live")
        village.process.terminate()
        eventually(lambda: refuses(village), awaited="the port to refuse connections")
        connection.sendall(b' "abc"}')
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert village.process.wait(PATIENCE_SECONDS) == 0


def test_an_answer_half_written_at_sigterm_is_written_to_its_end(village: Village) -> None:
    with village.connection() as connection:
        connection.sendall(b"GET /v1/large HTTP/1.1\r\nHost: x\r\n\r\n")
        assert village.next_line() == "answering"
        village.process.terminate()
        eventually(lambda: refuses(village), awaited="the port to refuse connections")
        answer = everything(connection)
    assert len(answer) > LARGE_BYTES
    assert b"<reset>" not in answer[-10:]
    assert village.process.wait(PATIENCE_SECONDS) == 0


def refuses(village: Village) -> bool:
    try:
        village.connection().close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_client_that_never_ends_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    village = started(tmp_path / "log", drain_seconds=PATIENCE_SECONDS * 10)
    try:
        with village.connection() as connection:
            connection.sendall(HEAD + b"Content-Length: 20\r\n\r\n{")
            assert village.stop() == 0
    finally:
        village.end()


def test_two_processes_share_a_port_when_told_to(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ExitStack() as ending:
        villages = []
        for number in range(2):
            villages.append(started(tmp_path / str(number), port=port, reuse_port=True))
            ending.callback(villages[-1].end)
        with villages[0].client() as client:
            assert client.get("/health/live").status_code == 200
        assert [each.stop() for each in villages] == [0, 0]


def test_a_taken_port_is_said_by_name(shared_village: Village) -> None:
    found = subprocess.run(  # noqa: S603 - our own module
        [
            sys.executable,
            "-m",
            "tests.integration.common.http.village_process",
            json.dumps({"port": shared_village.port}),
        ],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert found.returncode != 0
    assert f"AddressTaken: address=127.0.0.1:{shared_village.port}" in found.stderr


if sys.platform != "linux":
    pytest.skip("sockets are tried as Linux has them", allow_module_level=True)
