"""`demo`: all set up, the story played by separate processes, told as it happens, checked."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer

from services.cli.commands.running import PORT_BASE
from services.common.clock import BEIJING, ClockMode
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import client
from services.common.eventlog.ports import LogReader
from services.common.http.tokens import issue, private_key
from services.common.running.business_time import scaled_clock
from services.common.running.stores import Stores
from services.demo import cast
from services.demo.__main__ import http_api, local_addresses
from services.demo.api import HttpApi
from services.demo.kpis import months_between, rows
from services.demo.narrating import Narrator, unit_in_words
from services.demo.outcome import SHOWN_TOWNS, faults
from services.demo.pace import (
    FULL,
    QUIET_SECONDS,
    STORY_SECONDS,
    pace_for,
    seconds_at,
    why_it_may_have_gone_wrong,
)
from services.demo.processes import acting
from services.demo.tables import TABLE_WIDTH, figure_table, footnotes
from services.local.alone import alone, end_when_asked
from services.local.installation import Installation
from services.local.ports_choice import chosen_ports
from services.local.secret_files import KEY_ID, Secrets
from services.local.service_table import Service, refuse_taken_ports
from services.operating.broker.users import address_for, apply_broker
from services.operating.registry.tables import answering_by_amqp, registry_of
from services.terminal import environment as environments
from services.terminal.console import (
    SignOfLife,
    console,
    console_of,
    said,
    sign_of_life,
    waiting_for,
)
from services.terminal.environment import SHIPPED_REGISTRY
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared

SETTLE_SECONDS: Final = 60
LEAVE: Final = both(
    en="Stop everything at the end; 0 if the story came out right.",
    zh="结束时全部停止；故事结果正确则退出码为 0。",
)
LOOK_SECONDS: Final = 1.0
LOOKING_LASTS: Final = timedelta(hours=1)  #: of the token that is shown


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays."""

    here: Installation
    lines: Mapping[str, str]  #: the AMQP address of each department, under its own name
    stores: Stores
    api: HttpApi
    services: Sequence[Service]
    rate: int  #: business seconds a second

    @property
    def logs(self) -> Mapping[str, LogReader]:
        """Every log."""
        return self.stores.readers()


def demo(
    leave: Annotated[
        bool,
        typer.Option("--exit", help=LEAVE),
    ] = False,
    port_base: Annotated[int | None, PORT_BASE] = None,
) -> None:
    """Set everything up, play the story of Tongzhou, show the figures; then stay up.

    全部启动，演示通州的故事并显示指标，随后保持运行。
    """
    here = Installation(environments.read())
    ports = chosen_ports(port_base, here.environment.ports, here.supervision.services())
    end_when_asked()
    with alone(here.environment.state_folder):
        here.refuse_a_second()
        _refuse_others_data(here)
        here.stop_leftovers()
        refuse_taken_ports(ports)
        registry_of(SHIPPED_REGISTRY)
        _tell_what_is_deleted(here)
        here.wipe()
        here.demo_mark.touch()
        with here.undone_on_failure():
            stage = _set_up(here, ports)
    with here.undone_on_failure():
        ended = _played(stage)
        right = _shown(stage) and ended
        if not leave:
            _stay(stage)
    with waiting_for(said(here.environment, en="Stopping", zh="正在停止")):
        here.stop()
    raise typer.Exit(0 if right or not leave else 1)


def _refuse_others_data(here: Installation) -> None:
    folder = here.environment.state_folder
    if (folder / "database").exists() and not here.demo_mark.exists():
        raise Unprepared(
            en=f"{folder} holds the data of './shaobao up', which a demo would delete: set "
            "SHAOBAO_HOME to another folder, or delete them with './shaobao reset'.",
            zh=f"{folder} 中有 ./shaobao up 的数据，演示会将其删除：请把 SHAOBAO_HOME "
            "设为另一个文件夹，或先执行 ./shaobao reset。",
        )


def _tell_what_is_deleted(here: Installation) -> None:
    if (here.environment.state_folder / "database").exists():
        en = "The last demo, and whatever was added to it, is deleted for this one."
        zh = "上一次演示及其后添加的内容将被删除，重新开始。"
        console.print(said(here.environment, en=en, zh=zh), soft_wrap=True)


def _set_up(here: Installation, ports: Mapping[str, int]) -> Stage:
    addresses = here.prepare()
    departments = answering_by_amqp(registry_of(SHIPPED_REGISTRY))
    passwords = apply_broker(addresses, here.secrets, departments)
    rate = pace_for(*_load())
    services = here.table(addresses, ClockMode("scaled", rate), ports)
    here.detach(services, tied=True)
    return Stage(
        here,
        {code: address_for(addresses.amqp_uri, code, passwords) for code in cast.DEPARTMENTS},
        Stores(client(addresses.mongodb_uri)),
        http_api(local_addresses(services), here.secrets),
        services,
        rate,
    )


def _load() -> tuple[float, int]:
    """Return the load of the last minute, and the cores that share it."""
    return os.getloadavg()[0], os.cpu_count() or 1


# -- the play --------------------------------------------------------------------------------------


def _played(stage: Stage) -> bool:
    """Let the actors play and tell what happens; say whether the story came to its end."""
    chart = LiveChart(stage.logs["dispatch"])
    chinese = stage.here.environment.chinese
    narrator = Narrator(stage.logs, lambda: chart.at(_business_now(stage)), chinese=chinese)
    _announce(stage)
    told = time.monotonic()
    until = told + seconds_at(stage.rate, STORY_SECONDS)
    quiet = seconds_at(stage.rate, QUIET_SECONDS)
    with acting(stage.here.environment.state_folder, stage.lines) as actors, sign_of_life() as life:
        while time.monotonic() < min(until, told + quiet):
            told = time.monotonic() if _tell(narrator, life) else told
            fallen = actors.fallen_for_good()
            if fallen:
                life.line_comes()
                again = _said(stage, en="An actor fell again and again", zh="演示角色反复异常退出")
                console.print(f"[red]{again}: {fallen[0]}[/]")
                return False
            if not faults(stage.logs, patrol_over=False):
                _tell(narrator, life)
                return True
            life.beat(_business_now(stage).astimezone(BEIJING).strftime("%m-%d %H:%M"))
            time.sleep(LOOK_SECONDS)
        _tell(narrator, life)
    for fault in faults(stage.logs, patrol_over=False):
        console.print(f"[red]{fault}[/]")
    why = why_it_may_have_gone_wrong(*_load(), stage.rate)
    console.print(_said(stage, en=why.en, zh=why.zh), soft_wrap=True)
    return False


def _announce(stage: Stage) -> None:
    """Say that the story begins, and how fast it plays."""
    begins = _said(
        stage,
        en=f"The story begins (1 s = {stage.rate // 60} min)",
        zh=f"故事开始（1 秒相当于 {stage.rate // 60} 分钟）",
    )
    console.print(begins, style="bold")
    if stage.rate < FULL:
        slower = _said(
            stage,
            en=f"This machine is busy, so the story takes {FULL // stage.rate} times as long.",
            zh=f"机器繁忙，故事放慢到平时的 1/{FULL // stage.rate}。",
        )
        console.print(slower)


def _tell(narrator: Narrator, life: SignOfLife) -> bool:
    """Say what is new; return whether the story went on by it. A patrol goes on for months."""
    went_on = False
    for line in narrator.lines():
        life.line_comes()
        shown = f"[dim]{line.at}[/] [bold]{line.said}[/] {line.details}".rstrip()
        console.print(shown, soft_wrap=True)
        went_on = went_on or line.event != "DutyCheckedIn"
    return went_on


# -- the figures -----------------------------------------------------------------------------------


def _shown(stage: Stage) -> bool:
    """Show the figures of both towns; say whether each equals its recount."""
    chart = LiveChart(stage.logs["dispatch"])
    right = True
    started, now = _business_start(stage), _business_now(stage)
    for unit in SHOWN_TOWNS:
        for month in months_between(started, now):
            right = _one_shown(stage, chart, unit, month) and right
    return right


def _one_shown(stage: Stage, chart: LiveChart, unit: str, month: str) -> bool:
    """Show one table. Metrics may still be catching up: it is asked until it has."""
    until = time.monotonic() + SETTLE_SECONDS
    with sign_of_life() as life:
        while True:
            today = chart.at(_business_now(stage))
            found = rows(stage.api, stage.logs, today, unit, month)
            if all(row.same for row in found) or time.monotonic() > until:
                break
            life.beat(_said(stage, en="Counting", zh="正在计算"))
            time.sleep(LOOK_SECONDS)
    same = all(row.same for row in found)
    if same and not any(row.told.numerator or row.told.denominator for row in found):
        return True  # the story has only begun to reach into that month
    paper = console if console.is_terminal else console_of(width=TABLE_WIDTH)
    chinese = stage.here.environment.chinese
    name = unit_in_words(unit, today, chinese=chinese)
    paper.print(figure_table(f"{name} {month}", found, chinese=chinese))
    for note in footnotes(found):
        console.print(note.said(chinese=chinese), soft_wrap=True)
    return same


def _business_now(stage: Stage) -> datetime:
    return scaled_clock(stage.stores.clock(), stage.rate).now()


def _business_start(stage: Stage) -> datetime:
    return scaled_clock(stage.stores.clock(), stage.rate).business_start


def figures_line(secrets: Secrets, metrics: str, now: datetime) -> str:
    """Return a shell's line that reads a town's figures of the month of `now` as an auditor.

    `metrics`: the address of the service.
    """
    key = private_key(secrets.signing_key)
    token = issue(key, KEY_ID, cast.AUDITOR.name, [cast.AUDITOR.role], lifetime=LOOKING_LASTS)
    month = now.astimezone(BEIJING).strftime("%Y-%m")
    url = f"{metrics}/v1/kpis/{cast.ZHANGJIAWAN}/{month}"
    return f"curl -H 'Authorization: Bearer {token}' {url}"


def _stay(stage: Stage) -> None:
    """Stay up until somebody stops it."""
    here = stage.here
    console.print(_said(stage, en="It stays up. Look at:", zh="服务保持运行，可访问："))
    for service in stage.services:
        console.print(f"  {service.name:<12}{service.address}  /docs  /health/ready  /metrics")
    console.print(_said(stage, en="And for an hour:", zh="一小时内还可执行："))
    metrics = local_addresses(stage.services)["metrics"]
    console.print(figures_line(here.secrets, metrics, _business_now(stage)), soft_wrap=True)
    stop = _said(
        stage, en="Stop with Ctrl-C or ./shaobao down", zh="用 Ctrl-C 或 ./shaobao down 停止"
    )
    console.print(stop)
    for _ in here.attend():
        pass


def _said(stage: Stage, *, en: str, zh: str) -> str:
    return said(stage.here.environment, en=en, zh=zh)
