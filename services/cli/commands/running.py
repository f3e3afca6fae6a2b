"""`up`, `down`, `restart`, `reset`: starting and stopping everything of one state folder."""

import sys
from typing import Annotated

import typer

from services.cli.spoken import no_such
from services.common.clock import ClockMode
from services.local.alone import alone, end_when_asked, stop_starting
from services.local.clock_choice import asked_mode
from services.local.installation import Installation
from services.local.log_lines import LogLines
from services.local.polling import until
from services.local.ports_choice import chosen_ports
from services.local.readiness import not_ready
from services.local.service_table import Service, refuse_taken_ports
from services.local.supervisor import KEEPER, NOT_KEPT
from services.operating.broker.users import apply_broker
from services.operating.registry.tables import answering_by_amqp, registry_of
from services.terminal import environment as environments
from services.terminal.console import confirm, console, said, waiting_for
from services.terminal.environment import SHIPPED_REGISTRY
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared, WrongWord

RESTART_SECONDS = 120

DETACH = both(en="Return when every service is ready.", zh="各服务就绪后即返回。")
CLOCK = both(
    en="Business time of a new installation: real, scaled or stepped. It stays.",
    zh="新安装的业务时间：real 真实、scaled 加速、stepped 逐步。以后不变。",
)
RATE = both(
    en="With a scaled clock: business seconds a second.",
    zh="加速时钟：每秒相当于多少业务秒。",
)
PORT_BASE = typer.Option(
    metavar="PORT",
    help=both(
        en="Services answer on the four ports after it; remembered.",
        zh="各服务使用其后的四个端口；以后沿用。",
    ),
)
KEPT = both(en="A service or a server of ours.", zh="一个服务或自带的服务器。")
YES = both(en="Don't ask.", zh="不再询问。")


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help=DETACH)] = False,
    clock: Annotated[str | None, typer.Option(metavar="MODE", help=CLOCK)] = None,
    rate: Annotated[int | None, typer.Option(help=RATE)] = None,
    port_base: Annotated[int | None, PORT_BASE] = None,
) -> None:
    """Start broker, database and the four services, and keep them running.

    启动消息服务器、数据库和四个服务，并保持运行。
    """
    here = Installation(environments.read())
    asked = asked_mode(clock, rate)
    here.refuse_another_clock(asked)
    ports = chosen_ports(port_base, here.environment.ports, here.supervision.services())
    end_when_asked()
    with alone(here.environment.state_folder):
        here.refuse_a_second()
        here.stop_leftovers()
        refuse_taken_ports(ports)
        registry_of(SHIPPED_REGISTRY)
        with here.undone_on_failure():
            services = _started(here, asked, ports, tied=not detach)
    if here.demo_mark.exists():
        console.print(
            said(
                here.environment,
                en="This folder holds a demo: its orders, and its fast clock, by which what was "
                "left open goes on getting late. For your own: './shaobao reset', then "
                "'./shaobao up'.",
                zh="此文件夹中是演示数据，时钟也是演示用的快速时钟，未办结的事项会继续超时。"
                "要开始自己的数据：先执行 ./shaobao reset，再执行 ./shaobao up。",
            ),
            soft_wrap=True,
        )
    for service in services:
        console.print(f"{service.name:<12}{service.address}  /docs")
    if not detach:
        with here.undone_on_failure():
            _attended(here, services)


def _started(
    here: Installation, asked: ClockMode | None, ports: dict[str, int], *, tied: bool
) -> list[Service]:
    addresses = here.prepare()
    if addresses.management_uri is not None:
        departments = answering_by_amqp(registry_of(SHIPPED_REGISTRY))
        apply_broker(addresses, here.secrets, departments)
    services = here.table(addresses, asked, ports)
    here.detach(services, tied=tied)
    return services


def _attended(here: Installation, services: list[Service]) -> None:
    """Show what everybody says until somebody ends it."""
    supervision = here.supervision
    names = [KEEPER, *(each.name for each in services)]
    lines = LogLines({name: supervision.log_of(name) for name in names})
    for _ in here.attend():
        for line in lines.new():
            sys.stdout.write(line)
        sys.stdout.flush()


def down() -> None:
    """Stop the services, then broker and database; the data stay.

    停止各服务，再停止消息服务器和数据库；数据保留。
    """
    environment = environments.read()
    here = Installation(environment)
    ran = here.running
    if here.supervision.lost_keeper and (left := here.supervision.living()):
        names = ", ".join(left)
        console.print(
            said(
                environment,
                en=f"The keeper was killed and left {names} running.",
                zh=f"看护进程曾被终止，{names} 仍在运行。",
            )
        )
    with waiting_for(said(environment, en="Stopping", zh="正在停止")):
        ran = stop_starting(environment.state_folder) or ran
        here.stop()
    if not ran:
        console.print(
            said(
                environment,
                en=f"Nothing ran in {environment.state_folder}.",
                zh=f"{environment.state_folder} 中没有正在运行的服务。",
            ),
            soft_wrap=True,
        )


def restart(
    service: Annotated[str | None, typer.Argument(metavar="NAME", help=KEPT)] = None,
) -> None:
    """Stop one service, or one server of ours, in order and start it again at once.

    正常停止一个服务（或自带的服务器），并立即重新启动。

    Without NAME it says which there are, and restarts nothing.

    不带 NAME 时只列出可选名称，不作重启。
    """
    environment = environments.read()
    here = Installation(environment)
    supervision = here.supervision
    if not supervision.keeper.running:
        raise Unprepared(**NOT_KEPT)
    known = supervision.restarts()
    if service is None:
        raise WrongWord(
            en=f"Say which: './shaobao restart NAME'. There are: {', '.join(known)}.",
            zh=f"请指定要重启的名称：./shaobao restart <名称>。可选：{'、'.join(known)}。",
        )
    if service not in known:
        raise no_such("service", "服务", service, tuple(known))
    supervision.request_of(service).touch()
    kept = [each for each in supervision.services() if each.name == service]
    with waiting_for(service):
        done = until(
            lambda: not supervision.request_of(service).exists() and not not_ready(kept),
            deadline_seconds=RESTART_SECONDS,
        )
    if not done:
        raise Unprepared(
            en=f"{service} was not ready again after {RESTART_SECONDS} s: './shaobao status' and "
            "'./shaobao logs' show why.",
            zh=f"{service} 在 {RESTART_SECONDS} 秒后仍未就绪：原因见 ./shaobao status 和 "
            "./shaobao logs。",
        )


def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help=YES)] = False,
) -> None:
    """Stop everything and delete its data, logs and secrets.

    全部停止，并删除数据、日志和密钥。
    """
    environment = environments.read()
    question = said(
        environment,
        en=f"Delete every log, read model, text and key in {environment.state_folder}?",
        zh=f"删除 {environment.state_folder} 中的全部日志、读模型、文本和密钥？",
    )
    if not yes:
        confirm(question)
    with waiting_for(said(environment, en="Deleting", zh="正在删除")):
        stop_starting(environment.state_folder)
        Installation(environment).wipe()
    if environment.mongodb_uri or environment.amqp_uri:
        console.print(
            said(
                environment,
                en="The servers named in AMQP_URI and MONGODB_URI were left as they are.",
                zh="AMQP_URI 和 MONGODB_URI 指定的服务器未作改动。",
            )
        )
