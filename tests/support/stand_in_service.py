"""A process that behaves like a service from outside: `python -m tests.support.stand_in_service`.

Settings: HTTP_ADDRESS; STAND_IN_FALLS, a code, makes it fall with it at once.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Health(BaseHTTPRequestHandler):
    """Always ready."""

    def do_GET(self) -> None:
        """Answer 200."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing of requests."""
        del format, args


def main() -> None:
    """Serve until SIGTERM."""
    if "STAND_IN_FALLS" in os.environ:
        sys.stderr.write("fallen on purpose\n")
        sys.exit(int(os.environ["STAND_IN_FALLS"]))
    host, _, port = os.environ["HTTP_ADDRESS"].partition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"stand-in at {port} listens\n")
    sys.stdout.flush()
    ThreadingHTTPServer((host, int(port)), Health).serve_forever()


if __name__ == "__main__":
    main()
