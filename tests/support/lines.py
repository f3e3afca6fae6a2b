"""A line to a server that can be torn so that only the client notices."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler
from threading import Thread

from tests.support.strangers import ANY_PORT, stranger_on


class Line:
    """Passes on what is said, both ways, to the server at `host`:`port`."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._clients: list[socket.socket] = []
        self._kept: list[socket.socket] = []

    def carry(self, client: socket.socket) -> None:
        """Carry one connection until either side ends it."""
        server = socket.create_connection(self._server)
        self._clients.append(client)
        self._kept.append(server)
        back = Thread(target=_pass_on, args=(server, client), daemon=True)
        back.start()
        _pass_on(client, server)

    def tear(self) -> None:
        """End all connections for the clients; the server is told nothing."""
        for each in self._clients:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._clients.clear()

    def close(self) -> None:
        """End everything for everybody."""
        self.tear()
        for each in self._kept:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65536):
            target.sendall(said)


@contextmanager
def line_to(host: str, port: int) -> Iterator[tuple[Line, int]]:
    """Give a line to a server, and the port of its near end."""
    line = Line(host, port)

    class Carrying(BaseRequestHandler):
        def handle(self) -> None:
            line.carry(self.request)

    with stranger_on(ANY_PORT, Carrying) as near:
        try:
            yield line, near
        finally:
            line.close()
