"""The head of a request, read as strictly as RFC 9112 says: two readers must not differ about it.

A proxy that takes `Content-Length: +5` for one thing and a server that takes it for another let a
stranger put a request of his own between those of others. So what is not certain is refused, and
the connection ends: nobody knows where the next request begins. Pure; the socket is elsewhere.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.common.http.errors import (
    AddressTooLong,
    HeadMalformed,
    HeadTooLarge,
    HttpRefused,
    HttpVersionUnknown,
)

LONGEST_LINE: Final = 8192  #: bytes, the request line and each header
LARGEST_HEAD: Final = 65536  #: bytes, all headers together
MOST_HEADERS: Final = 100
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_REQUEST_LINE: Final = re.compile(
    rb"(?P<method>%b{1,32}) (?P<target>[\x21-\x7e]+) HTTP/(?P<major>[0-9])\.(?P<minor>[0-9])"
    % _TOKEN
)
#: A name, no blank before the colon, and a value on one line (RFC 9110, 5.5 and 5.6.2).
_HEADER: Final = re.compile(
    rb"(?P<name>%b+):[ \t]*(?P<value>[\t\x20-\x7e\x80-\xff]*?)[ \t]*" % _TOKEN
)
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_SCHEME_AND_HOST: Final = re.compile(r"\Ahttps?://[^/?]*", re.IGNORECASE)
#: Given twice, they say two things.
_ONCE: Final = frozenset({
    "authorization", "content-length", "content-type", "host", "idempotency-key", "if-match",
    "transfer-encoding", "x-correlation-id",
})  # fmt: skip

#: Returns the next line with its end, at most as many bytes as asked for; b"" at the end.
ReadLine = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the body. Names as they were sent, values without blanks around them."""

    method: str
    target: str
    minor: int  #: of HTTP/1.x
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Return the values of a header, by its name in small letters."""
        return [value for found, value in self.headers if found.lower() == name]

    @property
    def origin_form(self) -> str:
        """The target without scheme and host, which proxies may write (RFC 9112, 3.2.2)."""
        return _SCHEME_AND_HOST.sub("", self.target) or "/"

    @property
    def persistent(self) -> bool:
        """Whether the client wants the connection to stay."""
        options = {each.strip().lower() for each in ",".join(self.all("connection")).split(",")}
        return "close" not in options and (self.minor > 0 or "keep-alive" in options)


def read_request_line(readline: ReadLine) -> bytes:
    """Return the request line without its end; b"" if nobody asks anything.

    Raises:
        AddressTooLong, HeadMalformed.
    """
    line = readline(LONGEST_LINE + 1)
    if line in (b"\r\n", b"\n"):  # RFC 9112, 2.2: left over from the body before
        line = readline(LONGEST_LINE + 1)
    return _without_end(line, AddressTooLong()) if line else b""


def read_head(request_line: bytes, readline: ReadLine) -> Head:
    """Read the headers and return the whole head.

    Raises:
        HeadMalformed, HeadTooLarge, HttpVersionUnknown: The connection can't be used again.
    """
    method, target, minor = _parts_of(request_line)
    head = Head(method, target, minor, tuple(_headers(readline)))
    _check_framing(head)
    return head


def _parts_of(line: bytes) -> tuple[str, str, int]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise HeadMalformed(why="the request line")
    if found["major"] != b"1":
        raise HttpVersionUnknown(allowed=("HTTP/1.1",))
    return found["method"].decode(), found["target"].decode(), int(found["minor"])


def _headers(readline: ReadLine) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    read = 0
    while line := _without_end(readline(LONGEST_LINE + 1), HeadTooLarge()):
        read += len(line)
        if len(found) == MOST_HEADERS or read > LARGEST_HEAD:
            raise HeadTooLarge
        header = _HEADER.fullmatch(line)
        if header is None:
            raise HeadMalformed(why=f"header {len(found) + 1}")
        found.append((header["name"].decode(), header["value"].decode("latin-1")))
    return found


def _without_end(line: bytes, too_long: HttpRefused) -> bytes:
    if len(line) > LONGEST_LINE:
        raise too_long
    if not line.endswith(b"\n"):
        raise HeadMalformed(why="it ends early")
    return line[:-2] if line.endswith(b"\r\n") else line[:-1]


def _check_framing(head: Head) -> None:
    """Refuse a head that doesn't say for certain who is asked and where its body ends."""
    names = [name.lower() for name, _ in head.headers]
    doubled = sorted(name for name in _ONCE if names.count(name) > 1)
    if doubled:
        raise HeadMalformed(why=f"{doubled[0]} is given twice")
    if head.minor > 0 and "host" not in names:
        raise HeadMalformed(why="host is missing")
    coded = "transfer-encoding" in names
    if coded and "content-length" in names:
        raise HeadMalformed(why="content-length and transfer-encoding")
    if coded and head.minor == 0:
        raise HeadMalformed(why="transfer-encoding in HTTP/1.0")
    if not all(map(_LENGTH.fullmatch, head.all("content-length"))):
        raise HeadMalformed(why="content-length is no number")
