"""What a process gives its HTTP edge: who may come in, how much, how slowly, and who is told."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from services.common.http.bodies import DEFAULT_LIMIT_BYTES
from services.common.http.call import Caller
from services.common.http.errors import TokenKeyUnknown


class Verifier(Protocol):
    """Says who a bearer token belongs to (tokens.TokenVerifier)."""

    def caller(self, token: str) -> Caller:
        """Return who holds `token`, or raise one of the 401s."""
        ...


class Observer(Protocol):
    """Is told of each answer (observability.metrics.PlatformMetrics)."""

    def http_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is the template, or `unmatched`."""
        ...


@dataclass(frozen=True, slots=True)
class NoTokens:
    """Knows no key, so believes no token: for a process without protected routes."""

    def caller(self, token: str) -> Caller:  # noqa: ARG002
        """Refuse."""
        raise TokenKeyUnknown


@dataclass(frozen=True, slots=True)
class Unobserved:
    """Tells nobody."""

    def http_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class HttpHost:
    """The edge of one process, the same for all its routes."""

    tokens: Verifier = NoTokens()
    observer: Observer = Unobserved()
    body_limit_bytes: int = DEFAULT_LIMIT_BYTES
    allowed_origins: frozenset[str] = frozenset()  #: for CORS; `*` allows all
    #: Entered while a body is read; a server that can be slow bounds the time in it.
    reading: Callable[[], AbstractContextManager[Any]] = nullcontext


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How long a client may take, and how many may come. Seconds of machine time."""

    header_seconds: float = 10.0  #: from the first look at the socket to the end of the headers
    body_seconds: float = 30.0  #: whole body
    idle_seconds: float = 60.0  #: between two requests on one connection
    send_seconds: float = 30.0  #: one write that the client doesn't take
    drain_seconds: float = 25.0  #: for requests in flight when stopping
    linger_seconds: float = 1.0  #: a client that still sends what nobody reads may finish
    connections: int = 1000  #: at once; when all are taken, the idlest makes room
    connections_per_address: int = 500  #: of one address; a reverse proxy is one
    reserve: int = 100  #: beyond them, for health and metrics; others are told to come later
    backlog: int = 512


@dataclass(frozen=True, slots=True)
class HttpServing:
    """Everything nameko's configuration holds for HTTP, under `SERVING`."""

    address: tuple[str, int]
    host: HttpHost = HttpHost()
    limits: ServerLimits = ServerLimits()
    reuse_port: bool = False  #: several processes on one port (SO_REUSEPORT)


SERVING = "SHAOBAO_HTTP"  #: key in nameko's configuration


def cors_headers(
    environ: Mapping[str, Any], origins: frozenset[str], methods: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return the CORS headers for the request's origin; none if it isn't allowed.

    `methods` is given for a preflight.
    """
    origin = environ.get("HTTP_ORIGIN")
    if not origins or origin is None:
        return {}
    headers = {"Vary": "Origin"}
    if origin not in origins and "*" not in origins:
        return headers
    headers["Access-Control-Allow-Origin"] = origin
    if methods:
        headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key, If-Match, X-Correlation-ID"
        )
        headers["Access-Control-Max-Age"] = "600"
    else:
        headers["Access-Control-Expose-Headers"] = "ETag, Location, Retry-After, X-Correlation-ID"
    return headers
