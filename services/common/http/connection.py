"""One connection: eventlet's HTTP protocol with deadlines, our log, and an end that arrives."""

import socket
from typing import Any

import eventlet
import structlog
from eventlet import wsgi

from services.common.http.exchange import CLOSE_CONNECTION
from services.common.http.host import ServerLimits

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
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

    def __init__(self, sock: Any, app: Any, limits: ServerLimits) -> None:
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


class Connection(wsgi.HttpProtocol):  # type: ignore[misc]
    """Serves the requests of one connection, one after the other."""

    server: LimitedServer
    application: Any
    _requests_begun = 0
    _unread = False

    def handle_one_request(self) -> None:
        """Serve a request, unless the server is stopping."""
        if self.server.is_draining():
            self.close_connection = True
            return
        super().handle_one_request()
        self._requests_begun += 1
        if self.server.is_draining():
            self.close_connection = True

    def _read_request_line(self) -> bytes:
        """Return the first line, or nothing if it doesn't come in time."""
        limits = self.server.limits
        seconds = limits.idle_seconds if self._requests_begun else limits.header_seconds
        lines: list[bytes] = []
        with eventlet.Timeout(seconds, False):
            lines.append(super()._read_request_line())
        return lines[0] if lines else b""

    def parse_request(self) -> bool:
        """Read the headers; a client that drips them is told and left."""
        outcomes: list[bool] = []
        with eventlet.Timeout(self.server.limits.header_seconds, False):
            outcomes.append(super().parse_request())
        if not outcomes:
            self.wfile.write(_TOO_SLOW)
            self.close_connection = True
        return outcomes == [True]

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with the way to close this connection in it."""
        environ: dict[str, Any] = super().get_environ()
        environ[CLOSE_CONNECTION] = self._close_after_this
        return environ

    def _close_after_this(self) -> None:
        self.close_connection = True
        self._unread = True

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

    def log_message(self, form: str, *values: Any) -> None:
        """Log what the standard library would print."""
        _log.info("http_request_unreadable", why=form % values)

    def version_string(self) -> str:
        """Return the name in the `Server` header of answers below us."""
        return "shaobao"
