"""The socket side: eventlet's WSGI server under nameko, patient with nobody and polite at the end.

Cured here (design facts, 'HTTP'): clients that send headers or bodies slowly, connections taken
after the stop, answers cut off by it, errors of one connection that would kill the process.
"""

import errno
import socket
from dataclasses import replace
from typing import Any

import eventlet
from nameko.extensions import ProviderCollector, SharedExtension

from services.common.errors import ShaobaoError
from services.common.http.application import HttpApplication
from services.common.http.call import Answer, HttpCall
from services.common.http.connection import LimitedServer
from services.common.http.connections import Connections
from services.common.http.errors import BodyTooSlow
from services.common.http.host import SERVING, HttpServing


class AddressTaken(ShaobaoError):
    """Another program listens on `address`. Stop it, or set HTTP_ADDRESS to a free one."""


def listener(serving: HttpServing) -> Any:
    """Return a listening green socket on the address of `serving`.

    Raises:
        AddressTaken: Somebody else has it.
    """
    family = socket.AF_INET6 if ":" in serving.address[0] else socket.AF_INET
    sock = eventlet.green.socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if serving.reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind(serving.address)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressTaken(address="{}:{}".format(*serving.address)) from error
        raise
    sock.listen(serving.limits.backlog)
    return sock


class DrainingWebServer(ProviderCollector, SharedExtension):  # type: ignore[misc]
    """Serves the routes of one container; configured by `HttpServing` under `SERVING`."""

    def __init__(self) -> None:
        super().__init__()
        self._socket: Any = None
        self._accepting: Any = None
        self._connections: Connections | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens; of use when the port was left to the system (0)."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def start(self) -> None:
        """Listen and serve."""
        serving: HttpServing = self.container.config[SERVING]
        limits = serving.limits
        host = replace(
            serving.host, reading=lambda: eventlet.Timeout(limits.body_seconds, BodyTooSlow())
        )
        routes = [provider.bound() for provider in self._providers]
        self._socket = listener(serving)
        server = LimitedServer(self._socket, HttpApplication(routes, host, _run), limits)
        self._connections = connections = Connections(server, limits)
        self._accepting = self.container.spawn_managed_thread(
            lambda: connections.accept(self._socket, self.container.spawn_managed_thread),
            identifier="http_accept",
        )

    def drain(self) -> None:
        """Take no new connection or request; return when those in flight are answered.

        Called by every route as it stops, at once; whoever comes later waits with the first.
        """
        if self._accepting is None or self._connections is None:
            return
        accepting, self._accepting = self._accepting, None
        accepting.kill()
        self._socket.close()
        self._connections.drain()

    def kill(self) -> None:
        """Stop listening at once."""
        if self._socket is not None:
            self._socket.close()


def _run(entrypoint: Any, call: HttpCall) -> Answer:
    answer: Answer = entrypoint.run(call)
    return answer
