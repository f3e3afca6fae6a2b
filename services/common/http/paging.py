"""Pages by cursor: a list goes on after the last thing seen, whatever was inserted meanwhile.

A cursor is opaque to the caller: base64url of canonical JSON of the sort key after which the next
page begins. It holds no secret and grants nothing; it is only checked for its shape.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.common.contracts.strict_json import strict_json
from services.common.http.bodies import canonical_json
from services.common.http.errors import CursorRefused

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 200
_LONGEST_CURSOR = 512

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in order, and the cursor of what follows; None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None

    def as_body(self, plain: Callable[[T], Any]) -> dict[str, Any]:
        """Return the page as JSON: `items`, and `next_cursor` unless this is the end."""
        body: dict[str, Any] = {"items": [plain(item) for item in self.items]}
        if self.next_cursor is not None:
            body["next_cursor"] = self.next_cursor
        return body


def page_of(found: Sequence[T], size: int, sort_key: Callable[[T], Sequence[str | int]]) -> Page[T]:
    """Return the page from a query that asked for `size` + 1 items.

    `sort_key` must be unique among the items (end it with the id), or equals would be skipped.
    """
    items = tuple(found[:size])
    more = len(found) > size and items
    return Page(items, cursor_after(sort_key(items[-1])) if more else None)


def cursor_after(sort_key: Sequence[str | int]) -> str:
    """Return the cursor of what follows `sort_key`."""
    return base64.urlsafe_b64encode(canonical_json(list(sort_key))).decode().rstrip("=")


def sort_key_of(cursor: str, shape: Sequence[type]) -> tuple[str | int, ...]:
    """Return the sort key in `cursor`, whose parts must have the types in `shape`.

    Only what `cursor_after` says is taken: another spelling of the same key is none of ours.

    Raises:
        CursorRefused: It was not made by this list.
    """
    parts = _parts_of(cursor)
    if [type(part) for part in parts] != list(shape) or cursor_after(parts) != cursor:
        raise CursorRefused
    return tuple(parts)


def _parts_of(cursor: str) -> list[Any]:
    if len(cursor) > _LONGEST_CURSOR:
        raise CursorRefused
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = strict_json(raw)
    except (binascii.Error, ValueError) as error:
        raise CursorRefused from error
    if not isinstance(parts, list):
        raise CursorRefused
    return parts
