"""The one reader for JSON that strangers send, whichever door they come in by.

Stricter than the standard library: two readers that disagree about a text are two truths.
"""

import json
from typing import Any


class NotStrictJson(ValueError):
    """The bytes are no JSON that can be taken. Says why without quoting: it goes into a log."""


def strict_json(raw: bytes) -> Any:
    """Return the value that `raw` holds.

    Refused: bytes that are no UTF-8, no JSON, a name given twice, NaN and Infinity, lone
    surrogates (they can't be stored), numbers and nesting beyond what the parser takes.

    Raises:
        NotStrictJson: It is one of these.
    """
    try:
        found = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant
        )
        if b"\\u" in raw:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotStrictJson(_plain_reason(error)) from error
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotStrictJson("a name is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise NotStrictJson(f"{name} is no JSON number")


def _plain_reason(error: Exception) -> str:
    match error:
        case NotStrictJson():
            return str(error)
        case json.JSONDecodeError():
            return f"{error.msg} at line {error.lineno}, column {error.colno}"
        case UnicodeDecodeError():
            return f"byte {error.start} is no UTF-8"
        case UnicodeEncodeError():
            return "a lone surrogate"
        case RecursionError():
            return "nested too deeply"
        case _:  # a ValueError of int(): the runtime's limit on digits
            return "a number has too many digits"
