"""On what a run was made: machine, versions, load. A figure without these says nothing."""

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from services.common.eventlog.mongo import client
from services.common.messaging.wire import channel_to
from services.local.servers.broker import Broker
from services.local.servers.database import Database

TICKS = os.sysconf("SC_CLK_TCK")
PACKAGES = ("nameko", "eventlet", "pymongo", "amqp", "kombu", "werkzeug", "marshmallow")


def about(broker: Broker, database: Database, place: Path) -> dict[str, Any]:
    """Return everything about the machine and the parts; the servers run."""
    with client(database.uri) as connection:
        mongodb = connection.server_info()["version"]
    with channel_to(broker.uri) as channel:
        rabbitmq = channel.connection.server_properties["version"]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "command": " ".join(["python", "-m", "tests.benchmarks", *sys.argv[1:]]),
        "machine": {
            "cores": os.cpu_count(),
            "processor": _field("/proc/cpuinfo", "model name"),
            "memory_gib": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
            "kernel": platform.release(),
            "file_system": file_system_of(place),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
            "RabbitMQ": rabbitmq,
            "MongoDB": mongodb,
        },
        "load_average_at_start": list(os.getloadavg()),
    }


def load_average() -> float:
    """Return the machine's load average of one minute."""
    return round(os.getloadavg()[0], 2)


def file_system_of(place: Path) -> str:
    """Return the type of the file system that holds `place`: the longest mount point above it."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if place.resolve().is_relative_to(point)]
    return max(above, key=lambda mount: len(mount[0]))[1]


def _field(file: str, name: str) -> str:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "?")


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its threads have used."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS


class Processors:
    """How much processor time each of some processes uses from now on."""

    def __init__(self, pids: Mapping[str, Iterable[int]]) -> None:
        """Watch `pids`, by name."""
        self._pids = {name: tuple(each) for name, each in pids.items()}
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {name: sum(map(cpu_seconds, pids)) for name, pids in self._pids.items()}

    def used(self) -> dict[str, float]:
        """Return the seconds used since then, by name."""
        return {name: now - self._before[name] for name, now in self._now().items()}
