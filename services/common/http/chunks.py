"""A chunked body, read as strictly as RFC 9112, 7.1 says, piece by piece."""

import re
from collections.abc import Iterator
from typing import Final, Protocol

_LONGEST_LINE: Final = 1024  #: bytes of a size with its extensions, or of a trailer
_MOST_TRAILERS: Final = 32
_SIZE: Final = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_PIECE_BYTES: Final = 64 * 1024


class ChunkBroken(ValueError):
    """A chunk has no size, another length than it says, or no end."""


class ByteSource(Protocol):
    """What a connection is read from."""

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, at most `size` bytes."""
        ...


def pieces(source: ByteSource) -> Iterator[bytes]:
    """Yield what a chunked body holds, none of it empty, and leave `source` behind its end.

    Raises:
        ChunkBroken.
    """
    while (left := _size(source.readline(_LONGEST_LINE))) > 0:
        while left > 0:
            piece = source.read(min(left, _PIECE_BYTES))
            if not piece:
                raise ChunkBroken("the body ends early")
            left -= len(piece)
            yield piece
        if source.read(2) != b"\r\n":
            raise ChunkBroken("a chunk is longer than its size")
    _pass_trailers(source)


def _size(line: bytes) -> int:
    found = _SIZE.fullmatch(line)
    if found is None:
        raise ChunkBroken("a chunk's size")
    return int(found["size"], 16)


def _pass_trailers(source: ByteSource) -> None:
    for _ in range(_MOST_TRAILERS):
        line = source.readline(_LONGEST_LINE)
        if line == b"\r\n":
            return
        if not line.endswith(b"\r\n"):
            break
    raise ChunkBroken("trailers")
