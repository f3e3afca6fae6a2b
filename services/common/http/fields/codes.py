"""The form of a code or an id: of a unit, a place, a category, an order, a stream. Pure."""

import re
from typing import Final, TypeGuard

LONGEST_CODE: Final = 64
CODE: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]*"
_CODE: Final = re.compile(CODE)


def is_code(value: object, longest: int = LONGEST_CODE) -> TypeGuard[str]:
    """Return whether `value` is a text of that form with at most `longest` characters."""
    return isinstance(value, str) and len(value) <= longest and bool(_CODE.fullmatch(value))
