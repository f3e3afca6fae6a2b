"""`up`, `down`, `reset`: starting and stopping everything of one state folder."""

import shutil
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from services.cli import environment as environments
from services.cli.environment import SHIPPED_REGISTRY, Environment
from services.cli.languages import both
from services.cli.operating.broker_rights import apply_broker
from services.cli.operating.registry import registry_of
from services.cli.polling import until
from services.cli.readiness import not_ready
from services.cli.secret_files import Secrets
from services.cli.servers.backing import Addresses, BackingServers
from services.cli.service_table import HTTP_PORTS, Clock, Service, our_services, refuse_taken_ports
from services.cli.supervisor import Supervision
from services.cli.terminal import confirm, console, said, waiting_for
from services.cli.unprepared import Unprepared

READY_DEADLINE_SECONDS = 60
DETACH = both(en="Return when every service is ready.", zh="各服务就绪后即返回。")
CLOCK = both(
    en="Business time: real, scaled or stepped.",
    zh="业务时间：real 真实、scaled 加速、stepped 逐步。",
)
RATE = both(
    en="With a scaled clock: business seconds a second.",
    zh="加速时钟：每秒相当于多少业务秒。",
)
YES = both(en="Don't ask.", zh="不再询问。")
WIPED = ("broker", "database", "services", "secrets")


@dataclass(frozen=True, slots=True)
class Installation:
    """Broker, database, secrets and services of one state folder."""

    environment: Environment

    @property
    def servers(self) -> BackingServers:
        """Broker and database."""
        return BackingServers(self.environment)

    @property
    def supervision(self) -> Supervision:
        """The services."""
        return Supervision(self.environment.state_folder)

    @property
    def secrets(self) -> Secrets:
        """Keys."""
        return Secrets(self.environment.state_folder / "secrets")

    def prepare(self) -> Addresses:
        """Secrets made, broker and database up.

        Raises:
            Unprepared: Something can't be had or doesn't answer.
        """
        self.secrets.make_missing()
        with waiting_for(self._said(en="RabbitMQ", zh="消息服务器 RabbitMQ")):
            self.servers.start_broker()
        with waiting_for(self._said(en="MongoDB", zh="数据库 MongoDB")):
            self.servers.start_database()
        return self.servers.addresses()

    def run(self, services: list[Service]) -> int:
        """Keep the services in the foreground; stop everything afterwards."""
        try:
            return self.supervision.keep(services, echo=sys.stdout)
        finally:
            self.stop()

    def detach(self, services: list[Service]) -> None:
        """Start the services in the background; return when every one is ready.

        Raises:
            Unprepared: One fell, or wasn't ready in time.
        """
        self.supervision.detach(services)
        with waiting_for(self._said(en="The services", zh="各服务")):
            until(
                lambda: not self.supervision.keeper.running or not not_ready(services),
                deadline_seconds=READY_DEADLINE_SECONDS,
            )
        late = not_ready(services)
        if late:
            raise Unprepared(
                en=f"Not ready after {READY_DEADLINE_SECONDS} s or fallen: {', '.join(late)}; "
                f"what they said is in {self.supervision.log_file}.",
                zh=f"未能就绪：{'、'.join(late)}；原因见 {self.supervision.log_file}。",
            )

    def stop(self) -> None:
        """Stop the services, then the servers that are ours."""
        self.supervision.stop()
        self.servers.stop()

    def wipe(self) -> None:
        """Stop everything and delete data, logs and secrets of this state folder."""
        self.supervision.stop()
        self.servers.wipe()
        for name in WIPED:
            shutil.rmtree(self.environment.state_folder / name, ignore_errors=True)

    def _said(self, *, en: str, zh: str) -> str:
        return said(self.environment, en=en, zh=zh)


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help=DETACH)] = False,
    clock: Annotated[str, typer.Option(help=CLOCK, metavar="MODE")] = "real",
    rate: Annotated[int, typer.Option(help=RATE)] = 1,
) -> None:
    """Start broker, database and the four services.

    启动消息服务器、数据库和四个服务。
    """
    environment = environments.read()
    here = Installation(environment)
    if here.supervision.running:
        raise Unprepared(
            en="The services are running already: './shaobao status' shows them, "
            "'./shaobao down' stops them.",
            zh="服务已在运行：用 ./shaobao status 查看，用 ./shaobao down 停止。",
        )
    refuse_taken_ports(HTTP_PORTS)
    registry_of(SHIPPED_REGISTRY)
    try:
        addresses = here.prepare()
        if addresses.management_uri is not None:
            apply_broker(addresses, here.secrets, SHIPPED_REGISTRY)
        services = our_services(addresses, here.secrets, clock=Clock(mode=clock, rate=rate))
        if not detach:
            raise typer.Exit(here.run(services))
        here.detach(services)
    except Unprepared:
        here.stop()
        raise
    for service in services:
        console.print(f"{service.name:<12}{service.address}")


def down() -> None:
    """Stop the services, then broker and database; the data stay.

    停止各服务，再停止消息服务器和数据库；数据保留。
    """
    environment = environments.read()
    with waiting_for(said(environment, en="Stopping", zh="正在停止")):
        Installation(environment).stop()


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
        Installation(environment).wipe()
    if environment.mongodb_uri or environment.amqp_uri:
        console.print(
            said(
                environment,
                en="The servers named in AMQP_URI and MONGODB_URI were left as they are.",
                zh="AMQP_URI 和 MONGODB_URI 指定的服务器未作改动。",
            )
        )
