"""The figures of a town as a table for the terminal."""

from collections.abc import Iterable
from typing import Final

from rich.table import Table

from services.cli.story.kpis import NAMES, Row

TABLE_WIDTH: Final = 110  #: where the output is no terminal
HEADINGS: Final = ("指标 figure", "值 value", "分子", "分母", "剔除 excluded", "复算 recount")
FOOTNOTE: Final = {
    "en": "* from fewer answers than the policy asks for; figures that are zero are left out",
    "zh": "* 样本少于政策规定的最低数；为零的指标未列出",
}


def figure_table(title: str, found: Iterable[Row], same: str) -> Table:
    """Return the figures that are not zero; `same` is the word for an equal recount."""
    table = Table(title=title, title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=True)
    for row in found:
        if row.told.numerator or row.told.denominator:
            table.add_row(*_cells(row), same if row.same else f"[red]{row.recounted}[/]")
    return table


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{NAMES.get(row.figure, '')} {row.figure}".strip(),
        f"{row.value or '-'}{'*' if row.few else ''}",
        str(row.told.numerator),
        "" if row.told.denominator is None else str(row.told.denominator),
        str(row.told.excluded),
    )
