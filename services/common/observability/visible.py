"""Text of strangers on a terminal: what would colour, clear or turn it is shown as an escape."""

import re
from typing import Final

#: Controls but line feed and tab, separators of lines, what turns the direction, half pairs.
_ACTS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return `text` with `\u001b` for such a character: inside JSON the same value."""
    return _ACTS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
