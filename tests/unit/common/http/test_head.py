"""Heads and chunks: what the standard allows is read, what two readers could differ about isn't."""

import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.http.chunks import ChunkBroken, pieces
from services.common.http.errors import (
    AddressTooLong,
    HeadMalformed,
    HeadTooLarge,
    HttpRefused,
    HttpVersionUnknown,
)
from services.common.http.head import Head, read_head, read_request_line

LINE = b"GET /v1/notes HTTP/1.1"
HOST = b"Host: x"


def read(*headers: bytes, line: bytes = LINE, end: bytes = b"\r\n") -> Head:
    """Return the head with these lines."""
    stream = io.BytesIO(end.join([line, *headers, b"", b""]))
    return read_head(read_request_line(stream.readline), stream.readline)


def unchunked(raw: bytes) -> bytes:
    return b"".join(pieces(io.BytesIO(raw)))


def test_a_head_is_read_with_names_as_sent_and_values_without_blanks() -> None:
    head = read(HOST, b"X-Note: \t a  b\t", b"x-note:", b"X-Place: \xe5\xbc\xa0")
    assert (head.method, head.target, head.minor) == ("GET", "/v1/notes", 1)
    assert head.headers[1:3] == (("X-Note", "a  b"), ("x-note", ""))
    assert head.all("x-note") == ["a  b", ""]


def test_lines_may_end_with_a_line_feed_alone_and_an_empty_line_may_come_first() -> None:
    assert read(HOST, end=b"\n").target == "/v1/notes"
    stream = io.BytesIO(b"\r\n" + LINE + b"\r\n")
    assert read_request_line(stream.readline) == LINE


def test_nobody_who_says_nothing_is_refused() -> None:
    assert read_request_line(io.BytesIO(b"").readline) == b""


def test_a_proxy_may_write_the_whole_address() -> None:
    assert (
        read(HOST, line=b"GET http://town.example/v1/a?b=/c HTTP/1.1").origin_form == "/v1/a?b=/c"
    )
    assert read(HOST, line=b"GET http://town.example HTTP/1.1").origin_form == "/"


@pytest.mark.parametrize(
    ("minor", "connection", "stays"),
    [(1, b"", True), (1, b"TE, Close", False), (0, b"", False), (0, b"keep-alive", True)],
)
def test_a_connection_stays_if_the_client_says_so(
    minor: int, connection: bytes, stays: bool
) -> None:
    head = read(HOST, b"Connection: " + connection, line=b"GET / HTTP/1.%d" % minor)
    assert head.persistent is stays


@pytest.mark.parametrize(
    "line",
    [
        b"GET",
        b"GET /",
        b"GET / HTTP/1.1 ",
        b"GET  / HTTP/1.1",
        b"GET\t/ HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /\x0b HTTP/1.1",
        b"GET /\xe6\x9d\x91 HTTP/1.1",
        b"GET / HTTP/1.01",
        b"GET / HTTP/1",
        b"GET / http/1.1",
        b"G\x00T / HTTP/1.1",
        b"G" * 33 + b" / HTTP/1.1",
        b"GET /\r HTTP/1.1",
        b"\x16\x03\x01\x02",
    ],
)
def test_a_request_line_that_is_none_is_refused(line: bytes) -> None:
    with pytest.raises(HeadMalformed):
        read(HOST, line=line)


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9"])
def test_another_version_is_505(version: bytes) -> None:
    with pytest.raises(HttpVersionUnknown):
        read(HOST, line=b"GET / " + version)


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Length: 5", b"Content-Length: 6"],
        [b"Content-Length: 5", b"content-length: 5"],
        [b"Content-Length: 5, 5"],
        [b"Content-Length: +5"],
        [b"Content-Length: -5"],
        [b"Content-Length: 1_0"],
        [b"Content-Length: 0x5"],
        [b"Content-Length: 5.0"],
        [b"Content-Length: \xb2"],
        [b"Content-Length:"],
        [b"Content-Length: " + b"9" * 19],
        [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"],
        [b"X-Folded: a", b" b"],
        [b"X-Folded: a", b"\tTransfer-Encoding: chunked"],
        [b": nameless"],
        [b"nothing"],
        [b"Content-Length : 5"],
        [b" X-First: a"],
        [b"X-A: a\rTransfer-Encoding: chunked"],
        [b"X-A: a\x00b"],
        [b"X-A: a\x0bb"],
        [b"X-A: \x7f"],
        [b"X A: a"],
        [b"X(A): a"],
        [b"X\xe4: a"],
        [b"Host: y"],
        [b"Authorization: Bearer a", b"Authorization: Bearer b"],
        [b"Idempotency-Key: a", b"Idempotency-Key: b"],
        [b"X-Correlation-ID: a", b"X-Correlation-ID: b"],
        [b"Content-Type: application/json", b"Content-Type: text/plain"],
    ],
)
def test_a_head_that_two_readers_could_read_as_two_things_is_refused(headers: list[bytes]) -> None:
    with pytest.raises(HeadMalformed):
        read(HOST, *headers)


def test_a_request_of_http_1_1_names_its_host_and_one_of_1_0_need_not() -> None:
    with pytest.raises(HeadMalformed):
        read()
    assert read(line=b"GET / HTTP/1.0").all("host") == []


def test_chunks_are_not_spoken_in_http_1_0() -> None:
    with pytest.raises(HeadMalformed):
        read(b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0")


def test_a_head_that_ends_early_is_refused() -> None:
    stream = io.BytesIO(LINE + b"\r\nHost: x\r\n")
    with pytest.raises(HeadMalformed):
        read_head(read_request_line(stream.readline), stream.readline)


def test_too_long_and_too_many_have_answers_of_their_own() -> None:
    with pytest.raises(AddressTooLong):
        read(HOST, line=b"GET /" + b"a" * 9000 + b" HTTP/1.1")
    with pytest.raises(HeadTooLarge):
        read(HOST, b"X-A: " + b"a" * 9000)
    with pytest.raises(HeadTooLarge):
        read(HOST, *[b"X-A: a"] * 100)
    with pytest.raises(HeadTooLarge):
        read(HOST, *[b"X-A: " + b"a" * 8000] * 9)


@given(st.lists(st.binary(max_size=20), max_size=5), st.binary(max_size=30))
def test_any_bytes_are_a_head_or_refused(lines: list[bytes], line: bytes) -> None:
    try:
        head = read(*lines, line=line)
    except HttpRefused:
        return
    assert not any(set(value) & set("\r\n\0") for _, value in head.headers)


def test_chunks_are_put_together_and_what_follows_is_left() -> None:
    stream = io.BytesIO(b"3\r\nabc\r\nA;name=value\r\n0123456789\r\n00\r\nX-T: 1\r\n\r\nGET /")
    assert b"".join(pieces(stream)) == b"abc0123456789"
    assert stream.read() == b"GET /"


@pytest.mark.parametrize(
    "raw",
    [
        b"zz\r\n",
        b"\r\n",
        b"-1\r\nabc",
        b"+3\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
        b" 3\r\nabc\r\n0\r\n\r\n",
        b"3\nabc\r\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nab",
        b"3\r\nabc\r\n",
        b"3\r\nabc\r\n0\r\n",
        b"3;a=\x00\r\nabc\r\n0\r\n\r\n",
        b"f" * 16 + b"\r\nabc",
        b"3" + b";" * 2000 + b"\r\nabc\r\n0\r\n\r\n",
        b"0\r\n" + b"X-T: 1\r\n" * 40 + b"\r\n",
        b"0\r\nX-T: 1",
    ],
)
def test_chunks_that_are_none_are_broken(raw: bytes) -> None:
    with pytest.raises(ChunkBroken):
        unchunked(raw)


@given(st.lists(st.binary(min_size=1, max_size=50)))
def test_what_is_chunked_is_read_back(parts: Iterable[bytes]) -> None:
    raw = b"".join(b"%X\r\n%b\r\n" % (len(part), part) for part in parts)
    assert unchunked(raw + b"0\r\n\r\n") == b"".join(parts)
