"""`status` and `logs`: what runs, and what it says."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.table import Table

from services.cli import environment as environments
from services.cli.commands.running import Installation
from services.cli.commands.vital_signs import show_vital_signs
from services.cli.environment import Environment
from services.cli.languages import both
from services.cli.readiness import is_ready
from services.cli.servers.broker import Broker
from services.cli.servers.database import Database
from services.cli.spoken import no_such
from services.cli.terminal import console, said
from services.cli.unprepared import Unprepared
from services.common.contracts.streams import SERVICES
from services.common.observability.visible import visible

FOLLOW_EVERY_SECONDS = 0.2
#: Who says something in the log: the services, and their keeper.
SPEAKING = (*SERVICES, "system")


def status() -> None:
    """Show what runs and where; exit 1 unless every service is ready.

    显示运行情况和地址；并非所有服务都就绪时退出码为 1。

    From a container no service can be seen: then exit 1 if the databases don't answer, or tell of
    an orphan, a parked stream, or that no service was ever started.

    在容器中看不到服务进程：数据库无响应，或有无人计时的诉求、停放的事件流，或从未启动过服务时，
    退出码为 1。
    """
    environment = environments.read()
    here = Installation(environment)
    table = Table(
        "", said(environment, en="state", zh="状态"), said(environment, en="at", zh="地址")
    )
    table.add_row("rabbitmq", *_server_row(environment, here.servers.broker))
    table.add_row("mongodb", *_server_row(environment, here.servers.database))
    services = here.supervision.services()
    ready = {service.name: is_ready(service) for service in services}
    for service in services:
        runs = here.supervision.process(service.name).running
        table.add_row(service.name, _state(environment, runs, ready[service.name]), service.address)
    console.print(table)
    reachable = here.servers.database is None or here.servers.database.running
    well = reachable and show_vital_signs()
    if not (all(ready.values()) if services else well):
        raise typer.Exit(1)


def logs(
    services: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SERVICE]...",
            help=both(en="Only these services.", zh="只看这些服务。"),
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help=both(en="Go on as lines come.", zh="持续显示新内容。")),
    ] = False,
    lines: Annotated[
        int,
        typer.Option(
            "--lines",
            "-n",
            metavar="COUNT",
            help=both(en="How many of the last lines.", zh="显示末尾多少行。"),
        ),
    ] = 200,
) -> None:
    """Show what the services said since they were started.

    显示各服务启动以来的输出。
    """
    for word in services or ():
        if word not in SPEAKING:
            raise no_such("service", "服务", word, SPEAKING)
    log = Installation(environments.read()).supervision.log_file
    if not log.exists():
        raise Unprepared(
            en="There is no log yet: start the services with './shaobao up'.",
            zh="还没有日志：请先用 ./shaobao up 启动服务。",
        )
    _show(log, _of(services), lines=lines, follow=follow)


def _server_row(environment: Environment, server: Broker | Database | None) -> tuple[str, str]:
    if server is None:
        return said(environment, en="your own", zh="自备"), ""
    if not server.running:
        return f"[red]{_stopped(environment)}[/red]", ""
    running = said(environment, en="running", zh="运行中")
    return f"[green]{running}[/green]", server.uri.rpartition("@")[2].removeprefix("mongodb://")


def _state(environment: Environment, runs: bool, ready: bool) -> str:
    if ready:
        return f"[green]{said(environment, en='ready', zh='就绪')}[/green]"
    if runs:
        return f"[yellow]{said(environment, en='starting', zh='启动中')}[/yellow]"
    return f"[red]{_stopped(environment)}[/red]"


def _stopped(environment: Environment) -> str:
    return said(environment, en="stopped", zh="已停止")


def _of(services: list[str] | None) -> Callable[[str], bool]:
    """Lines look like `TIME NAME   | TEXT`."""
    if not services:
        return lambda _line: True
    wanted = frozenset(services)
    return lambda line: (
        line.partition("|")[0].split()[-1:] != [] and (line.partition("|")[0].split()[-1] in wanted)
    )


def _show(log: Path, wanted: Callable[[str], bool], *, lines: int, follow: bool) -> None:
    with log.open(encoding="utf-8", errors="replace") as stream:
        earlier = [visible(line) for line in stream if wanted(line)]
        sys.stdout.writelines(earlier[-lines:] if lines > 0 else [])
        sys.stdout.flush()
        for line in _coming(stream) if follow else ():
            if wanted(line):
                sys.stdout.write(visible(line))
                sys.stdout.flush()


def _coming(stream: TextIO) -> Iterator[str]:
    while True:
        line = stream.readline()
        if line:
            yield line
        else:
            time.sleep(FOLLOW_EVERY_SECONDS)
