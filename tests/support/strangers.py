"""Another program that has a port which we would like, or answers where we look for a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

ANY_PORT = 0


class _Listener(ThreadingTCPServer):
    allow_reuse_address = True


@contextmanager
def stranger_on(port: int, manners: type[BaseRequestHandler] = BaseRequestHandler) -> Iterator[int]:
    """Listen on 127.0.0.1:`port` and give the port; without `manners` hang up on everybody."""
    with _Listener(("127.0.0.1", port), manners) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
