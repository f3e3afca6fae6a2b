"""Another program that has a port which we would like."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread


class _Listener(ThreadingTCPServer):
    allow_reuse_address = True


@contextmanager
def stranger_on(port: int) -> Iterator[None]:
    """Listen on 127.0.0.1:`port`; hang up on everybody."""
    with _Listener(("127.0.0.1", port), BaseRequestHandler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
