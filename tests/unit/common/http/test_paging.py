"""A list goes on where it stopped."""

import pytest

from services.common.http.errors import CursorRefused
from services.common.http.paging import Page, cursor_after, page_of, sort_key_of


def test_a_full_page_names_where_the_next_begins() -> None:
    page = page_of([("a", 1), ("b", 2), ("c", 3)], 2, lambda item: item)
    assert page.items == (("a", 1), ("b", 2))
    assert page.next_cursor is not None
    assert sort_key_of(page.next_cursor, (str, int)) == ("b", 2)


@pytest.mark.parametrize("found", [[], ["a"], ["a", "b"]])
def test_the_last_page_names_none(found: list[str]) -> None:
    assert page_of(found, 2, lambda item: [item]) == Page(tuple(found), None)


def test_a_page_as_a_body_has_a_cursor_only_if_there_is_more() -> None:
    assert Page(("a",), None).as_body(str.upper) == {"items": ["A"]}
    assert Page(("a",), "x").as_body(str.upper) == {"items": ["A"], "next_cursor": "x"}


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%%",
        "e30",
        "bnVsbA",
        "汉",
        cursor_after([1]),
        cursor_after(["a", "b"]),
        cursor_after([True]),
        cursor_after(["a" * 600]),
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(CursorRefused):
        sort_key_of(cursor, (str,))
