"""The way to an installation: the one named in the environment, or the one last started here.

In the image everything comes from the environment. In a checkout the services' own table says
what they were started with, so that a command sees the same databases and the same clock.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pymongo.errors import OperationFailure

from services.common.config import CliSettings, UnusableSettings, read_settings
from services.common.errors import Refused, ShaobaoError, Transient
from services.common.eventlog.ports import StoreAway
from services.common.messaging.wire import BrokerAway
from services.common.running.business_time import AnotherClock
from services.common.running.stores import Stores, stores_of
from services.common.vault.errors import VaultAway
from services.local.clock_choice import another_clock
from services.local.servers.backing import Addresses, BackingServers
from services.local.supervisor import Supervision
from services.operating.broker.management import ManagementAway
from services.terminal import environment as environments
from services.terminal.environment import SHIPPED_REGISTRY, Environment
from services.terminal.unprepared import Unprepared


@dataclass(frozen=True, slots=True)
class Reach:
    """An installation as its operator reaches it."""

    environment: Environment
    settings: CliSettings
    stores: Stores
    at_the_end: ExitStack  #: closes what was opened on the way

    @property
    def amqp_uri(self) -> str:
        """The broker. Raises Unprepared if nobody says where it is."""
        return self.settings.amqp_uri or _lacks("AMQP_URI")

    @property
    def management_uri(self) -> str:
        """The broker's management API. Raises Unprepared if nobody says where it is."""
        return self.settings.amqp_management_uri or _lacks("AMQP_MANAGEMENT_URI")

    @property
    def master_key_file(self) -> Path:
        """What opens the vault's keys. Raises Unprepared if nobody says where it lies."""
        return self.settings.master_key_file or Path(_lacks("MASTER_KEY_FILE"))

    @property
    def registry_dir(self) -> Path:
        """The files of the registry: those named, or those shipped."""
        return self.settings.registry_dir or SHIPPED_REGISTRY

    @property
    def addresses(self) -> Addresses:
        """Where both servers are."""
        management = self.settings.amqp_management_uri or None
        return Addresses(self.amqp_uri, self.settings.mongodb_uri, management)


@contextmanager
def reaching() -> Iterator[Reach]:
    """Give the installation; what is away or unset is said in one sentence.

    Raises:
        Unprepared: A server is away or refuses, a setting is missing, or what was asked can't be.
    """
    environment = environments.read()
    _refuse_what_is_stopped(environment)
    settings = _settings(environment)
    stores = stores_of(settings)
    with ExitStack() as at_the_end:
        at_the_end.callback(stores.client.close)
        try:
            yield Reach(environment, settings, stores, at_the_end)
        except OperationFailure as error:
            raise _not_allowed(error) from error
        except ShaobaoError as error:
            raise _sentence(error) from error


def _refuse_what_is_stopped(environment: Environment) -> None:
    """Check that the private database that is remembered here runs.

    Where it doesn't, another installation may have its port by now.

    Raises:
        Unprepared: It doesn't run.
    """
    database = BackingServers(environment).database
    if database is not None and database.identity_file.exists() and not database.running:
        raise Unprepared(
            en=f"Nothing runs in {environment.state_folder}: './shaobao up' starts it.",
            zh=f"{environment.state_folder} 中没有正在运行的服务：请先执行 ./shaobao up。",
        )


def known_settings(environment: Environment, named: Mapping[str, str]) -> dict[str, str]:
    """Return what is `named`, and beneath it what the services here were last started with.

    A name in `named` hides the value beneath, also where it is given as `<NAME>_FILE`.
    """
    found = {**_of_private_servers(environment), **_of_services(environment)}
    kept = {
        name: value
        for name, value in found.items()
        if not named.get(name) and not named.get(f"{name}_FILE")
    }
    return {**{name: value for name, value in named.items() if value}, **kept}


def _settings(environment: Environment) -> CliSettings:
    values = known_settings(environment, environments.inherited())
    try:
        return read_settings(CliSettings, values)
    except UnusableSettings as error:
        if "MONGODB_URI" in error.faults and "MONGODB_URI" not in values:
            raise Unprepared(
                en="Nothing was started here yet: start it with './shaobao up', or name the "
                "database in MONGODB_URI.",
                zh="这里还没有启动过：请先运行 ./shaobao up，或用 MONGODB_URI 指定数据库。",
            ) from error
        faults = "; ".join(f"{name} {why}" for name, why in sorted(error.faults.items()))
        names = "、".join(sorted(error.faults))
        raise Unprepared(
            en=f"Settings: {faults}.",
            zh=f"设置缺失或格式有误：{names}（格式见 docs/operate.zh-CN.md）。",
        ) from error


def _of_services(environment: Environment) -> Mapping[str, str]:
    """Return what the services of this state folder run with, or ran with last."""
    services = Supervision(environment.state_folder).services()
    return services[0].environment if services else {}


def _of_private_servers(environment: Environment) -> dict[str, str]:
    """Return where the servers of this state folder are; a server never started has no address."""
    servers = BackingServers(environment)
    found: dict[str, str] = {}
    try:
        if servers.database is not None:
            found["MONGODB_URI"] = servers.database.uri
        if servers.broker is not None:
            found["AMQP_URI"] = servers.broker.uri
            found["AMQP_MANAGEMENT_URI"] = servers.broker.management_uri
    except FileNotFoundError:
        return found
    return found


def _sentence(error: ShaobaoError) -> Unprepared:
    match error:
        case Refused():
            return Unprepared(en=error.detail_en, zh=error.detail_zh)
        case AnotherClock():
            return another_clock(error)
        case StoreAway() | VaultAway():
            en, zh = "The database doesn't answer", "数据库没有响应"
        case BrokerAway() | ManagementAway():
            en, zh = "The broker doesn't answer or refuses", "消息服务器没有响应或拒绝"
        case Transient():
            en, zh = "This can't be done just now", "暂时无法完成"
        case _:
            return Unprepared(en=f"{error}.", zh=f"无法完成：{error}。")
    why = str(error).partition(", Timeout:")[0]
    return Unprepared(
        en=f"{en}: './shaobao up' starts what doesn't run, './shaobao status' shows it. ({why})",
        zh=f"{zh}：用 ./shaobao status 查看运行情况，./shaobao up 可启动。（{why}）",
    )


def _not_allowed(error: OperationFailure) -> Unprepared:
    why = str(error).partition(", full error")[0]
    return Unprepared(
        en=f"The database refuses it to this user: run it as the service concerned. ({why})",
        zh=f"数据库拒绝了该用户：请以相应服务的身份执行。（{why}）",
    )


def _lacks(name: str) -> str:
    raise Unprepared(
        en=f"{name} is not known: set it, or start the installation here with './shaobao up'.",
        zh=f"缺少 {name}：请设置它，或用 ./shaobao up 在此启动。",
    )
