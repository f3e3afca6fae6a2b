"""Users on the broker, a department or a service each: passwords in files, rights brought there.

The order that makes it safe: policies and topology, then users with their rights, read back; the
queues of departments last, and those by escalation alone (`RestoreDepartments`). A queue that
somebody else creates looks whole to escalation, and the open calls that a wiped broker lost would
never be sent into it again. A department that connects before its queue is there is told so by
its passive declare, and tries again; escalation looks every 15 s.
"""

import secrets as random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from services.common.words import Words
from services.local.secret_files import Secrets, write_private
from services.local.servers.backing import Addresses
from services.operating.broker.apply import BrokerChange, Plan, apply_rights, planned_changes
from services.operating.broker.management import Management
from services.terminal.unprepared import Unprepared

PASSWORD_BYTES: Final = 24
_KINDS_ZH: Final = {
    "exchange": "交换机", "queue": "队列", "retired queue": "停用的队列", "binding": "绑定",
    "policy": "策略", "user": "用户", "permission": "权限", "topic permission": "主题权限",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PasswordFiles:
    """A file a user, named after the user, that holds the password; mode 0600.

    A file that holds the user's whole AMQP address is read as well.
    """

    folder: Path

    def of(self, users: Iterable[str]) -> dict[str, str]:
        """Return each user's password; one that is not there yet is made. None is ever changed.

        Raises:
            Unprepared: A password can't be read, or can't be made here (a read-only folder).
        """
        try:
            return {user: self._of(user) for user in users}
        except OSError as error:
            raise Unprepared(
                en=f"{error.filename}: {error.strerror}: passwords are read from, and made in, "
                f"{self.folder}.",
                zh=f"{error.filename}：{error.strerror}；密码存放于 {self.folder}。",
            ) from error

    def known(self, users: Collection[str]) -> dict[str, str]:
        """Return each user's password, empty where none was made yet; nothing is written."""
        return self.of(user for user in users if (self.folder / user).exists()) | {
            user: "" for user in users if not (self.folder / user).exists()
        }

    def _of(self, user: str) -> str:
        file = self.folder / user
        if file.exists():
            return _password_in(file.read_text(encoding="utf-8").strip())
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = random.token_urlsafe(PASSWORD_BYTES)
        write_private(file, password.encode())
        return password


def _password_in(text: str) -> str:
    return (urlsplit(text).password or "") if "://" in text else text


def department_passwords(secrets: Secrets) -> PasswordFiles:
    """Return where the passwords of departments lie in a private installation."""
    return PasswordFiles(secrets.folder / "departments")


def apply_broker(
    addresses: Addresses, secrets: Secrets, departments: Iterable[str]
) -> dict[str, str]:
    """Bring the broker to what `departments` (codes) need; return the password of each, by code.

    Safe to repeat, and while everything runs. The services go on with the user in their address.

    Raises:
        Unprepared: The management API's address is not known.
        BrokerAway, ManagementAway: Try again.
        NotApplied: A right or a topic permission isn't there after it was set.
    """
    passwords = department_passwords(secrets).of(departments)
    bring_to(addresses, Plan(departments=passwords))
    return passwords


def bring_to(addresses: Addresses, plan: Plan) -> tuple[BrokerChange, ...]:
    """Bring the broker to `plan`, no queue of a department made; return the changes."""
    with _management(addresses) as management:
        return apply_rights(addresses.amqp_uri, management, plan)


def changes_to(addresses: Addresses, plan: Plan) -> tuple[BrokerChange, ...]:
    """Return what `bring_to` would change; nothing is touched."""
    with _management(addresses) as management:
        return planned_changes(management, plan)


def words_of(change: BrokerChange, names: Callable[[str], Words]) -> Words:
    """Say a change of the broker; a user who is a unit by its name too, which `names` knows."""
    called = names(change.name)
    return Words(f"{change.kind} {called.en}", f"{_KINDS_ZH[change.kind]} {called.zh}")


def _management(addresses: Addresses) -> Management:
    if addresses.management_uri is None:
        raise Unprepared(
            en="Users and rights need the broker's management API: name it in AMQP_MANAGEMENT_URI.",
            zh="设置用户和权限需要消息服务器的管理接口：请用 AMQP_MANAGEMENT_URI 指定。",
        )
    return Management(addresses.management_uri, vhost_of(addresses.amqp_uri))


def vhost_of(amqp_uri: str) -> str:
    """Return the virtual host that an AMQP URI names; none or an empty one is `/`."""
    return unquote(urlsplit(amqp_uri).path.removeprefix("/")) or "/"


def address_for(amqp_uri: str, user: str, passwords: Mapping[str, str]) -> str:
    """Return the address under which `user` connects to the same broker."""
    parts = urlsplit(amqp_uri)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{passwords[user]}@{host}").geturl()
