"""Request bodies: read whole up to a limit, decoded strictly, and their fingerprint.

The server underneath reads a chunked body as empty unless it is asked the right way, and sets no
limit to any; both are cured here.
"""

import json
from collections.abc import Mapping
from typing import Any

from services.common.contracts.strict_json import NotStrictJson, strict_json
from services.common.http.errors import (
    BodyBroken,
    BodyMalformed,
    BodyTooLarge,
    BodyTooSlow,
    ContentTypeUnknown,
    TransferEncodingUnknown,
)

DEFAULT_LIMIT_BYTES = 256 * 1024
_PIECE_BYTES = 64 * 1024


def announces_body(environ: Mapping[str, Any]) -> bool:
    """Return whether the request says that a body follows its headers."""
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def read_body(environ: Mapping[str, Any], limit_bytes: int = DEFAULT_LIMIT_BYTES) -> bytes:
    """Return the whole body, with a length given or chunked.

    A length beyond the limit is refused before a byte is read. The caller sets the deadline.

    Raises:
        BodyTooLarge, BodyTooSlow, BodyBroken, TransferEncodingUnknown.
    """
    encoding = environ.get("HTTP_TRANSFER_ENCODING")
    if encoding is not None and encoding.strip().lower() != "chunked":
        raise TransferEncodingUnknown(allowed=("chunked",))
    length = None if encoding is not None else _announced_length(environ)
    if length is not None and length > limit_bytes:
        raise BodyTooLarge(limit_bytes=limit_bytes)
    try:
        return _read(environ["wsgi.input"], length, limit_bytes)
    except TimeoutError as error:
        raise BodyTooSlow from error
    except (OSError, ValueError) as error:
        raise BodyBroken from error


def _announced_length(environ: Mapping[str, Any]) -> int:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise BodyBroken from error
    if length < 0:
        raise BodyBroken
    return length


def _read(stream: Any, length: int | None, limit_bytes: int) -> bytes:
    """Read `length` bytes, or to the end of the chunks if it is None."""
    pieces, wanted = bytearray(), limit_bytes + 1 if length is None else length
    while len(pieces) < wanted:
        piece = stream.read(min(_PIECE_BYTES, wanted - len(pieces)))
        if not piece:
            break
        pieces += piece
    if length is not None and len(pieces) < length:
        raise BodyBroken
    if len(pieces) > limit_bytes:
        raise BodyTooLarge(limit_bytes=limit_bytes)
    return bytes(pieces)


def json_object(raw: bytes, environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object that `raw` holds; strict, as `strict_json` says.

    Refused too: another content type, another charset, a compressed body.

    Raises:
        ContentTypeUnknown, BodyMalformed.
    """
    _check_content_type(environ)
    try:
        found = strict_json(raw)
    except NotStrictJson as error:
        raise BodyMalformed(why=str(error)) from error
    if not isinstance(found, dict):
        raise BodyMalformed(why="not an object")
    return found


def _check_content_type(environ: Mapping[str, Any]) -> None:
    kind, *parameters = (environ.get("CONTENT_TYPE") or "").lower().split(";")
    charsets = [value.strip() for value in parameters if value.strip().startswith("charset=")]
    if kind.strip() != "application/json" or "HTTP_CONTENT_ENCODING" in environ:
        raise ContentTypeUnknown
    if any(charset.removeprefix("charset=").strip('"') != "utf-8" for charset in charsets):
        raise ContentTypeUnknown


def canonical_json(value: Any) -> bytes:
    """Return `value` as UTF-8 JSON with sorted names and no spaces: same value, same bytes."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def fingerprint_of(method: str, path: str, body: Any) -> bytes:
    """Return canonical bytes of what a request asks for.

    Two requests under one idempotency key are the same exactly if these bytes are. They hold the
    body, so keep only an HMAC of them under a key that can be erased.
    """
    return canonical_json([method.upper(), path, body])
