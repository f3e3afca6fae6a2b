"""The request headers with a meaning of ours, and the tags that answer them."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from services.common.http.errors import (
    CorrelationMalformed,
    IfMatchMalformed,
    KeyMalformed,
    KeyMissing,
)

_KEY = re.compile(r'(?P<quote>"?)(?P<key>[A-Za-z0-9._~:-]{1,128})(?P=quote)')
_STRONG_TAG = re.compile(r'"(?P<version>0|[1-9][0-9]{0,14})"')
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def idempotency_key(environ: Mapping[str, Any]) -> str:
    """Return the key, without the quotes that the IETF draft allows around it.

    Raises:
        KeyMissing, KeyMalformed.
    """
    given = environ.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        raise KeyMissing
    found = _KEY.fullmatch(given.strip())
    if found is None:
        raise KeyMalformed
    return found["key"]


def if_match(environ: Mapping[str, Any]) -> int | None:
    """Return the version in `If-Match`; None if the header is absent or `*`.

    Raises:
        IfMatchMalformed: Weak, several, or no version.
    """
    given = environ.get("HTTP_IF_MATCH")
    if given is None or given.strip() == "*":
        return None
    found = _STRONG_TAG.fullmatch(given.strip())
    if found is None:
        raise IfMatchMalformed
    return int(found["version"])


def etag(version: int) -> dict[str, str]:
    """Return the header that names a stream's version, ready for `Answer.headers`."""
    return {"ETag": f'"{version}"'}


def correlation_id(environ: Mapping[str, Any]) -> str:
    """Return the `X-Correlation-ID` given, or a new one if there is none of the right form."""
    given = environ.get("HTTP_X_CORRELATION_ID", "")
    return given if _CORRELATION.fullmatch(given) else str(uuid.uuid4())


def check_correlation_id(environ: Mapping[str, Any]) -> None:
    """Refuse an ill-formed `X-Correlation-ID`: it would stand in the log, and for good.

    Raises:
        CorrelationMalformed.
    """
    given = environ.get("HTTP_X_CORRELATION_ID")
    if given is not None and not _CORRELATION.fullmatch(given):
        raise CorrelationMalformed
