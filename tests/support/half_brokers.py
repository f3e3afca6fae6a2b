"""Brokers that speak AMQP up to a point and then fail: by silence, by hanging up, by nonsense."""

import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from socketserver import BaseRequestHandler
from typing import Any

from amqp.serialization import dumps

from tests.support.strangers import ANY_PORT, stranger_on

PATIENCE_SECONDS = 10
FRAME_END = b"\xce"


class Ending(Enum):
    """What a half broker does when it has said its words."""

    SILENCE = "silence"
    HANG_UP = "hang up"
    RESET = "reset"


def frame(kind: int, payload: bytes, *, channel: int = 0) -> bytes:
    """Return a frame; kind 1 is a method."""
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + FRAME_END


def method(number: tuple[int, int], form: str, *arguments: Any, channel: int = 0) -> bytes:
    """Return the frame of a method; `form` has a letter an argument, as the library writes them."""
    return frame(1, struct.pack(">HH", *number) + dumps(form, arguments), channel=channel)


def start(mechanisms: str = "PLAIN AMQPLAIN", *, channel: int = 0) -> bytes:
    """Return a broker's first word."""
    return method((10, 10), "ooFSS", 0, 9, {}, mechanisms, "en_US", channel=channel)


TUNE = method((10, 30), "BlB", 2047, 131072, 60)
OPENED = method((10, 41), "s", "")
CLOSE = method((10, 50), "BsBB", 320, "CONNECTION_FORCED", 0, 0)


@contextmanager
def half_broker(
    said: Sequence[bytes],
    ending: Ending = Ending.SILENCE,
    *,
    called: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """Give the AMQP address of one that answers each message with the next of its words.

    `called` happens when somebody has called. On leaving, everybody has hung up.
    """

    class Manners(BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(PATIENCE_SECONDS)
            with suppress(OSError):  # whoever called may be gone at any moment
                for word in said:
                    self.request.recv(65536)
                    self.request.sendall(word)
                called()
                _end(self.request, ending)

    with stranger_on(ANY_PORT, Manners) as port:
        yield f"amqp://guest:guest@127.0.0.1:{port}/"


def _end(connection: socket.socket, ending: Ending) -> None:
    if ending is Ending.RESET:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    elif ending is Ending.SILENCE:
        while connection.recv(65536):
            pass
