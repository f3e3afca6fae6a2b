"""What `status` says of an installation beside which processes run."""

from typing import Final

from rich.table import Table

from services.operating.pulse import Pulse, pulse
from services.operating.reach import reaching
from services.terminal.console import console, said
from services.terminal.environment import Environment
from services.terminal.wording import beijing

CLOCKS: Final = {
    "real": ("real", "真实时钟"),
    "scaled": ("scaled", "加速时钟"),
    "stepped": ("stepped", "逐步时钟"),
}


def show_vital_signs() -> bool:
    """Print what waits, lags and is parked, orphans, the business time; say whether all is well.

    Raises:
        Unprepared: The database doesn't answer.
    """
    with reaching() as reach:
        environment, found = reach.environment, pulse(reach)
    console.print(logs_table(environment, found))
    if any(each.held_up for each in found.logs):
        console.print(f"[red]{held_up_line(environment)}[/red]", soft_wrap=True)
    console.print(consumers_table(environment, found))
    console.print(clock_line(environment, found), soft_wrap=True)
    console.print(orphans_line(environment, found), soft_wrap=True)
    return found.well


def logs_table(environment: Environment, found: Pulse) -> Table:
    """Return a row a log."""
    table = Table(
        said(environment, en="log", zh="日志"),
        said(environment, en="commits", zh="提交"),
        said(environment, en="to be published", zh="待发布"),
    )
    for each in found.logs:
        table.add_row(each.name, f"{each.head:,}", _alarming(each.pending))
    return table


def held_up_line(environment: Environment) -> str:
    """Return what to say where commits have waited long to be published."""
    return said(
        environment,
        en="Commits have waited long to be published: the broker doesn't take them, or no service "
        "runs. './shaobao logs' says why; nothing is lost.",
        zh="有提交久未发布：消息服务器未接收，或没有服务在运行。"
        "原因见 ./shaobao logs；数据不会丢失。",
    )


def consumers_table(environment: Environment, found: Pulse) -> Table:
    """Return a row a consumer."""
    table = Table(
        said(environment, en="consumer", zh="消费者"),
        said(environment, en="behind", zh="落后"),
        said(environment, en="parked streams", zh="停放的事件流"),
    )
    for each in found.consumers:
        table.add_row(each.name, _alarming(each.behind), _alarming(each.parked))
    return table


def clock_line(environment: Environment, found: Pulse) -> str:
    """Return the clock's mode and the business time."""
    en, zh = CLOCKS[found.clock.mode]
    if found.clock.now is None:
        return said(
            environment,
            en=f"Business time: {en}, not started yet.",
            zh=f"业务时间：{zh}，尚未开始。",
        )
    now = beijing(found.clock.now)
    if found.clock.rate > 1:
        en += f", {found.clock.rate} business seconds a second"
        zh += f"，每秒相当于 {found.clock.rate} 业务秒"
    return said(
        environment,
        en=f"Business time: {now} in Beijing ({en}).",
        zh=f"业务时间：北京时间 {now}（{zh}）。",
    )


def orphans_line(environment: Environment, found: Pulse) -> str:
    """Return how many open requests no clock watches; there must be none."""
    return said(
        environment,
        en=f"Open requests without a clock: {_alarming(found.orphans)}.",
        zh=f"没有时钟在走的未结诉求：{_alarming(found.orphans)}。",
    )


def _alarming(count: int) -> str:
    return f"[red]{count:,}[/red]" if count else "0"
