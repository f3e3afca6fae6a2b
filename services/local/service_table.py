"""Which processes make up an installation, with what environment, and where they answer."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from services.common.clock import ClockMode
from services.local.secret_files import Secrets, write_private
from services.local.servers.backing import Addresses
from services.local.servers.ports import LOOPBACK, refuse_taken
from services.terminal.environment import CHECKOUT
from services.terminal.unprepared import Unprepared

HTTP_PORTS = {"intake": 8001, "dispatch": 8002, "escalation": 8003, "metrics": 8004}


@dataclass(frozen=True, slots=True)
class Service:
    """One process to keep running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]  #: on top of the inherited one
    port: int  #: HTTP on 127.0.0.1, with /health/ready

    def environment_on_top_of(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What the process sees. What is set here hides an inherited `<NAME>_FILE` as well."""
        hidden = {f"{name}_FILE" for name in self.environment}
        kept = {name: value for name, value in inherited.items() if name not in hidden}
        return {**kept, **self.environment}

    @property
    def address(self) -> str:
        """Where a browser or a client finds it."""
        return f"http://{LOOPBACK}:{self.port}"


def our_services(
    addresses: Addresses,
    secrets: Secrets,
    *,
    clock: ClockMode,
    ports: Mapping[str, int] = HTTP_PORTS,
    log_level: str = "INFO",
) -> list[Service]:
    """The four services with everything they are to know."""
    shared = {
        "AMQP_URI": addresses.amqp_uri,
        "MONGODB_URI": addresses.mongodb_uri,
        "MASTER_KEY_FILE": str(secrets.master_key),
        "TOKEN_PUBLIC_KEYS": str(secrets.public_keys),
        "REGISTRY_DIR": str(CHECKOUT / "deploy" / "registry"),
        "CLOCK": clock.name,
        "CLOCK_RATE": str(clock.rate),
        "LOG_LEVEL": log_level,
        "PYTHONUNBUFFERED": "1",
    }
    if addresses.management_uri is not None:
        shared["AMQP_MANAGEMENT_URI"] = addresses.management_uri
    return [
        Service(
            name=name,
            command=(sys.executable, "-m", f"services.{name}"),
            environment={**shared, "HTTP_ADDRESS": f"{LOOPBACK}:{port}"},
            port=port,
        )
        for name, port in ports.items()
    ]


def last_clock(services: Iterable[Service]) -> ClockMode | None:
    """Return the clock of services that ran before; None if none did."""
    for service in services:
        name, rate = service.environment.get("CLOCK"), service.environment.get("CLOCK_RATE", "1")
        if name is not None:
            return ClockMode(name, int(rate))
    return None


def refuse_taken_ports(wanted: Mapping[str, int]) -> None:
    """Look at each service's port. Raises Unprepared for the first that somebody listens on."""
    for name, port in wanted.items():
        try:
            refuse_taken(name, port)
        except Unprepared as lack:
            raise Unprepared(
                en=f"{lack.en}, or choose other ports with --port-base.",
                zh=f"{lack.zh}，或用 --port-base 另选端口。",
            ) from lack


def save(file: Path, services: Iterable[Service]) -> None:
    """Write the table for the process that keeps the services; it holds passwords."""
    write_private(file, json.dumps([asdict(service) for service in services]).encode())


def load(file: Path) -> list[Service]:
    """Read what `save` wrote; nothing saved is an empty table."""
    if not file.exists():
        return []
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Service(**{**row, "command": tuple(row["command"])}) for row in rows]
