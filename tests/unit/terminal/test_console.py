"""What strangers wrote is shown, and does nothing to the terminal that shows it."""

import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from services.common.observability.visible import visible
from services.terminal.console import console_of

CLEAR, RED, TURN = "\x1b[2J", "\x1b[31m", "\u202e"
ODD = f"办\0{CLEAR}{RED}室\x9b31m\x07\r{TURN}gpj.exe\u2028"


def printed(*what: object, **settings: object) -> str:
    """Return what a console writes."""
    paper = io.StringIO()
    console_of(file=paper, width=200, **settings).print(*what, markup=False)
    return paper.getvalue()


def table_of(text: str) -> Table:
    table = Table("office")
    table.add_row(text)
    return table


@pytest.mark.parametrize("what", [ODD, Text(ODD, style="bold"), table_of(ODD)])
def test_nothing_that_was_stored_acts_on_the_terminal(what: object) -> None:
    written = printed(what)
    assert [each for each in written if not each.isprintable() and each != "\n"] == []
    assert "\\u001b[2J" in written
    assert "\\u202egpj.exe" in written


def test_our_own_colours_still_reach_the_terminal() -> None:
    written = printed(Text(f"{RED}a", style="green"), force_terminal=True, color_system="standard")
    assert written == "\x1b[32m\\u001b[31ma\x1b[0m\n"


def test_lines_and_tabs_stay_as_they_are() -> None:
    assert visible("第一行\n\t第二行 👨‍👩‍👧‍👦") == "第一行\n\t第二行 👨‍👩‍👧‍👦"


def test_json_that_is_made_visible_is_the_same_value() -> None:
    text = json.dumps({"office": ODD}, ensure_ascii=False)
    assert json.loads(visible(text)) == {"office": ODD}
    assert visible(text).isprintable()
