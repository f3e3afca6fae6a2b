"""An `Answer` as a WSGI response."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from services.common.http.call import Answer


def as_response(answer: Answer, headers: Mapping[str, str]) -> Response:
    """Return the WSGI response for `answer`; its own headers win over `headers`.

    Nothing may be cached on the way: most of what goes out is about somebody.

    Raises:
        TypeError, ValueError: JSON can't say the body, or it holds a time without a zone; a
            header holds what HTTP can't carry.
    """
    found = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers}
    reason = HTTP_STATUS_CODES.get(answer.status, "Unknown").upper()
    response = Response(_bytes_of(answer.body), status=f"{answer.status} {reason}")
    del response.headers["Content-Type"]
    if answer.body is not None:
        raw = isinstance(answer.body, bytes)
        found["Content-Type"] = "application/octet-stream" if raw else "application/json"
    response.headers.update({**found, **answer.headers})
    for _, value in response.headers:
        value.encode("latin-1")  # else the socket side would find out, too late for a 500 of ours
    return response


def _bytes_of(body: Any) -> bytes:
    match body:
        case None:
            return b""
        case bytes():
            return body
        case _:
            text = json.dumps(body, ensure_ascii=False, allow_nan=False, default=_plain)
            return text.encode()


def _plain(value: object) -> Any:
    match value:
        case datetime():
            if value.tzinfo is None:
                raise TypeError("a time without a zone")
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case _:
            raise TypeError(f"no JSON for {type(value).__name__}")
