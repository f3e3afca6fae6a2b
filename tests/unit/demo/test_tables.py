"""What stands under a table of figures, and when."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.demo.tables import FEW, LEFT_OUT, footnotes


def row(*, denominator: int = 4, few: bool = False) -> Any:
    """Return as much of a figure's row as a footnote looks at."""
    return SimpleNamespace(told=SimpleNamespace(numerator=0, denominator=denominator), few=few)


@pytest.mark.parametrize(
    ("found", "notes"),
    [
        ([row()], []),
        ([row(), row(few=True)], [FEW]),
        ([row(), row(denominator=0)], [LEFT_OUT]),
        ([row(few=True), row(denominator=0)], [FEW, LEFT_OUT]),
        ([row(), row(denominator=0, few=True)], [LEFT_OUT]),
    ],
)
def test_a_note_stands_only_under_what_it_explains(found: list[Any], notes: list[Any]) -> None:
    assert list(footnotes(found)) == notes
