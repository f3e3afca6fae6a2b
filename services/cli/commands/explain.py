"""`explain late`: why something was late, and who had it when."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.text import Text

from services.cli.spoken import Spoken, no_such
from services.common.contracts.commit import Fact
from services.common.contracts.streams import clock_stream, id_of
from services.common.eventlog.charts import LiveChart
from services.escalation.clocks.terms import INTAKE_DESK, PLATFORM
from services.operating.clock_account import Account, Accountant, AccountLine
from services.operating.matters import (
    CATEGORIES,
    Matter,
    all_related,
    facts_of,
    latest_streams,
    matter_of,
)
from services.operating.reach import Reach, reaching
from services.terminal.console import console, said
from services.terminal.languages import both
from services.terminal.wording import beijing

#: Charged before an order has a holder; no units of the chart.
NO_UNITS: Final = {INTAKE_DESK: ("受理席", "the intake desk"), PLATFORM: ("平台", "the platform")}
app = Spoken(help=both(en="Why something is as it is.", zh="说明某事为何如此。"))


@app.callback()
def explain() -> None:
    """Say why something is as it is, with the events behind it.

    说明某事为何如此，并列出所依据的事件。
    """


@app.command()
def late(
    matter: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help=both(
                en="Of a work order or its request; a whistle's or a duty's too.",
                zh="工单或其诉求的编号；哨单、常态巡查的编号亦可。",
            ),
        ),
    ],
) -> None:
    """Show every clock of a matter and what became of it, in Beijing's time.

    按北京时间显示一件事项的每个时钟及其结果。
    """
    with reaching() as reach:
        logs = reach.stores.readers()
        found = matter_of(logs, matter)
        if found is None:
            newest = latest_streams(logs, CATEGORIES)
            kinds = ("work order, request, whistle or duty", "工单、诉求、哨单和常态巡查")
            raise no_such(*kinds, matter, newest, latest=True)
        order = list(facts_of(logs, found.order)) if found.order is not None else []
        account = _account(reach, found.clock, order)
        _print_summary(reach, found, account)
        _print_related(reach, order or list(facts_of(logs, found.stream)))
        _print_account(reach, account, found.clock)


def _account(reach: Reach, stream: str, order: Sequence[Fact]) -> Account:
    clock = list(facts_of(reach.stores.readers(), stream))
    return _accountant(reach, clock).account(clock, order)


def _accountant(reach: Reach, clock: Sequence[Fact]) -> Accountant:
    """Return who words the account; units are named as they were at its last event."""
    chart = LiveChart(reach.stores.readers()["dispatch"])
    units = chart.at(clock[-1].recorded_at).units if clock else {}
    chinese = reach.environment.chinese

    def name(code: str) -> str:
        unit = units.get(code)
        if unit is None:
            zh, en = NO_UNITS.get(code, (code, code))
            return zh if chinese else en
        return f"{unit.name_zh if chinese else unit.name_en} {code}"

    return Accountant(chinese, name)


def _print_summary(reach: Reach, matter: Matter, account: Account) -> None:
    here = reach.environment
    summary = said(
        here,
        en=f"{matter.stream}: {len(account.armings)} clocks, {account.late} late ({matter.clock})",
        zh=f"{matter.stream}：计时 {len(account.armings)} 次，超时 {account.late} 次"
        f"（{matter.clock}）",
    )
    console.print(Text(summary, style="bold"), soft_wrap=True)


def _print_account(reach: Reach, account: Account, clock: str) -> None:
    """Print every line with its event; of `clock`, the stream, only the place in it."""
    here = reach.environment
    en = (
        "On the left: when it was recorded here, moments after what it tells of. On the right: "
        f"the event, [@version.index] of {clock}."
    )
    zh = f"左侧为此处记录的时间，略晚于所述事件；右侧为事件，[@版本.序号] 属 {clock}。"
    console.print(Text(said(here, en=en, zh=zh), style="dim"), soft_wrap=True)
    for arming in account.armings:
        style = "red" if arming.late else "green"
        _print_line(arming.terms, clock, indent="", style=style)
        for step in arming.steps:
            _print_line(step, clock, indent="    ", style="red" if step.bad else "")
    if account.holding:
        console.print(Text(said(here, en="Who held it", zh="承办单位"), style="bold"))
    for line in account.holding:
        _print_line(line, clock, indent="", style="")


def _print_related(reach: Reach, facts: Sequence[Fact]) -> None:
    """Name what belongs to it and has clocks of its own, late or not."""
    here = reach.environment
    for stream in all_related(reach.stores.readers(), facts):
        account = _account(reach, clock_stream(id_of(stream)), ())
        told = said(
            here,
            en=f"Beside it {stream}: {len(account.armings)} clocks, {account.late} late: "
            f"./shaobao explain late {stream}",
            zh=f"另有 {stream}：计时 {len(account.armings)} 次，超时 {account.late} 次："
            f"./shaobao explain late {stream}",
        )
        console.print(Text(told, style="red" if account.late else ""), soft_wrap=True)


def _print_line(line: AccountLine, clock: str, *, indent: str, style: str) -> None:
    event = line.event.removeprefix(clock)
    text = Text.assemble(
        (f"{indent}{beijing(line.at)}  ", "dim"), (line.text, style), (f"  [{event}]", "dim")
    )
    console.print(text, soft_wrap=True)
