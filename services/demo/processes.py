"""The players as processes: groups of persons over HTTP, departments over AMQP."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.demo import cast
from services.demo.troupe import GROUPS
from services.local.servers.process import tie
from services.terminal.environment import CHECKOUT, inherited

MOST_RETURNS: Final = 10
SAMPLE: Final = CHECKOUT / "deploy" / "samples" / "department.py"


@contextmanager
def acting(state_folder: Path, lines: Mapping[str, str]) -> Iterator["Players"]:
    """Start every player as a process of its own; stop them at the end.

    `lines`: the AMQP address of each department, under its own name.
    """
    running = Players(state_folder, lines)
    try:
        yield running
    finally:
        running.stop()


class Players:
    """The processes of the story. One that falls comes back: nobody remembers but the product."""

    def __init__(self, state_folder: Path, lines: Mapping[str, str]) -> None:
        """Start them all."""
        self._folder = state_folder
        self._words = dict(_commands(lines))
        self._returns = Counter[str]()
        self._running = {name: self._started(name) for name in self._words}

    def fallen_for_good(self) -> list[Path]:
        """Start those anew that have fallen; return the logs of those that fell too often.

        A department that comes before escalation has made its queue falls, and comes again.
        """
        fallen = [name for name, player in self._running.items() if player.poll() is not None]
        for name in fallen:
            self._returns[name] += 1
            self._running[name] = self._started(name)
        return [self._log_of(name) for name in fallen if self._returns[name] > MOST_RETURNS]

    def stop(self) -> None:
        """Stop them all and wait for it."""
        for player in self._running.values():
            player.terminate()
        for player in self._running.values():
            player.wait()

    def _log_of(self, name: str) -> Path:
        return self._folder / "actors" / f"{name}.log"

    def _started(self, name: str) -> "subprocess.Popen[bytes]":
        log = self._log_of(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                [*tie(tied=True), sys.executable, *self._words[name]],
                cwd=CHECKOUT,
                env={**inherited(), "SHAOBAO_HOME": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


def _commands(lines: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    for group in GROUPS:
        yield group, ["-m", "services.demo", group]
    for code in cast.DEPARTMENTS:
        late = ["--silent-until-step", "2"] if code == cast.SILENT_DEPARTMENT else []
        yield code, [str(SAMPLE), code, "--amqp", lines[code], *late]
