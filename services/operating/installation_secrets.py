"""The secrets of an installation in containers: a file for each reader, that nobody else can read.

What can't be made again is never changed: `users.json` (all passwords), `master.key`,
`signing/`, `public/`, `mongo/keyfile`. The rest says the same in the form that a server or a
service reads, and is written anew every time.
"""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.common.contracts.streams import SERVICES
from services.local.secret_files import Secrets, write_private
from services.operating.broker.apply import Plan
from services.operating.broker.definitions import definitions, text
from services.operating.store_rights import USERS
from services.terminal.unprepared import Unprepared

BROKER_ADMINISTRATOR: Final = "shaobao-administrator"
DATABASE_ROOT: Final = "root"
PASSWORD_BYTES: Final = 24
KEYFILE_BYTES: Final = 756  #: MongoDB takes 6 to 1024 characters of base64
FOLDER_MODE: Final = 0o711  #: the engine's client looks whether a file is there; listing is root's
SECRET_MODE: Final = 0o400


@dataclass(frozen=True, slots=True)
class Owners:
    """User ids inside the images: ours (deploy/Dockerfile), MongoDB's and RabbitMQ's."""

    ours: int = 10001
    mongo: int = 999
    rabbitmq: int = 999


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where processes find the servers."""

    mongo: str = "mongo:27017"
    rabbitmq: str = "rabbitmq"


@dataclass(frozen=True, slots=True)
class Passwords:
    """Every password of an installation, by user."""

    database_root: str
    broker_administrator: str
    database: Mapping[str, str]
    services: Mapping[str, str]  #: on the broker
    departments: Mapping[str, str]  #: on the broker

    @property
    def plan(self) -> Plan:
        """Return the users that the broker is to have besides its administrator."""
        return Plan(services=self.services, departments=self.departments)


@dataclass(frozen=True, slots=True)
class InstallationSecrets:
    """The folder that containers get their secrets from, one file each."""

    folder: Path
    owners: Owners = Owners()
    hosts: Hosts = Hosts()

    @property
    def users(self) -> Path:
        """Every password, read by the job that prepares the servers alone."""
        return self.folder / "users.json"

    def make(self, departments: Iterable[str]) -> tuple[str, ...]:
        """Make what is missing, for `departments` too; return the users that are new.

        Raises:
            Unprepared: Passwords that servers already know are lost, or we are not root.
        """
        self._refuse_lost_passwords()
        kept = self._stored()
        wanted = {name: kept.get(name) or _password() for name in _names(departments)}
        self._folders()
        self._keys()
        self._write("users.json", _json({**kept, **wanted}), self.owners.ours)
        for name, content, owner in self._derived(passwords_in({**kept, **wanted})):
            self._write(name, content, owner)
        return tuple(sorted(set(wanted) - set(kept)))

    def _refuse_lost_passwords(self) -> None:
        if not self.users.exists() and (self.folder / "mongo" / "root-password").exists():
            raise Unprepared(
                en=f"{self.users} is gone, and the servers still know its passwords: restore it "
                "from the backup, or delete the secrets together with the volumes of both servers.",
                zh=f"{self.users} 丢失，而服务器仍在使用其中的密码：请从备份恢复，"
                "或将密钥文件夹与两台服务器的数据卷一并删除。",
            )

    def _stored(self) -> dict[str, str]:
        if not self.users.exists():
            return {}
        return dict(json.loads(self.users.read_text(encoding="utf-8")))

    def _folders(self) -> None:
        for name in ("", "mongo", "rabbitmq", "uris", "departments", "signing", "public"):
            folder = self.folder / name
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(FOLDER_MODE)
        (self.folder / "public").chmod(0o755)

    def _keys(self) -> None:
        """Make the keys; make_missing narrows the folder to its owner, the engine looks into it."""
        keys = Secrets(self.folder)
        if not keys.master_key.exists() or not keys.signing_key.exists():
            keys.make_missing()
        self.folder.chmod(FOLDER_MODE)
        for file in (keys.master_key, keys.signing_key):
            self._give(file, self.owners.ours)
        for file in keys.public_keys.glob("*.pem"):
            self._give(file, self.owners.ours, 0o444)
        if not (self.folder / "mongo" / "keyfile").exists():
            keyfile = base64.b64encode(os.urandom(KEYFILE_BYTES)).decode()
            self._write("mongo/keyfile", f"{keyfile}\n", self.owners.mongo)

    def _derived(self, known: Passwords) -> Iterator[tuple[str, str, int]]:
        """Yield name, content and owner of every file that says what `known` says."""
        yield "mongo/root-password", known.database_root, self.owners.mongo
        administrator = (BROKER_ADMINISTRATOR, known.broker_administrator)
        defined = text(definitions(known.plan, administrator))
        yield "rabbitmq/definitions.json", defined, self.owners.rabbitmq
        ours = self.owners.ours
        yield "uris/mongodb-root", self._root_uri(known), ours
        yield "uris/amqp-administrator", self._amqp(*administrator), ours
        yield "uris/management", self._management(*administrator), ours
        for user, password in known.database.items():
            yield f"uris/mongodb-{user}", self._mongodb(user, password), ours
        for user, password in known.services.items():
            yield f"uris/amqp-{user}", self._amqp(user, password), ours
        for code, password in known.departments.items():
            yield f"departments/{code}", self._amqp(code, password), ours

    def _root_uri(self, known: Passwords) -> str:
        """Return the one direct connection: it makes the replica set that the others name."""
        login = f"{DATABASE_ROOT}:{known.database_root}"
        return f"mongodb://{login}@{self.hosts.mongo}/?directConnection=true&authSource=admin"

    def _mongodb(self, user: str, password: str) -> str:
        login = f"{user}:{password}"
        return f"mongodb://{login}@{self.hosts.mongo}/?replicaSet=rs0&authSource=admin"

    def _amqp(self, user: str, password: str) -> str:
        return f"amqp://{user}:{password}@{self.hosts.rabbitmq}:5672/"

    def _management(self, user: str, password: str) -> str:
        return f"http://{user}:{password}@{self.hosts.rabbitmq}:15672"

    def _write(self, name: str, content: str, owner: int) -> None:
        write_private(self.folder / name, content.encode())
        self._give(self.folder / name, owner)

    def _give(self, file: Path, owner: int, mode: int = SECRET_MODE) -> None:
        """Give `file` to its reader; the mode goes first, since it is then no longer ours."""
        try:
            if file.stat().st_uid == os.geteuid():
                file.chmod(mode)
            os.chown(file, owner, owner)
        except PermissionError as fault:
            raise Unprepared(
                en=f"{file} can't be given to user {owner}: run this as root, as "
                "'docker compose run --rm setup' does.",
                zh=f"无法把 {file} 交给用户 {owner}：请以 root 运行"
                "（docker compose run --rm setup）。",
            ) from fault


def passwords_in(users: Mapping[str, str]) -> Passwords:
    """Return what `users.json` says: `<server>/<user>` -> password."""

    def of(kind: str) -> dict[str, str]:
        return {
            name.partition("/")[2]: password
            for name, password in users.items()
            if name.partition("/")[0] == kind
        }

    return Passwords(
        database_root=users[f"server/{DATABASE_ROOT}"],
        broker_administrator=users[f"server/{BROKER_ADMINISTRATOR}"],
        database=of("database"),
        services=of("broker"),
        departments=of("department"),
    )


def read_passwords(users: Path) -> Passwords:
    """Read `users.json`.

    Raises:
        Unprepared: It isn't there, or isn't ours to read.
    """
    try:
        return passwords_in(json.loads(users.read_text(encoding="utf-8")))
    except OSError as fault:
        raise Unprepared(
            en=f"{users} can't be read: 'docker compose run --rm setup' makes the secrets.",
            zh=f"无法读取 {users}：请先运行 docker compose run --rm setup 生成密钥。",
        ) from fault


def _names(departments: Iterable[str]) -> Iterator[str]:
    yield f"server/{DATABASE_ROOT}"
    yield f"server/{BROKER_ADMINISTRATOR}"
    yield from (f"database/{user}" for user in USERS)
    yield from (f"broker/{service}" for service in SERVICES)
    yield from (f"department/{code}" for code in departments)


def _password() -> str:
    """Return a password that needs no quoting in a URI."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _json(users: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(users.items())), indent=2) + "\n"
