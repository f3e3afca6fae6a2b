"""A private RabbitMQ node: own name, ports and data folder, reachable from this machine alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from services.local.room import STOPS_MB
from services.local.secret_files import write_private
from services.local.servers import logs, ports, quorum_paths
from services.local.servers.packages import Packages
from services.local.servers.plain_names import PlainNames
from services.local.servers.port_mapper import PortMapper
from services.local.servers.process import PrivateServer
from services.local.servers.rabbitmq_program import RabbitmqProgram, locate
from services.terminal.environment import inherited
from services.terminal.unprepared import Unprepared

START_DEADLINE_SECONDS = 180
ANSWER_SECONDS = 30
OLDEST = (3, 10)  #: the first with message TTL on quorum queues
NO_PORT = 0  #: of the port mapper, in a folder of a release that had none of its own

_CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{amqp_port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management_port}
default_user = {user}
default_pass = {password}
# the write-ahead log of quorum queues grows to this size: the default of 512 MiB is for big nodes
raft.wal_max_size_bytes = 67108864
disk_free_limit.absolute = {stops_mb}MB
log.console = false
log.file.level = warning
log.file.rotation.size = 10485760
log.file.rotation.count = 3
"""


@dataclass(frozen=True, slots=True)
class BrokerIdentity:
    """What stays the same over restarts, kept in the broker's folder."""

    node: str
    amqp_port: int
    distribution_port: int
    management_port: int
    mapper_port: int
    user: str
    password: str

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that the node and its port mapper listen on."""
        return (self.amqp_port, self.distribution_port, self.management_port, self.mapper_port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker(PrivateServer):
    """One RabbitMQ node with the management plugin. `start` may be repeated."""

    pid_name = "broker.pid"
    packages: Packages
    preferred_ports: tuple[int, int, int, int] | None = None  #: as `BrokerIdentity.ports`
    private_program: bool = False

    @property
    def identity(self) -> BrokerIdentity:
        """Raises FileNotFoundError before the first start."""
        kept = json.loads(self.identity_file.read_text(encoding="utf-8"))
        return BrokerIdentity(**{"mapper_port": NO_PORT, **kept})

    @property
    def output(self) -> Path:
        """What the node's script says; RabbitMQ's own log lies in the folder `log` beside it."""
        return self.folder / "output.log"

    @property
    def mapper(self) -> PortMapper:
        """The node's own port mapper, which lives and dies with it."""
        return PortMapper(folder=self.folder, tied=self.tied, port=self.identity.mapper_port)

    @property
    def uri(self) -> str:
        """AMQP_URI of the default virtual host."""
        known = self.identity
        return f"amqp://{known.user}:{known.password}@{ports.LOOPBACK}:{known.amqp_port}/"

    @property
    def management_uri(self) -> str:
        """The management API, with the administrator's name and password."""
        known = self.identity
        return f"http://{known.user}:{known.password}@{ports.LOOPBACK}:{known.management_port}"

    def start(self) -> None:
        """Start the node, or wait for one that is starting; return when it takes connections.

        Raises:
            Unprepared: There is no RabbitMQ to be had, it is too old, or it would not start.
        """
        self.start_with(self._program())

    def start_with(self, program: RabbitmqProgram) -> None:
        """As `start`, with a program that was found elsewhere."""
        if not self.started(lambda: self._comes_up_with(program), lambda: self.identity.ports):
            raise _would_not_start(self.folder)
        self._refuse_an_old_one()

    def _comes_up_with(self, program: RabbitmqProgram) -> bool:
        if not self.running:
            self._stop_mapper()
            self._settle()
            logs.begin(self.output)
            self.mapper.start(self._environment(program, self.identity))
            self._spawn(program)
        if self.comes_up(self._answers, deadline_seconds=START_DEADLINE_SECONDS):
            return True
        self.kill()
        return False

    def launch(self) -> None:
        """Start the node again where it was, for those who know its address; don't wait for it.

        Raises:
            Unprepared: A port of it was taken by another program meanwhile.
        """
        if self.running:
            return
        known = self.identity
        for port in (known.amqp_port, known.distribution_port, known.management_port):
            ports.refuse_taken("rabbitmq", port)
        self.launch_mapper()
        self._spawn(self._program())

    def launch_mapper(self) -> None:
        """Start the port mapper alone; the node finds it again by itself. Raises like `launch`."""
        if not self.mapper.running:
            ports.refuse_taken("port-mapper", self.mapper.port)
            self.mapper.start(self._environment(self._program(), self.identity))

    def stop(self) -> None:
        """Stop the node in order, then its port mapper."""
        PrivateServer.stop(self)
        self._stop_mapper()
        self._names.forget()

    def kill(self) -> None:
        """SIGKILL for both, as a power cut would."""
        PrivateServer.kill(self)
        self._stop_mapper()
        self._names.forget()

    def _stop_mapper(self) -> None:
        if self.identity_file.exists():
            self.mapper.kill()

    def control(self, *words: str) -> tuple[list[str], dict[str, str]]:
        """Command line and environment of `rabbitmqctl words...` for this node."""
        program = self._program()
        environment = self._environment(program, self.identity)
        return [str(program.scripts / "rabbitmqctl"), *words], environment

    def _spawn(self, program: RabbitmqProgram) -> None:
        self._write_config(self.identity)
        quorum_paths.say_anew(self.folder / "data", self._names.of(self.folder) / "data")
        self.process.spawn(
            [str(program.scripts / "rabbitmq-server")],
            env=self._environment(program, self.identity),
            log=self.output,
            tied=self.tied,
        )

    def _program(self) -> RabbitmqProgram:
        return locate(
            self.packages, self._names, path=inherited()["PATH"], private=self.private_program
        )

    @property
    def _names(self) -> PlainNames:
        return PlainNames(self.folder / "plain_names")

    def _settle(self) -> None:
        """Keep the remembered identity while its ports are free, else take new ports for it."""
        try:
            before = self.identity
        except FileNotFoundError:
            self._remember(f"shaobao-{secrets.token_hex(4)}@localhost", secrets.token_urlsafe(18))
            return
        if not all(port != NO_PORT and ports.is_free(port) for port in before.ports):
            self._remember(before.node, before.password)

    def _remember(self, node: str, password: str) -> None:
        chosen: list[int] = []
        for wanted in self.preferred_ports or (None, None, None, None):
            chosen.append(ports.choose(wanted, besides=chosen))
        amqp, distribution, management, mapper = chosen
        known = BrokerIdentity(
            node, amqp, distribution, management, mapper, user="shaobao", password=password
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private(self.identity_file, json.dumps(asdict(known)).encode())

    def _write_config(self, known: BrokerIdentity) -> None:
        write_private(
            self.folder / "rabbitmq.conf",
            _CONFIG.format(**asdict(known), stops_mb=STOPS_MB).encode(),
        )
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="ascii")
        for name in ("home", "data", "log"):
            (self.folder / name).mkdir(exist_ok=True)

    def _environment(self, program: RabbitmqProgram, known: BrokerIdentity) -> dict[str, str]:
        folder = self._names.of(self.folder)
        own = {
            "HOME": str(folder / "home"),
            "RABBITMQ_NODENAME": known.node,
            "RABBITMQ_NODE_PORT": str(known.amqp_port),
            "RABBITMQ_DIST_PORT": str(known.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "node.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "ERL_CRASH_DUMP": str(folder / "erl_crash.dump"),
            # the node and its port mapper are for this machine alone
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            **self.mapper.variables,
            # the script becomes the node instead of waiting beside it: one process to kill
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        foreign = {
            name: value
            for name, value in inherited().items()
            if not name.startswith(("RABBITMQ_", "ERL_")) and name != "NOTIFY_SOCKET"
        }
        return {**foreign, "LANG": "C.UTF-8", **program.environment, **own}

    def _answers(self) -> bool:
        return ports.accepts(self.identity.amqp_port) and self._overview() is not None

    def _overview(self) -> dict[str, object] | None:
        try:
            answer = httpx.get(
                f"{self.management_uri}/api/overview", timeout=ANSWER_SECONDS, trust_env=False
            )
        except httpx.TransportError:
            return None
        return dict(answer.json()) if answer.status_code == httpx.codes.OK else None

    def _refuse_an_old_one(self) -> None:
        version = str((self._overview() or {}).get("rabbitmq_version", "0"))
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
            self.stop()
            raise Unprepared(
                en=f"RabbitMQ {version} is too old, 3.10 or newer is needed: name one in AMQP_URI.",
                zh=f"RabbitMQ {version} 版本过旧，需要 3.10 以上：请用 AMQP_URI 指定。",
            )


def _would_not_start(folder: Path) -> Unprepared:
    return Unprepared(
        en=f"The private RabbitMQ would not start: its own words are in {folder}/output.log and "
        f"{folder}/log; or name another broker in AMQP_URI.",
        zh=f"专用 RabbitMQ 未能启动：原因见 {folder}/output.log；也可用 AMQP_URI 指定其他服务器。",
    )
