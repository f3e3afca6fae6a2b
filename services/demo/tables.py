"""The figures of a town as a table for the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.table import Table

from services.audit.names import figure_name
from services.common.words import Words
from services.demo.kpis import FigureRow

TABLE_WIDTH: Final = 110  #: where the output is no terminal
HEADINGS: Final = {
    "en": ("figure", "value", "numerator", "denominator", "excluded", "recount"),
    "zh": ("指标", "值", "分子", "分母", "剔除", "复算"),
}
FEW: Final = Words("* from fewer answers than the policy asks for", "* 样本少于政策规定的最低数")
LEFT_OUT: Final = Words("What has nothing to count is left out.", "没有可计内容的指标未列出。")


def figure_table(title: str, found: Iterable[FigureRow], *, chinese: bool) -> Table:
    """Return the figures that count something, each beside how it compares with its recount."""
    table = Table(title=title, title_justify="left")
    for heading in HEADINGS["zh" if chinese else "en"]:
        table.add_column(heading, no_wrap=True)
    same = "一致" if chinese else "same"
    for row in found:
        if row.told.numerator or row.told.denominator:
            recounted = same if row.same else f"[red]{row.recounted}[/]"
            table.add_row(figure_name(row.figure, chinese=chinese), *_cells(row), recounted)
    return table


def footnotes(found: Sequence[FigureRow]) -> Iterator[Words]:
    """Yield what has to be said under the table of `found`."""
    shown = [row for row in found if row.told.numerator or row.told.denominator]
    if any(row.few for row in shown):
        yield FEW
    if len(shown) < len(found):
        yield LEFT_OUT


def _cells(row: FigureRow) -> tuple[str, ...]:
    return (
        f"{row.value or '-'}{'*' if row.few else ''}",
        str(row.told.numerator),
        "" if row.told.denominator is None else str(row.told.denominator),
        str(row.told.excluded),
    )
