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
from services.cli.readiness import is_ready
from services.cli.servers.broker import Broker
from services.cli.servers.database import Database
from services.cli.terminal import console, said
from services.cli.unprepared import Unprepared
from services.common.observability.visible import visible

FOLLOW_EVERY_SECONDS = 0.2


def status() -> None:
    """Show what runs and where; exit 1 unless every service is ready.

    From a container no service can be seen: then exit 1 if the databases don't answer, or tell of
    an orphan, a parked stream, or that no service was ever started.
    """
    environment = environments.read()
    here = Installation(environment)
    table = Table(
        "", said(environment, en="state", zh="状态"), said(environment, en="at", zh="地址")
    )
    table.add_row("rabbitmq", *_server_row(here.servers.broker))
    table.add_row("mongodb", *_server_row(here.servers.database))
    services = here.supervision.services()
    ready = {service.name: is_ready(service) for service in services}
    for service in services:
        runs = here.supervision.process(service.name).running
        table.add_row(service.name, _state(runs, ready[service.name]), service.address)
    console.print(table)
    reachable = here.servers.database is None or here.servers.database.running
    well = reachable and show_vital_signs()
    if not (all(ready.values()) if services else well):
        raise typer.Exit(1)


def logs(
    services: Annotated[
        list[str] | None, typer.Argument(help="Only these services.", metavar="[SERVICE]...")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 200,
) -> None:
    """Show what the services said since they were started."""
    log = Installation(environments.read()).supervision.log_file
    if not log.exists():
        raise Unprepared(
            en="There is no log yet: start the services with './shaobao up'.",
            zh="还没有日志：请先用 ./shaobao up 启动服务。",
        )
    _show(log, _of(services), lines=lines, follow=follow)


def _server_row(server: Broker | Database | None) -> tuple[str, str]:
    if server is None:
        return "named", ""
    if not server.running:
        return "[red]stopped[/red]", ""
    return "[green]running[/green]", server.uri.rpartition("@")[2].removeprefix("mongodb://")


def _state(runs: bool, ready: bool) -> str:
    if ready:
        return "[green]ready[/green]"
    return "[yellow]starting[/yellow]" if runs else "[red]stopped[/red]"


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
