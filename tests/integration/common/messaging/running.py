"""Runs the probe service in a process of its own, as a service runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import PATIENCE_SECONDS


class Probe:
    """A running probe service and its journal."""

    def __init__(self, folder: Path, uri: str, **settings: str) -> None:
        self.journal = folder / "journal.txt"
        self.away = folder / "journal.away"
        self._settings = {"AMQP_URI": uri, **settings}
        self._log = folder / "probe.log"

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the service; ends it for good at the end."""
        command = [sys.executable, "-m", "tests.integration.common.messaging"]
        env = {**os.environ, "PROBE_JOURNAL": str(self.journal), **self._settings}
        with self._log.open("ab") as log:
            process = subprocess.Popen(command, env=env, stdout=log, stderr=log)  # noqa: S603
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE_SECONDS)

    @property
    def log(self) -> str:
        """What the process logged."""
        return self._log.read_text() if self._log.exists() else ""

    def lines(self, start: str = "") -> list[str]:
        """What the journal says, of lines that begin with `start`."""
        if not self.journal.exists():
            return []
        return [one for one in self.journal.read_text().splitlines() if one.startswith(start)]
