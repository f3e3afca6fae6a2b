"""Keeps secrets and personal data out of log lines.

Two nets: members whose name says that they hold such a thing are masked whole; and every text is
searched for credentials in URLs, authorization values, tokens, telephone and identity numbers.
Better than either is not to log them: this is for the day somebody forgets.
"""

import re
from collections.abc import Mapping
from typing import Any

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


def redacted(name: str, value: Any) -> Any:
    """Return `value` as it may stand under `name` in a log line."""
    if _SECRET_NAME.search(name) and value is not None:
        return MASK
    match value:
        case str():
            return _without_secrets(value)
        case Mapping():
            return {str(key): redacted(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted("", inner) for inner in value]
        case int() | float() | None:
            return value
        case _:
            return _without_secrets(str(value))


def _without_secrets(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
