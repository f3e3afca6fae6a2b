"""Keeps the services running, with honcho: if one falls, all stop and the log says which.

Runs in the foreground under `up`, or as a process of its own under `up --detach`:
`python -m services.cli.supervisor STATE_FOLDER`.
"""

import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from honcho import manager
from honcho.manager import Manager
from honcho.printer import Message, Printer

from services.cli.environment import CHECKOUT, inherited
from services.cli.servers.process import Mark, ServerProcess
from services.cli.service_table import Service, load, save

DRAIN_SECONDS = 20  #: what a service may take to finish what it has in hand
LOG_TIME = "%Y-%m-%dT%H:%M:%S"

# Writes the shell's own pid and start (as Mark has them), then becomes the service: a service
# whose keeper was killed can still be found and stopped.
_RECORD = 'set -- $(cat /proc/$$/stat) && echo "$$ ${{22}}" > {pid_file} && exec {command}'


@dataclass(frozen=True, slots=True)
class Supervision:
    """The services of one state folder: their table, pid files and log."""

    state_folder: Path

    @property
    def folder(self) -> Path:
        """Everything about the running services."""
        return self.state_folder / "services"

    @property
    def table_file(self) -> Path:
        """What is to run (`service_table.save`)."""
        return self.folder / "table.json"

    @property
    def log_file(self) -> Path:
        """Everything the services say, a line each: time, name, text."""
        return self.folder / "services.log"

    @property
    def keeper(self) -> ServerProcess:
        """The process in which honcho runs."""
        return ServerProcess(self.folder / "keeper.pid")

    def services(self) -> list[Service]:
        """What is to run, or ran last."""
        return load(self.table_file)

    def process(self, name: str) -> ServerProcess:
        """One service's process."""
        return ServerProcess(self.folder / f"{name}.pid")

    @property
    def running(self) -> bool:
        """Whether the keeper or any service lives."""
        return self.keeper.running or any(
            self.process(service.name).running for service in self.services()
        )

    def keep(self, services: Iterable[Service], *, echo: TextIO | None) -> int:
        """Run the services in this process until one falls or SIGTERM or SIGINT comes.

        Returns honcho's code: 0, that of the service that fell, or 128 + signal.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        table = list(services)
        save(self.table_file, table)
        self.keeper.record(Mark.of_this_process())
        manager.KILL_WAIT = DRAIN_SECONDS
        with self.log_file.open("w", encoding="utf-8") as log:
            keeper = Manager(printer=LoggingPrinter(log, echo))
            for service in table:
                keeper.add_process(
                    service.name,
                    self._command(service),
                    env=service.environment_on_top_of(inherited()),
                    cwd=str(CHECKOUT),
                )
            keeper.loop()
        self.keeper.pid_file.unlink(missing_ok=True)
        return int(keeper.returncode or 0)

    def detach(self, services: Iterable[Service]) -> None:
        """Run the services under a keeper that outlives this process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        save(self.table_file, services)
        self.keeper.spawn(
            [sys.executable, "-m", "services.cli.supervisor", str(self.state_folder)],
            env={**inherited(), "PYTHONPATH": str(CHECKOUT)},
            log=self.folder / "keeper.log",
        )

    def stop(self) -> None:
        """Let every service finish what it has in hand, then stop it. Twice is no error."""
        self.keeper.stop(deadline_seconds=DRAIN_SECONDS + 10)
        for service in self.services():
            self.process(service.name).stop(deadline_seconds=DRAIN_SECONDS)

    def _command(self, service: Service) -> str:
        return _RECORD.format(
            pid_file=shlex.quote(str(self.process(service.name).pid_file)),
            command=shlex.join(service.command),
        )


class LoggingPrinter:
    """Writes every line to the log, and to the terminal when there is one."""

    def __init__(self, log: TextIO, echo: TextIO | None) -> None:
        self._printers = [Printer(output=log, time_format=LOG_TIME, colour=False)]
        if echo is not None:
            self._printers.append(Printer(output=echo))

    @property
    def width(self) -> int:
        """The longest name so far; honcho's manager raises it."""
        return int(self._printers[0].width)

    @width.setter
    def width(self, width: int) -> None:
        for printer in self._printers:
            printer.width = width

    def write(self, message: Message) -> None:
        """Take one message of honcho's."""
        for printer in self._printers:
            printer.write(message)


def main(argv: list[str]) -> int:
    """Keep what the table of the state folder names."""
    supervision = Supervision(Path(argv[0]))
    return supervision.keep(supervision.services(), echo=None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
