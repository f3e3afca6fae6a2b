"""Every refusal that a route can give: its own, and those of the edge before it is asked."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from services.common.errors import Refused
from services.common.eventlog.deciding import KeyUsedForAnotherRequest, VersionMoved
from services.common.http import errors
from services.common.http.reference.telling import Operation
from services.common.http.routes import RouteSpec

Refusal = type[Refused]
#: Wrong tokens are refused on open routes too: whoever sends one means it.
OF_TOKENS: Final[tuple[Refusal, ...]] = (
    errors.AuthorizationMalformed,
    errors.TokenExpired,
    errors.TokenKeyUnknown,
    errors.TokenSignatureWrong,
    errors.TokenRefused,
)
OF_BODIES: Final[tuple[Refusal, ...]] = (
    errors.BodyMalformed,
    errors.ContentTypeUnknown,
    errors.ValuesRefused,
)
#: What any request can come to, whatever it asks for: told once, under `default`.
OF_ANY_REQUEST: Final[tuple[Refusal, ...]] = (
    errors.NoSuchRoute,
    errors.MethodNotAllowed,
    errors.BodyTooLarge,
    errors.BodyTooSlow,
    errors.BodyBroken,
    errors.TransferEncodingUnknown,
)


def refusals_of(operation: Operation) -> Mapping[int, tuple[Refusal, ...]]:
    """Return the refusals that the route itself can come to, by status, each once."""
    found: defaultdict[int, dict[str, Refusal]] = defaultdict(dict)
    for each in (*_of_edge(operation.spec), *operation.told.refuses):
        found[each.status].setdefault(each.slug, each)
    return {status: tuple(found[status].values()) for status in sorted(found)}


def is_command(spec: RouteSpec) -> bool:
    """Whether the route decides something: it needs a key, and heeds `If-Match`."""
    return spec.method == "POST" and spec.keyed


def _of_edge(spec: RouteSpec) -> Iterator[Refusal]:
    if spec.roles is not None:
        yield errors.Unauthenticated
        yield errors.RoleNotAllowed
    yield from OF_TOKENS
    yield errors.IfMatchMalformed
    if spec.query is not None:
        yield errors.QueryRefused
    if spec.query is not None and "cursor" in spec.query.fields:
        yield errors.CursorRefused
    if spec.body is not None:
        yield from OF_BODIES
    elif spec.method == "POST":
        yield errors.BodyUnexpected
    if is_command(spec):
        yield errors.KeyMissing
        yield errors.KeyMalformed
        yield VersionMoved
        yield KeyUsedForAnotherRequest
