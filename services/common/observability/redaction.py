"""Keeps secrets and personal data out of log lines.

Two nets: members whose name says that they hold such a thing are masked whole; and every text is
searched for credentials in URLs, authorization values, tokens, telephone and identity numbers.
Better than either is not to log them: this is for the day somebody forgets.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

MASK = "***"
_SECRET_NAME = re.compile(
    r"(^|_)(secret|password|passwd|token|authorization|receipt|credentials?|master_key|private_key"
    r"|name|person|phone|address|said|text|note|summary|plaintext|body)(_zh|_en)?$"
)
_PATTERNS = [
    (re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]*(?=@)"), MASK),
    (re.compile(r"\b(Bearer|Receipt|Basic)\s+[^\s'\",]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MASK),
    (re.compile(r"(?<![\w-])\d{17}[\dXx](?![\w-])"), MASK),
    (re.compile(r"(?<![\w-])(\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\w-])"), MASK),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|$)", re.DOTALL),
        MASK,
    ),
]


#: Members whose values come from our code, and again and again.
_OF_CODE: Final = frozenset({"level", "logger", "service", "method", "route"})


def redacted(name: str, value: Any) -> Any:
    """Return `value` as it may stand under `name` in a log line."""
    if _tells_secret(name) and value is not None:
        return MASK
    match value:
        case str():
            return (_known_without_secrets if name in _OF_CODE else _without_secrets)(value)
        case Mapping():
            return {str(key): redacted(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted("", inner) for inner in value]
        case int() | float() | None:
            return value
        case _:
            return _without_secrets(str(value))


@lru_cache(maxsize=1000)
def _tells_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


@lru_cache(maxsize=1000)
def _known_without_secrets(text: str) -> str:
    return _without_secrets(text)


def _without_secrets(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
