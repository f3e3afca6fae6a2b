"""From a WSGI request to a WSGI response: the one path, with nameko and without.

Order: route, caller and roles, headers, query, body, then the service's method. A client can hold
no worker by being slow: the method is called when everything has arrived and been checked.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from werkzeug.wrappers import Response

from services.common.errors import Refused, Transient
from services.common.http import problems
from services.common.http.admission import admitted
from services.common.http.answers import as_response
from services.common.http.call import Answer, HttpCall
from services.common.http.errors import HttpRefused, NoSuchRoute
from services.common.http.host import HttpHost, cors_headers
from services.common.http.round_trip import Environ, RoundTrip, new_error_id
from services.common.http.routes import Bound, RouteTable

Invoke = Callable[[Any, HttpCall], Answer]
_VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.stdlib.get_logger(__name__)


class HttpApplication:
    """A WSGI application over a service's routes. `invoke(target, call)` runs a method."""

    def __init__(self, routes: Iterable[Bound], host: HttpHost, invoke: Invoke) -> None:
        self._table = RouteTable(routes)
        self._host = host
        self._invoke = invoke

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request; no exception of a method leaves here."""
        began = time.perf_counter()
        trip = RoundTrip.begin(environ)
        response = self._response(trip)
        trip.close_if_unread()
        self._tell(trip, response.status_code, time.perf_counter() - began)
        return response(environ, start_response)

    def refused(self, error: HttpRefused) -> Response:
        """Answer a request whose head is none; it is counted and logged like any other."""
        trip = RoundTrip.begin({"REQUEST_METHOD": "unreadable"})
        answer = problems.refusal(error, trip.correlation_id)
        self._tell(trip, answer.status, 0.0)
        return self._finished(trip, answer)

    def is_vital(self, path: str) -> bool:
        """Return whether `path` tells of the process itself: answered though all else waits."""
        return path in self._table.vital

    def _response(self, trip: RoundTrip) -> Response:
        try:
            return self._finished(trip, self._outcome(trip))
        except Exception:  # noqa: BLE001 - the edge: whatever it is becomes a 500, logged
            error_id = new_error_id()
            _bound(trip).exception("http_failed", error_id=error_id)
            failed = problems.failure(error_id, trip.correlation_id)
            return self._finished(trip, failed)

    def _outcome(self, trip: RoundTrip) -> Answer:
        try:
            return self._answer(trip)
        except Refused as error:
            return problems.refusal(error, trip.correlation_id)
        except Transient as error:
            _bound(trip).warning("http_unavailable", error=type(error).__name__)
            return problems.unavailable(error, trip.correlation_id)

    def _answer(self, trip: RoundTrip) -> Answer:
        if trip.method == "OPTIONS":
            return self._options(trip)
        route, values = self._table.find(trip.method, trip.path)
        trip.route, trip.vital = route.spec.path, route.spec.vital
        call = admitted(route.spec, values, trip, self._host)
        return self._invoke(route.target, call)

    def _options(self, trip: RoundTrip) -> Answer:
        methods = self._table.methods(trip.path)
        if not methods:
            raise NoSuchRoute
        cors = cors_headers(trip.environ, self._host.allowed_origins, methods)
        return Answer(204, None, {"Allow": ", ".join(methods), **cors})

    def _finished(self, trip: RoundTrip, answer: Answer) -> Response:
        cors = cors_headers(trip.environ, self._host.allowed_origins)
        return as_response(answer, {**cors, "X-Correlation-ID": trip.correlation_id})

    def _tell(self, trip: RoundTrip, status: int, seconds: float) -> None:
        method = trip.method if trip.method in _VERBS else "OTHER"
        self._host.observer.http_answered(method, trip.route, status, seconds)
        if not trip.vital:
            _bound(trip).info("http_answered", status=status, seconds=round(seconds, 6))


def _bound(trip: RoundTrip) -> Any:
    """Return a logger that names the template, not the path: a path can hold a receipt's code."""
    return _log.bind(correlation=trip.correlation_id, method=trip.method, route=trip.route)
