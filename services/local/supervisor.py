"""What runs here, seen from outside the keeper: pid files, logs, how often something died.

The keeper itself (`services.local.keeper`) is a process of its own, also under a foreground `up`.
"""

import json
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from services.local.secret_files import write_private
from services.local.servers import logs
from services.local.servers.process import ServerProcess
from services.local.service_table import Service, load, save
from services.terminal.environment import CHECKOUT, inherited

DRAIN_SECONDS = 20  #: what a service may take to finish what it has in hand
KEEPER_SECONDS = 120  #: what a keeper may take to stop everything, servers included
KEEPER: Final = "keeper"
LEAVING: Final = "leaving"  #: a file: the keeper stops everything, since its folder was moved
MAPPER: Final = "port-mapper"
RABBITMQ: Final = "rabbitmq"
MONGODB: Final = "mongodb"
BEING_STOPPED: Final = {
    "en": "This folder was moved: what ran in it is being stopped",
    "zh": "此文件夹已被移动：其中运行的一切正在停止",
}
NOT_KEPT: Final = {
    "en": "Nothing is kept running here: './shaobao up' starts everything.",
    "zh": "这里没有正在看护的服务：./shaobao up 可全部启动。",
}


@dataclass(frozen=True, slots=True)
class Restarts:
    """How often the keeper has started a part again, and whether it has given up on it."""

    count: int = 0
    last: datetime | None = None
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Supervision:
    """The services of one state folder: their table, pid files and logs."""

    state_folder: Path

    @property
    def folder(self) -> Path:
        """Everything about the running services."""
        return self.state_folder / "services"

    @property
    def table_file(self) -> Path:
        """What is to run (`service_table.save`)."""
        return self.folder / "table.json"

    def log_of(self, name: str) -> Path:
        """What a service, or the keeper, says; of the run before: `servers.logs.earlier`."""
        return self.folder / f"{name}.log"

    @property
    def keeper(self) -> ServerProcess:
        """The process that keeps the others running."""
        return self.process(KEEPER)

    def services(self) -> list[Service]:
        """What is to run, or ran last."""
        return load(self.table_file)

    def process(self, name: str) -> ServerProcess:
        """One service's process."""
        return ServerProcess(self.folder / f"{name}.pid")

    def living(self) -> list[str]:
        """Return the names of the services that live."""
        return [each.name for each in self.services() if self.process(each.name).running]

    @property
    def running(self) -> bool:
        """Whether the keeper or any service lives."""
        return self.keeper.running or bool(self.living())

    @property
    def lost_keeper(self) -> bool:
        """Whether the keeper was killed: one that ended in order leaves no pid file."""
        return self.keeper.mark is not None and not self.keeper.running

    @property
    def leaving(self) -> bool:
        """Whether the keeper is stopping everything, because this folder was moved here."""
        return (self.folder / LEAVING).exists() and self.keeper.running

    # -- starting and stopping ---------------------------------------------------------------------

    def detach(
        self, services: Iterable[Service], *, servers: Iterable[str] = (), tied: bool = False
    ) -> None:
        """Begin a run: keep the services, and those private `servers` that are named.

        The keeper outlives this process, unless it is `tied` to it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        table = list(services)
        save(self.table_file, table)
        self.standings_file.unlink(missing_ok=True)
        for name in (KEEPER, *(each.name for each in table)):
            self.request_of(name).unlink(missing_ok=True)
            logs.begin(self.log_of(name))
        self.start_keeper(servers, tied=tied)

    def start_keeper(self, servers: Iterable[str], *, tied: bool) -> None:
        """Start a keeper for what the table names; what runs already is taken over."""
        self.keeper.spawn(
            [sys.executable, "-m", "services.local.keeper", str(self.state_folder), *servers],
            env={**inherited(), "PYTHONPATH": str(CHECKOUT)},
            log=self.log_of(KEEPER),
            tied=tied,
        )

    def stop(self) -> None:
        """Let everything finish what it has in hand, then stop it. Twice is no error."""
        self.keeper.stop(deadline_seconds=KEEPER_SECONDS)
        self.stop_services()

    def stop_services(self) -> None:
        """Ask all at once, then wait for each."""
        for service in self.services():
            mark = self.process(service.name).mark
            if mark is not None:
                mark.signal(signal.SIGTERM)
        for service in self.services():
            self.stop_service(service)

    def stop_service(self, service: Service) -> None:
        """Let one service finish what it has in hand, then stop it."""
        self.process(service.name).stop(deadline_seconds=DRAIN_SECONDS)

    # -- what passes between the keeper and others -------------------------------------------------

    def request_of(self, name: str) -> Path:
        """A file that asks the keeper to restart a part; it removes it when that is done."""
        return self.folder / f"{name}.restart"

    @property
    def standings_file(self) -> Path:
        """How often each part was started again, written by the keeper."""
        return self.folder / "standings.json"

    def write_standings(self, rows: Mapping[str, object]) -> None:
        """Replace it in one step."""
        write_private(self.standings_file, json.dumps(rows).encode())

    def restarts(self) -> dict[str, Restarts]:
        """Return how often each part was started again in this run, by name."""
        if not self.standings_file.exists():
            return {}
        rows = json.loads(self.standings_file.read_text(encoding="utf-8"))
        return {
            name: Restarts(
                row["restarts"],
                datetime.fromisoformat(row["restarted_at"]) if row["restarted_at"] else None,
                row["given_up"],
            )
            for name, row in rows.items()
        }
