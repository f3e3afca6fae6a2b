"""Runs the probe service with `nameko run`, as a service runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.support.waiting import PATIENCE_SECONDS

NAMEKO = str(Path(sys.executable).parent / "nameko")


class Probe:
    """A running probe service and its journal."""

    def __init__(self, folder: Path, uri: str, **settings: str) -> None:
        self.journal = folder / "journal.txt"
        self.away = folder / "journal.away"
        self._config = folder / "config.yaml"
        self._config.write_text(yaml.safe_dump({"AMQP_URI": uri, "max_workers": 20}))
        self._settings = settings
        self._log = folder / "nameko.log"

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the service; ends it for good at the end."""
        command = [
            sys.executable, "-W", "ignore", NAMEKO, "run", "--config",
            str(self._config), "tests.integration.common.messaging.probe",
        ]  # fmt: skip
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
