"""`kpi recount`: a unit's figures of a month, counted from the logs alone."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Final

import typer
from rich.table import Table

from services.audit.ledger import Counted, Ledger
from services.audit.month import Month, month_seen
from services.audit.names import figure_name
from services.audit.recount import from_few_answers
from services.audit.recount import recount as recounted
from services.cli.spoken import Spoken
from services.common.clock import BEIJING
from services.common.eventlog.charts import LiveChart
from services.common.running.business_time import clock_of
from services.demo.tables import FEW
from services.metrics.errors import MonthMalformed
from services.operating.reach import reaching
from services.operating.registry.meant import the_unit
from services.terminal.console import complaints, console, said, waiting_for
from services.terminal.languages import both
from services.terminal.unprepared import WrongWord

app = Spoken(help=both(en="Figures, and how they come about.", zh="指标及其由来。"))
UNIT: Final = both(en="Its code or its whole name.", zh="单位代码或全称。")
MONTH: Final = both(en="As 2026-11; else the present one.", zh="如 2026-11；默认为当月。")
PLACES: Final = Decimal("0.0001")
HEADINGS: Final = {
    "en": ("figure", "value", "numerator", "denominator", "excluded"),
    "zh": ("指标", "值", "分子", "分母", "剔除"),
}


@app.callback()
def kpi() -> None:
    """Show figures, and how they come about.

    指标及其由来。
    """


@app.command()
def recount(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help=UNIT)],
    month: Annotated[str | None, typer.Argument(metavar="MONTH", help=MONTH)] = None,
) -> None:
    """Count a unit's figures of a month from the logs alone: what metrics shows must equal it.

    仅凭日志重新计算一个单位某月的指标：应与 metrics 显示的一致。
    """
    with reaching() as reach:
        chinese, logs = reach.environment.chinese, reach.stores.readers()
        now = clock_of(reach.settings, reach.stores).now()
        chart = LiveChart(logs["dispatch"]).at(now)
        meant = the_unit(chart, unit, chinese=chinese)
        of_month = _month(month or now.astimezone(BEIJING).strftime("%Y-%m"), now)
        reading = said(reach.environment, en="Reading the logs", zh="正在读取日志")
        with waiting_for(reading, on=complaints):
            ledger = Ledger(logs.values())
            found = recounted(ledger, chart, meant.code, of_month)
        name = meant.name_zh if chinese else meant.name_en
        few = {each for each in from_few_answers(found, chart) if found[each].denominator}
        console.print(_table(f"{name} {of_month.name}", found, few, chinese=chinese))
        if few:
            console.print(FEW.said(chinese=chinese))
        upto = ", ".join(f"{log} {position}" for log, position in ledger.positions.items())
        words = said(reach.environment, en="Counted up to positions", zh="统计截至位置")
        console.print(f"{words}: {upto}", soft_wrap=True)


def _month(name: str, now: datetime) -> Month:
    try:
        return month_seen(name, now)
    except MonthMalformed as error:
        raise WrongWord(en=error.detail_en, zh=error.detail_zh) from error


def _table(
    title: str, found: Mapping[str, Counted], few: Collection[str], *, chinese: bool
) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in HEADINGS["zh" if chinese else "en"]:
        table.add_column(heading, no_wrap=True)
    for figure, counted in found.items():
        of = "" if counted.denominator is None else str(counted.denominator)
        value = _value(counted) + ("*" if figure in few else "")
        row = (value, str(counted.numerator), of, str(counted.excluded))
        table.add_row(figure_name(figure, chinese=chinese), *row)
    return table


def _value(counted: Counted) -> str:
    if counted.denominator is None:
        return str(counted.numerator)
    if not counted.denominator:
        return "-"
    share = Decimal(counted.numerator) / Decimal(counted.denominator)
    return str(share.quantize(PLACES, rounding=ROUND_HALF_UP))
