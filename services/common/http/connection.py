"""One connection: strict heads and chunks, deadlines, our log, and an end that arrives.

eventlet's protocol writes the answers; what it and the standard library read too kindly (folded
headers, two lengths, `+5`) is read by `head` and `chunks`.
"""

import socket
import time
from collections.abc import Iterator
from http.client import HTTPMessage
from typing import Any

import eventlet
import structlog
from eventlet import greenio, wsgi

from services.common.http import chunks
from services.common.http.application import HttpApplication
from services.common.http.errors import HeadTooSlow, HttpRefused, TooManyConnections
from services.common.http.head import Head, read_head, read_request_line
from services.common.http.host import ServerLimits
from services.common.http.round_trip import CLOSE_CONNECTION

_log = structlog.stdlib.get_logger(__name__)


class _WriteErrors:
    """Where eventlet writes tracebacks: an answer that could not be written is an error."""

    def info(self, text: str) -> None:
        _log.error("http_write_failed", exception=text)

    def error(self, text: str) -> None:
        _log.warning("http_connection_error", why=text)

    def debug(self, text: str) -> None:
        _log.debug("http_connection", why=text)


class LimitedServer(wsgi.Server):  # type: ignore[misc]
    """What all connections of one listening socket share."""

    app: HttpApplication

    def __init__(self, sock: Any, app: HttpApplication, limits: ServerLimits) -> None:
        super().__init__(
            sock,
            sock.getsockname(),
            app,
            debug=False,
            log_output=False,
            socket_timeout=limits.send_seconds,
        )
        self.limits = limits
        self._draining = False
        self.log = _WriteErrors()

    def is_draining(self) -> bool:
        """Return whether no further request may be taken."""
        return self._draining

    def begin_draining(self) -> None:
        """Take no further request."""
        self._draining = True


class StrictChunks(wsgi.Input):  # type: ignore[misc]
    """A chunked body that ends at the first thing that is wrong with it."""

    _pieces: Iterator[bytes] | None = None
    _rest = b""

    def _chunked_read(
        self,
        rfile: Any,
        length: int | None = None,
        use_readline: bool = False,  # noqa: ARG002 - nobody of ours reads lines
    ) -> bytes:
        if self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        if self._pieces is None:
            self._pieces = chunks.pieces(rfile)
        found = self._rest or next(self._pieces, b"")
        taken, self._rest = found[:length], found[len(found[:length]) :]
        return taken


class Connection(wsgi.HttpProtocol):  # type: ignore[misc]
    """Serves the requests of one connection, one after the other."""

    server: LimitedServer
    application: Any

    def __init__(
        self, client: Any, address: Any, place: str, server: LimitedServer, *, extra: bool
    ) -> None:
        """Wire a connection; `serve` begins. `extra`: beyond the limits, see `Connections`."""
        self.request = client
        self.client_address = address
        self.conn_state = [address, client, wsgi.STATE_IDLE]
        self.server = server
        self.place = place
        self.asks = False  #: a request has begun to arrive and is not answered
        self.waits = True  #: for the client: no whole head has arrived
        self.since = time.monotonic()  #: when it began to wait, machine time
        self._extra = extra
        self._requests_begun = 0
        self._unread = False

    def serve(self) -> None:
        """Serve until the client, an error or the server ends it."""
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def hang_up(self) -> None:
        """End it; who reads from it is woken up."""
        self.waits = False
        greenio.shutdown_safe(self.request)

    def handle(self) -> None:
        """Serve one request after the other."""
        self.close_connection = False
        while not self.close_connection and not self.server.is_draining():
            self.asks, self.waits, self.since = False, True, time.monotonic()
            self.handle_one_request()

    def handle_one_request(self) -> None:
        """Read a head and answer; a head that is none is answered too, and ends the connection."""
        try:
            head = self._head()
            if head is None:
                self.close_connection = True
                return
            self._begin(head)
            self.handle_one_response()
        except HttpRefused as error:
            self._refuse(error)

    def _head(self) -> Head | None:
        """Return the head of the next request; None if no request comes in time."""
        limits = self.server.limits
        seconds = limits.idle_seconds if self._requests_begun else limits.header_seconds
        line = self._request_line(seconds)
        if not line:
            return None
        self.asks = True
        self._requests_begun += 1
        with eventlet.Timeout(limits.header_seconds, HeadTooSlow()):
            return read_head(line, self.rfile.readline)

    def _request_line(self, seconds: float) -> bytes:
        self.request.settimeout(None)  # the limit of a write is not that of waiting
        line = b""
        try:
            with eventlet.Timeout(seconds, False):
                line = read_request_line(self.rfile.readline)
        finally:
            self.request.settimeout(self.server.limits.send_seconds)
        return line

    def _begin(self, head: Head) -> None:
        """Lay the request out for eventlet, unless there are too many.

        Raises:
            TooManyConnections.
        """
        self.waits = False
        self.command, self.path = head.method, head.origin_form
        self.request_version = f"HTTP/1.{min(head.minor, 1)}"
        self.requestline = head.method  # eventlet logs it, and a path can hold a receipt's code
        self.headers = HTTPMessage()
        for name, value in head.headers:
            self.headers[name] = value
        if self._extra and not self.server.app.is_vital(self.path):
            raise TooManyConnections
        self.close_connection = self._extra or not head.persistent
        self.environ = self.get_environ()
        self.application = self.server.app

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with the way to close this connection in it."""
        environ: dict[str, Any] = super().get_environ()
        environ[CLOSE_CONNECTION] = self._close_after_this
        body = environ["wsgi.input"]
        if body.chunked_input:
            strict = StrictChunks(
                self.rfile, None, self.connection, body.wfile, body.wfile_line, chunked_input=True
            )
            environ["wsgi.input"] = environ["eventlet.input"] = strict
        return environ

    def _close_after_this(self) -> None:
        self.close_connection = True
        self._unread = True

    def _refuse(self, error: HttpRefused) -> None:
        response = self.server.app.refused(error)
        lines = [f"HTTP/1.1 {response.status}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
        self._close_after_this()
        self.wfile.write(head + response.get_data())

    def handle_one_response(self) -> None:
        """Answer; a server that began to stop meanwhile says so in the answer's headers."""
        application: Any = self.application

        def last_if_draining(environ: Any, start_response: Any) -> Any:
            result = application(environ, start_response)
            if self.server.is_draining():
                self.close_connection = True
            return result

        self.application = last_if_draining
        super().handle_one_response()

    def finish(self) -> None:
        """Close. Bytes nobody read would turn the close into a reset that eats the answer."""
        if self._unread:
            self._linger()
        super().finish()

    def _linger(self) -> None:
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            with eventlet.Timeout(self.server.limits.linger_seconds, False):
                while self.connection.recv(65536):
                    pass
        except OSError as error:
            _log.debug("http_linger_ended", error=type(error).__name__)
