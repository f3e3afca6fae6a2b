"""One request on its way through the edge and back: what is known of it so far."""

import uuid
from dataclasses import dataclass
from typing import Any

from services.common.http.bodies import announces_body
from services.common.http.headers import correlation_id

UNMATCHED = "unmatched"
#: A server puts a callable here that makes this request the connection's last.
CLOSE_CONNECTION = "shaobao.close_connection"

Environ = dict[str, Any]


@dataclass(slots=True)
class RoundTrip:
    """A request, and how far it has come."""

    environ: Environ
    correlation_id: str
    method: str
    path: str
    route: str = UNMATCHED
    vital: bool = False
    body_read: bool = False

    @classmethod
    def begin(cls, environ: Environ) -> "RoundTrip":
        """Return the one that `environ` begins. WSGI hands a path's bytes over as latin-1."""
        raw: str = environ.get("PATH_INFO") or "/"
        path = raw.encode("latin-1", "replace").decode("utf-8", "replace")
        return cls(environ, correlation_id(environ), environ["REQUEST_METHOD"].upper(), path)

    def close_if_unread(self) -> None:
        """Whoever answers before the body was read can't find the next request behind it."""
        if announces_body(self.environ) and not self.body_read:
            close = self.environ.get(CLOSE_CONNECTION)
            if close is not None:
                close()


def new_error_id() -> str:
    """Return an id that a 500 and its log line share."""
    return uuid.uuid4().hex
