"""`status` and `logs`: what runs, and what it says."""

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from services.cli.commands.vital_signs import show_vital_signs
from services.cli.spoken import no_such
from services.common.contracts.streams import SERVICES
from services.local.installation import Installation
from services.local.log_lines import LogLines
from services.local.readiness import is_ready
from services.local.room import shortage
from services.local.servers.broker import Broker
from services.local.servers.database import Database
from services.local.supervisor import (
    BEING_STOPPED,
    KEEPER,
    MAPPER,
    MONGODB,
    NOT_KEPT,
    RABBITMQ,
    Restarts,
)
from services.terminal import environment as environments
from services.terminal.console import console, said
from services.terminal.environment import Environment
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared

FOLLOW_EVERY_SECONDS = 0.2
#: Who says something in the log: the services, and their keeper.
SPEAKING = (*SERVICES, KEEPER)


def status() -> None:
    """Show what runs and where; exit 1 unless every service is ready and the keeper lives.

    显示运行情况和地址；有服务未就绪，或看护进程已不在时，退出码为 1。

    From a container no service can be seen: then exit 1 if the databases don't answer, or tell of
    an orphan, a parked stream, or that no service was ever started.

    在容器中看不到服务进程：数据库无响应，或有无人计时的诉求、停放的事件流，或从未启动过服务时，
    退出码为 1。
    """
    environment = environments.read()
    here = Installation(environment)
    services = here.supervision.services()
    ready = {
        service.name: here.supervision.process(service.name).running and is_ready(service)
        for service in services
    }
    console.print(_table(here, ready))
    _tell_of_the_keeper(here)
    lack = shortage(environment.state_folder)
    if lack is not None and here.supervision.keeper.running:
        console.print(f"[red]{lack.said(chinese=environment.chinese)}[/red]", soft_wrap=True)
    reachable = here.servers.database is None or here.servers.database.running
    well = reachable and show_vital_signs()
    if here.supervision.lost_keeper or not (all(ready.values()) if services else well):
        raise typer.Exit(1)


def _tell_of_the_keeper(here: Installation) -> None:
    """Say what a reader of the table should know: that nobody keeps, or that all is ending."""
    environment = here.environment
    if here.supervision.lost_keeper:
        console.print(
            said(
                environment,
                en="The keeper was killed: what runs is looked after by nobody. './shaobao up' "
                "starts everything anew, './shaobao down' stops it; nothing is lost.",
                zh="看护进程曾被终止，运行中的服务无人看护：./shaobao up 可全部重新启动，"
                "./shaobao down 可全部停止；数据不会丢失。",
            ),
            soft_wrap=True,
        )
    elif here.supervision.leaving:
        console.print(f"{said(environment, **BEING_STOPPED)} ...", soft_wrap=True)
    elif here.servers.database is not None and not here.supervision.keeper.running:
        console.print(said(environment, **NOT_KEPT), soft_wrap=True)


def _table(here: Installation, ready: Mapping[str, bool]) -> Table:
    environment, servers = here.environment, here.servers
    restarts = here.supervision.restarts()
    table = Table(
        "",
        said(environment, en="state", zh="状态"),
        said(environment, en="at", zh="地址"),
        said(environment, en="restarts", zh="重启"),
    )

    def told(name: str) -> str:
        return restarts_told(environment, restarts.get(name, Restarts()))

    table.add_row(RABBITMQ, *_server_row(environment, servers.broker), told(RABBITMQ))
    if restarts.get(MAPPER, Restarts()) != Restarts():
        table.add_row(MAPPER, "", "", told(MAPPER))
    table.add_row(MONGODB, *_server_row(environment, servers.database), told(MONGODB))
    for service in here.supervision.services():
        runs = here.supervision.process(service.name).running
        state = _state(here, runs, ready[service.name])
        table.add_row(service.name, state, service.address, told(service.name))
    return table


def restarts_told(environment: Environment, restarts: Restarts) -> str:
    """Return what a person wants to know of it; nothing if nothing happened."""
    if restarts.given_up:
        return said(environment, en="[red]given up[/red]", zh="[red]已放弃启动[/red]")
    if restarts.last is None:
        return ""
    here, today = restarts.last.astimezone(), datetime.now().astimezone().date()
    last = here.strftime("%H:%M" if here.date() == today else "%m-%d %H:%M")
    times = "once" if restarts.count == 1 else f"{restarts.count} times"
    return said(
        environment,
        en=f"restarted {times}, last {last}",
        zh=f"已重启 {restarts.count} 次，最近 {last}",
    )


ONLY = both(en="Only these services.", zh="只看这些服务。")
FOLLOW = both(en="Go on as lines come.", zh="持续显示新内容。")
LAST = both(en="How many of the last lines.", zh="显示末尾多少行。")


def logs(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE", help=ONLY)] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help=FOLLOW)] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", metavar="COUNT", help=LAST)] = 200,
) -> None:
    """Show what the services and their keeper said since they were started.

    显示各服务和看护进程启动以来的输出。
    """
    for word in services or ():
        if word not in SPEAKING:
            raise no_such("service", "服务", word, SPEAKING)
    supervision = Installation(environments.read()).supervision
    if not supervision.table_file.exists():
        raise Unprepared(
            en="There is no log yet: start the services with './shaobao up'.",
            zh="还没有日志：请先用 ./shaobao up 启动服务。",
        )
    said_by = LogLines({name: supervision.log_of(name) for name in services or SPEAKING})
    earlier = said_by.new()
    sys.stdout.writelines(earlier[-lines:] if lines > 0 else [])
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):  # which is how following ends
        while follow:
            time.sleep(FOLLOW_EVERY_SECONDS)
            sys.stdout.writelines(said_by.new())
            sys.stdout.flush()


def _server_row(environment: Environment, server: Broker | Database | None) -> tuple[str, str]:
    if server is None:
        return said(environment, en="your own", zh="自备"), ""
    if not server.running:
        return said(environment, en="[red]stopped[/red]", zh="[red]已停止[/red]"), ""
    running = said(environment, en="[green]running[/green]", zh="[green]运行中[/green]")
    return running, urlsplit(server.uri).netloc.rpartition("@")[2]


def _state(here: Installation, runs: bool, ready: bool) -> str:
    environment = here.environment
    if runs and here.supervision.leaving:
        return said(environment, en="[yellow]stopping[/yellow]", zh="[yellow]停止中[/yellow]")
    if ready:
        return said(environment, en="[green]ready[/green]", zh="[green]就绪[/green]")
    if runs:
        return said(environment, en="[yellow]starting[/yellow]", zh="[yellow]启动中[/yellow]")
    return said(environment, en="[red]stopped[/red]", zh="[red]已停止[/red]")
