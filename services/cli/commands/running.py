"""`up`, `down`, `restart`, `reset`: starting and stopping everything of one state folder."""

import sys
from typing import Annotated

import typer

from services.cli import environment as environments
from services.cli.alone import alone, end_when_asked, stop_starting
from services.cli.clock_choice import asked_mode
from services.cli.environment import CHECKOUT
from services.cli.installation import Installation
from services.cli.lines import LogLines
from services.cli.operating.broker_rights import apply_broker
from services.cli.polling import until
from services.cli.ports_choice import chosen_ports
from services.cli.readiness import not_ready
from services.cli.service_table import Service, refuse_taken_ports
from services.cli.supervisor import KEEPER
from services.cli.terminal import console, said, waiting_for
from services.cli.unprepared import Unprepared
from services.common.clock import ClockMode

RESTART_SECONDS = 120

PORT_BASE = typer.Option(
    help="Services answer on the four ports after it; remembered.", metavar="PORT"
)


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when every service is ready.")
    ] = False,
    clock: Annotated[
        str | None,
        typer.Option(
            help="Business time of a new installation: real, scaled or stepped. It stays.",
            metavar="MODE",
        ),
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help="With a scaled clock: business seconds a second.")
    ] = None,
    port_base: Annotated[int | None, PORT_BASE] = None,
) -> None:
    """Start broker, database and the four services, and keep them running."""
    here = Installation(environments.read())
    asked = asked_mode(clock, rate)
    here.refuse_another_clock(asked)
    ports = chosen_ports(port_base, here.environment.ports, here.supervision.services())
    end_when_asked()
    with alone(here.environment.state_folder):
        here.refuse_a_second()
        here.stop_leftovers()
        refuse_taken_ports(ports)
        with here.undone_on_failure():
            services = _started(here, asked, ports, tied=not detach)
    for service in services:
        console.print(f"{service.name:<12}{service.address}")
    if not detach:
        with here.undone_on_failure():
            _attended(here, services)


def _started(
    here: Installation, asked: ClockMode | None, ports: dict[str, int], *, tied: bool
) -> list[Service]:
    addresses = here.prepare()
    if addresses.management_uri is not None:
        apply_broker(addresses, here.secrets, CHECKOUT / "deploy" / "registry")
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
    """Stop the services, then broker and database; the data stay."""
    environment = environments.read()
    here = Installation(environment)
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
        stop_starting(environment.state_folder)
        here.stop()


def restart(
    service: Annotated[str, typer.Argument(help="One of those that status names.")],
) -> None:
    """Stop one service, or one server of ours, in order and start it again at once."""
    environment = environments.read()
    here = Installation(environment)
    supervision = here.supervision
    if not supervision.keeper.running:
        raise Unprepared(
            en="Nothing is kept running here: './shaobao up' starts everything.",
            zh="这里没有正在看护的服务：./shaobao up 可全部启动。",
        )
    known = supervision.restarts()
    if service not in known:
        raise Unprepared(
            en=f"There is no '{service}' here: {', '.join(known)}.",
            zh=f"这里没有“{service}”，只有：{'、'.join(known)}。",
        )
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
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Stop everything and delete its data, logs and secrets."""
    environment = environments.read()
    question = said(
        environment,
        en=f"Delete every log, read model, text and key in {environment.state_folder}?",
        zh=f"删除 {environment.state_folder} 中的全部日志、读模型、文本和密钥？",
    )
    if not yes:
        typer.confirm(question, abort=True)
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
