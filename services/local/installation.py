"""Everything of one state folder: broker, database, secrets and services, started and stopped."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.common.clock import ClockMode
from services.common.eventlog.mongo import client
from services.common.running.business_time import AnotherClock, agree, recorded_mode
from services.common.running.stores import Stores
from services.local.clock_choice import another_clock
from services.local.polling import until
from services.local.readiness import not_ready
from services.local.room import refuse_without_room
from services.local.secret_files import Secrets
from services.local.servers.backing import Addresses, BackingServers
from services.local.service_table import Service, last_clock, our_services
from services.local.supervisor import BEING_STOPPED, KEEPER_SECONDS, MONGODB, RABBITMQ, Supervision
from services.terminal.console import console, said, waiting_for
from services.terminal.environment import Environment, inherited
from services.terminal.unprepared import Unprepared

READY_DEADLINE_SECONDS: Final = 60
ATTEND_SECONDS: Final = 0.2
WIPED: Final = ("broker", "database", "services", "secrets")


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

    @property
    def running(self) -> bool:
        """Whether anything of it runs: keeper, services, broker or database."""
        ours = (self.servers.broker, self.servers.database)
        return self.supervision.running or any(each is not None and each.running for each in ours)

    # -- before anything starts --------------------------------------------------------------------

    def refuse_a_second(self) -> None:
        """Raise Unprepared if a keeper is at work here; one that is leaving is waited for."""
        if self.supervision.leaving:
            with waiting_for(self._said(**BEING_STOPPED)):
                until(lambda: not self.supervision.leaving, deadline_seconds=KEEPER_SECONDS)
        if self.supervision.keeper.running:
            raise Unprepared(
                en="The services are running already: './shaobao status' shows them, "
                "'./shaobao down' stops them.",
                zh="服务已在运行：用 ./shaobao status 查看，用 ./shaobao down 停止。",
            )

    def refuse_another_clock(self, asked: ClockMode | None) -> None:
        """Compare the clock that is asked for with the one the services ran with last.

        Raises:
            Unprepared: It is another one.
        """
        kept = last_clock(self.supervision.services())
        if asked is not None and kept is not None and asked != kept:
            raise another_clock(AnotherClock(kept=kept, wanted=asked))

    @property
    def demo_mark(self) -> Path:
        """The file that says: what lies here is a demo's, and may be deleted for the next."""
        return self.environment.state_folder / "demo"

    def stop_leftovers(self) -> None:
        """Stop, and name, what a killed keeper has left running."""
        left = self.supervision.living()
        if left:
            names = ", ".join(left)
            self._tell(
                en=f"The keeper was killed and left {names} running: stopped, to start anew.",
                zh=f"看护进程曾被终止，{names} 仍在运行：先停止，再重新启动。",
            )
        self.supervision.stop()

    # -- starting ----------------------------------------------------------------------------------

    def prepare(self) -> Addresses:
        """Secrets made, broker and database up.

        Raises:
            Unprepared: Something can't be had or doesn't answer.
        """
        refuse_without_room(self.environment.state_folder)
        self.secrets.make_missing()
        with waiting_for(self._said(en="RabbitMQ", zh="消息服务器 RabbitMQ")):
            self.servers.start_broker()
        with waiting_for(self._said(en="MongoDB", zh="数据库 MongoDB")):
            self.servers.start_database()
        return self.servers.addresses()

    def table(
        self, addresses: Addresses, asked: ClockMode | None, ports: Mapping[str, int]
    ) -> list[Service]:
        """Return the services as they are to run, with the clock that the databases have.

        Raises:
            Unprepared: They have another one than is asked for.
        """
        clock = self._settled_clock(addresses, asked)
        return our_services(addresses, self.secrets, clock=clock, ports=ports)

    def _settled_clock(self, addresses: Addresses, asked: ClockMode | None) -> ClockMode:
        """Return what the databases have, else what is asked for, else real; it is for good."""
        with client(addresses.mongodb_uri) as connected:
            stores = Stores(connected, inherited().get("DATABASE_PREFIX", ""))
            mode = asked or recorded_mode(stores) or ClockMode()
            try:
                agree(stores, mode)
            except AnotherClock as error:
                raise another_clock(error) from error
        return mode

    def detach(self, services: Sequence[Service], *, tied: bool = False) -> None:
        """Start the services under a keeper; return when every one is ready.

        With `tied` the keeper stops everything when this process dies.

        Raises:
            Unprepared: One fell for good, or wasn't ready in time.
        """
        self.supervision.detach(services, servers=self._ours(), tied=tied)
        with waiting_for(self._said(en="The services", zh="各服务")):
            until(
                lambda: self._hopeless() or not not_ready(services),
                deadline_seconds=READY_DEADLINE_SECONDS,
            )
        late = not_ready(services)
        if late:
            raise Unprepared(
                en=f"Not ready after {READY_DEADLINE_SECONDS} s or fallen: {', '.join(late)}; "
                f"what they said: ./shaobao logs {' '.join(late)}",
                zh=f"未能就绪：{'、'.join(late)}；原因见 ./shaobao logs {' '.join(late)}",
            )

    def _hopeless(self) -> bool:
        given_up = any(each.given_up for each in self.supervision.restarts().values())
        return given_up or not self.supervision.keeper.running

    def _ours(self) -> list[str]:
        servers = self.servers
        ours = {RABBITMQ: servers.broker, MONGODB: servers.database}
        return [name for name, server in ours.items() if server is not None]

    def attend(self) -> Iterator[None]:
        """Yield again and again until the keeper ends in order; one that was killed is replaced.

        It ends, too, where the state folder was moved or deleted, and says so.
        """
        while self.supervision.keeper.running or self.supervision.lost_keeper:
            if self.supervision.lost_keeper:
                self._tell(
                    en="The keeper was killed: another one takes over what runs.",
                    zh="看护进程被终止：由新的看护进程接管。",
                )
                self.supervision.start_keeper(self._ours(), tied=True)
            yield
            time.sleep(ATTEND_SECONDS)
        folder = self.environment.state_folder
        if not folder.exists():
            self._tell(
                en=f"{folder} was moved or deleted: what ran in it is being stopped. "
                "'./shaobao up' starts it where it is now.",
                zh=f"{folder} 已被移动或删除：其中运行的一切随之停止。"
                "可在新位置执行 ./shaobao up 重新启动。",
            )

    # -- stopping ----------------------------------------------------------------------------------

    @contextmanager
    def undone_on_failure(self) -> Iterator[None]:
        """Stop everything if what is inside fails or somebody ends it."""
        try:
            yield
        except BaseException:
            with waiting_for(self._said(en="Stopping", zh="正在停止")):
                self.stop()
            raise

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
        self.demo_mark.unlink(missing_ok=True)

    def _tell(self, *, en: str, zh: str) -> None:
        console.print(self._said(en=en, zh=zh), soft_wrap=True)

    def _said(self, *, en: str, zh: str) -> str:
        return said(self.environment, en=en, zh=zh)
