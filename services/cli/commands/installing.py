"""`setup` and `prepare`: an installation in containers, from nothing to servers that are ready.

Both may be repeated: what is there stays, what a new release or registry needs is added.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from services.common.errors import ShaobaoError, Transient
from services.common.eventlog.mongo import client
from services.local.servers.backing import Addresses
from services.operating.broker.apply import NotApplied
from services.operating.broker.users import bring_to, words_of
from services.operating.installation_secrets import (
    Hosts,
    InstallationSecrets,
    Passwords,
    read_passwords,
)
from services.operating.registry.changes import Names
from services.operating.registry.tables import answering_by_amqp, registry_of
from services.operating.store_users import apply_users, form_replica_set
from services.terminal import environment as environments
from services.terminal.console import console, said
from services.terminal.environment import SHIPPED_REGISTRY, Environment
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared

SERVERS_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.5


Registry = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER",
        help=both(en="Folder of the registry's files.", zh="登记册文件所在的文件夹。"),
    ),
]


def setup(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help=both(en="Where the secrets are to lie.", zh="存放密钥的文件夹。"),
        ),
    ] = Path("secrets"),
    registry: Registry = SHIPPED_REGISTRY,
) -> None:
    """Make the secrets of an installation in containers; what is there is never changed.

    生成容器安装所需的密钥；已有的不作改动。

    Only for containers: 'up' and 'demo' make their own.

    仅用于容器安装：up 和 demo 会自行生成。
    """
    environment = environments.read()
    new = InstallationSecrets(folder).make(answering_by_amqp(registry_of(registry)))
    if not new:
        console.print(said(environment, en="Nothing new: kept as is.", zh="已有密钥，未作改动。"))
        return
    console.print(
        said(
            environment,
            en=f"Secrets of {len(new)} users made. Back up master.key, users.json and signing: "
            "without master.key every sealed text is lost.",
            zh=f"已生成 {len(new)} 个用户的密钥。请备份 master.key、users.json 和 signing："
            "丢失 master.key 将无法再读取任何密文。",
        )
    )


def prepare(
    users: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=both(
                en="The file with every password, made by setup.",
                zh="由 setup 生成的全部密码文件。",
            ),
        ),
    ],
    member: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help=both(
                en="host:port of the database's one member.",
                zh="数据库唯一成员的地址 host:port。",
            ),
        ),
    ] = (Hosts().mongo),
    registry: Registry = SHIPPED_REGISTRY,
) -> None:
    """Bring database and broker to what this release needs: users, rights, queues; read it back.

    使数据库和消息服务器满足本版本的要求：用户、权限、队列，并回读核对。
    """
    environment = environments.read()
    registry_of(registry)
    known = read_passwords(users)
    for change in (
        *_patiently(lambda: _prepare_database(environment, member, known)),
        *_patiently(lambda: _prepare_broker(environment, known)),
    ):
        console.print(change)
    console.print(
        said(environment, en="Database and broker are ready.", zh="数据库和消息服务器已就绪。")
    )


def _prepare_database(environment: Environment, member: str, known: Passwords) -> list[str]:
    with client(_named(environment.mongodb_uri, "MONGODB_URI")) as database:
        made = form_replica_set(database, member)
        replicas = [f"mongodb: {said(environment, en='replica set', zh='副本集')}"] if made else []
        user = said(environment, en="user", zh="用户")
        new = apply_users(database, known.database)
        return [*replicas, *(f"mongodb: {user} {each}" for each in new)]


def _prepare_broker(environment: Environment, known: Passwords) -> list[str]:
    amqp_uri = _named(environment.amqp_uri, "AMQP_URI")
    addresses = Addresses(amqp_uri, "", environment.management_uri)
    changes = bring_to(addresses, known.plan)
    told = (words_of(each, Names({})).said(chinese=environment.chinese) for each in changes)
    return [f"rabbitmq: {each}" for each in told]


def _patiently(work: Callable[[], list[str]]) -> list[str]:
    """Do `work`; a server that is away is asked again until the deadline.

    Raises:
        Unprepared: It stayed away, or doesn't keep the departments apart.
    """
    end = time.monotonic() + SERVERS_SECONDS
    while True:
        try:
            return work()
        except Transient as error:
            if time.monotonic() > end:
                raise _gave_up(error) from error
            time.sleep(LOOK_SECONDS)
        except NotApplied as error:
            raise _gave_up(error) from error


def _gave_up(error: ShaobaoError) -> Unprepared:
    return Unprepared(
        en=f"Not prepared, {type(error).__name__}: {error}. {error.__doc__}",
        zh=f"未能就绪，{type(error).__name__}：{error}",
    )


def _named(uri: str | None, name: str) -> str:
    if uri is None:
        raise Unprepared(
            en=f"Name the server in {name} (or in the file that {name}_FILE names).",
            zh=f"请用 {name}（或 {name}_FILE 指向的文件）指定服务器。",
        )
    return uri
