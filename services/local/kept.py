"""The processes that a keeper keeps: our own servers, and the services."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.local.servers.backing import BackingServers
from services.local.servers.ports import refuse_taken
from services.local.servers.process import ServerProcess
from services.local.service_table import Service
from services.local.supervisor import MAPPER, MONGODB, RABBITMQ, Supervision
from services.terminal.environment import inherited


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep. Any may be started while the others are away: it waits for them."""

    name: str
    process: ServerProcess
    #: Starts it where it was and doesn't wait. Raises Unprepared or OSError.
    launch: Callable[[], None]
    stop: Callable[[], None]  #: in order; returns when it is gone
    logs: tuple[Path, ...]


def server_parts(servers: BackingServers, names: Iterable[str]) -> Iterator[Part]:
    """Yield those of the private servers that are named, the port mapper before its broker."""
    wanted = frozenset(names)
    broker, database = servers.broker, servers.database
    if broker is not None and RABBITMQ in wanted:
        mapper = broker.mapper
        output = (mapper.folder / "port_mapper.log",)
        yield Part(MAPPER, mapper.process, broker.launch_mapper, mapper.kill, output)
        yield Part(RABBITMQ, broker.process, broker.launch, broker.stop, (broker.output,))
    if database is not None and MONGODB in wanted:
        output = (database.output,)
        yield Part(MONGODB, database.process, database.launch, database.stop, output)


def service_part(supervision: Supervision, service: Service) -> Part:
    """Return the part of a service."""
    process, log = supervision.process(service.name), supervision.log_of(service.name)

    def launch() -> None:
        refuse_taken(service.name, service.port)
        seen = service.environment_on_top_of(inherited())
        process.spawn(service.command, env=seen, log=log)

    return Part(service.name, process, launch, lambda: supervision.stop_service(service), (log,))
