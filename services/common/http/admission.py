"""What must be right about a request before the service's method sees it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from marshmallow import Schema, ValidationError, fields

from services.common.http.bodies import json_object, read_body
from services.common.http.call import Caller, HttpCall
from services.common.http.errors import (
    AuthorizationMalformed,
    BodyUnexpected,
    QueryRefused,
    RoleNotAllowed,
    Unauthenticated,
    ValuesRefused,
)
from services.common.http.headers import check_correlation_id, idempotency_key, if_match
from services.common.http.host import HttpHost, Verifier
from services.common.http.messages import body_errors, query_errors
from services.common.http.round_trip import RoundTrip
from services.common.http.routes import RECEIPT_ROLE, RouteSpec

_MOST_PARAMETERS = 64


def admitted(
    spec: RouteSpec, values: Mapping[str, str], trip: RoundTrip, host: HttpHost
) -> HttpCall:
    """Return the call that `trip` makes on `spec`.

    Raises:
        HttpRefused: Something about the request is wrong; the first thing in the order caller,
            headers, query, body.
    """
    environ = trip.environ
    caller, receipt = _who(environ, host.tokens)
    _check_roles(spec.roles, caller, receipt)
    check_correlation_id(environ)
    key = idempotency_key(environ) if spec.keyed and spec.method == "POST" else None
    version = if_match(environ)
    query = _query(spec.query, environ)
    sent, body = _body(spec, trip, host)
    return HttpCall(
        method=spec.method,
        route=spec.path,
        url_path=trip.path,
        correlation_id=trip.correlation_id,
        path=values,
        query=query,
        body=body,
        sent=sent,
        caller=caller,
        receipt=receipt,
        key=key,
        if_match=version,
    )


def _who(environ: Mapping[str, Any], tokens: Verifier) -> tuple[Caller | None, str | None]:
    """Return the caller of a bearer token, or the secret of a receipt, or neither."""
    given = environ.get("HTTP_AUTHORIZATION")
    if given is None:
        return None, None
    scheme, _, credentials = given.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "bearer" if credentials:
            return tokens.caller(credentials), None
        case "receipt" if 0 < len(credentials) <= 256 and credentials.isascii():
            return None, credentials
        case _:
            raise AuthorizationMalformed


def _check_roles(roles: frozenset[str] | None, caller: Caller | None, receipt: str | None) -> None:
    """Let in whoever holds a role, or a receipt where a reporter may act."""
    if roles is None or (receipt is not None and RECEIPT_ROLE in roles):
        return
    if caller is None and receipt is None:
        raise Unauthenticated(allowed=roles)
    if caller is None or not caller.has(*roles):
        raise RoleNotAllowed(allowed=roles)


def _query(schema: Schema | None, environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query parameters as the schema loads them; without a schema they are ignored."""
    if schema is None:
        return {}
    try:
        loaded = schema.load(_gathered(schema, environ.get("QUERY_STRING", "")))
    except ValidationError as error:
        raise QueryRefused(query_errors(error.messages)) from error
    return dict(loaded)


def _gathered(schema: Schema, text: str) -> dict[str, Any]:
    """Return names and texts; a list where the schema has one, and nowhere else."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise QueryRefused(query_errors(["Too many parameters."])) from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        if isinstance(schema.fields.get(name), fields.List):
            found.setdefault(name, []).append(value)
        elif name in found:
            raise QueryRefused(query_errors({name: ["Given twice."]}))
        else:
            found[name] = value
    return found


def _body(spec: RouteSpec, trip: RoundTrip, host: HttpHost) -> tuple[Any, Any]:
    """Return the body as sent and as loaded; both None where the route takes none."""
    with host.reading():
        raw = read_body(trip.environ, host.body_limit_bytes)
    trip.body_read = True
    if spec.body is None:
        if raw.strip() not in (b"", b"{}") and spec.method not in ("GET", "HEAD"):
            raise BodyUnexpected
        return None, None
    sent = json_object(raw, trip.environ)
    try:
        return sent, spec.body.load(sent)
    except ValidationError as error:
        raise ValuesRefused(body_errors(error.messages)) from error
