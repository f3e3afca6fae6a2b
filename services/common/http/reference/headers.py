"""The headers with a meaning of ours, as OpenAPI says them. headers.py of the edge reads them."""

from collections.abc import Mapping
from typing import Any, Final

from services.common.http.reference import introduction

#: The viewer sends a new one in its place: page/start.js.
EXAMPLE_KEY: Final = "00000000-0000-4000-8000-000000000000"
_TEXT: Final = {"type": "string"}

#: How a caller says who it is.
SCHEMES: Final[Mapping[str, Mapping[str, Any]]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": introduction.TOKENS,
    },
    "receipt": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": f"{introduction.RECEIPTS}\nValue 填写: `Receipt <secret>`",
    },
}
#: What a request carries, by the name of its component.
PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "required": True,
        "description": introduction.KEYS,
        "schema": {**_TEXT, "pattern": '^"?[A-Za-z0-9._~:-]{1,128}"?$'},
        "example": EXAMPLE_KEY,
    },
    "IfMatch": {
        "name": "If-Match",
        "description": introduction.VERSIONS,
        "schema": {**_TEXT, "pattern": r'^(\*|"(0|[1-9][0-9]{0,14})")$'},
    },
    "CorrelationID": {
        "name": "X-Correlation-ID",
        "description": introduction.CORRELATION,
        "schema": {**_TEXT, "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
    },
}
#: What an answer carries, by the name of its component.
HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "CorrelationID": {"description": "The one sent, or a new one.", "schema": _TEXT},
    "ETag": {"description": 'The version, quoted: `"7"`; for `If-Match`.', "schema": _TEXT},
    "Location": {"description": "Where to read what was made.", "schema": _TEXT},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWWAuthenticate": {"description": "RFC 6750.", "schema": _TEXT},
}
WIRE_NAMES: Final[Mapping[str, str]] = {
    "CorrelationID": "X-Correlation-ID",
    "ETag": "ETag",
    "Location": "Location",
    "RetryAfter": "Retry-After",
    "WWWAuthenticate": "WWW-Authenticate",
}


def ref(kind: str, name: str) -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}
