"""`plan` and `apply`: the registry's files and the broker, brought to what they should be."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from services.common.words import Words
from services.local.secret_files import Secrets
from services.operating.broker.apply import BrokerChange, NotApplied, Plan
from services.operating.broker.users import (
    PasswordFiles,
    bring_to,
    changes_to,
    department_passwords,
    words_of,
)
from services.operating.reach import Reach, reaching
from services.operating.registry.changes import Names
from services.operating.registry.plan import RegistryPlan, adopt_as_operator, plan_of
from services.operating.registry.tables import Tables, answering_by_amqp, registry_of
from services.terminal.console import complaints, console, said, waiting_for
from services.terminal.languages import both
from services.terminal.unprepared import Unprepared

#: `plan` ends with it when `apply` would change something.
EXIT_TO_DO: Final = 3

Passwords = Annotated[
    Path | None,
    typer.Option(
        "--passwords",
        metavar="FOLDER",
        help=both(
            en="Folder with a file a department: its password.",
            zh="部门密码所在的文件夹，每个部门一个文件。",
        ),
    ),
]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What shall be: the files' tables, and who answers over the broker with which password."""

    reach: Reach
    tables: Tables
    passwords: PasswordFiles

    @property
    def departments(self) -> list[str]:
        return answering_by_amqp(self.tables)

    def told(self, changes: Iterable[BrokerChange]) -> list[Words]:
        """Say changes of the broker."""
        names = Names.in_tables({"units": self.tables["units"].entries})
        return [words_of(change, names) for change in changes]


def plan(passwords: Passwords = None) -> None:
    """Show what 'apply' would change; 0: nothing, 3: something, 1: the files have faults.

    显示 apply 将作出的改动；退出码 0：无改动，3：有改动，1：文件有误。
    """
    with _wanted(passwords) as wanted:
        found = _registry(wanted)
        known = wanted.passwords.known(wanted.departments)
        changes = changes_to(wanted.reach.addresses, Plan(departments=known))
        _show(wanted, found.changes, en="The registry", zh="登记册")
        _show(wanted, wanted.told(changes), en="The broker", zh="消息服务器")
    if found.changes or changes:
        raise typer.Exit(EXIT_TO_DO)


def apply(passwords: Passwords = None) -> None:
    """Adopt the registry's files, then bring the broker to its users, rights and policies.

    Safe to repeat, and while everything runs: services follow in seconds, none is restarted. Queues
    of departments are left to escalation, which sends open calls into them again.

    采用登记册文件，再使消息服务器的用户、权限和策略与之一致。

    可重复执行，服务运行时也可执行：各服务数秒内跟进，无需重启。部门的队列由 escalation 建立，
    未收到的呼叫会重新投递。
    """
    with _wanted(passwords) as wanted:
        known = wanted.passwords.of(wanted.departments)
        found = _registry(wanted)
        adopted = adopt_as_operator(wanted.reach, wanted.tables)
        _show(wanted, found.changes if adopted else (), en="The registry", zh="登记册")
        with waiting_for(said(wanted.reach.environment, en="Users and rights", zh="用户和权限")):
            changes = _applied(wanted.reach, Plan(departments=known))
        _show(wanted, wanted.told(changes), en="The broker", zh="消息服务器")
        folder, count = wanted.passwords.folder, len(known)
        sentence = said(
            wanted.reach.environment,
            en=f"All is as it must be: {len(adopted)} tables adopted, {len(changes)} changes of "
            f"the broker; {count} departments, their passwords in {folder}.",
            zh=f"一切就绪：采用登记册 {len(adopted)} 张表，消息服务器改动 {len(changes)} 项；"
            f"部门 {count} 个，密码存放于 {folder}。",
        )
        console.print(sentence, soft_wrap=True)


@contextmanager
def _wanted(passwords: Path | None) -> Iterator[_Wanted]:
    """Give what is wanted of an installation whose two servers are known.

    Raises:
        Unprepared: The files have faults, or something is away or unknown: nothing was changed.
    """
    with reaching() as reach:
        tables = registry_of(reach.registry_dir)
        _ = reach.addresses, reach.management_uri
        secrets = Secrets(reach.environment.state_folder / "secrets")
        files = PasswordFiles(passwords) if passwords else department_passwords(secrets)
        yield _Wanted(reach, tables, files)


def _registry(wanted: _Wanted) -> RegistryPlan:
    """Return what the files would change; what to look at first is said at once."""
    found = plan_of(wanted.reach, wanted.tables)
    for warning in found.warnings:
        text = warning.said(chinese=wanted.reach.environment.chinese)
        complaints.print(Text(text, style="yellow"), soft_wrap=True)
    return found


def _show(wanted: _Wanted, changes: Iterable[Words], *, en: str, zh: str) -> None:
    environment = wanted.reach.environment
    lines = [change.said(chinese=environment.chinese) for change in changes]
    head = said(environment, en=f"{en}: {len(lines)} changes", zh=f"{zh}：改动 {len(lines)} 项")
    console.print(Text(head, style="bold"))
    for line in lines:
        console.print(Text(f"  {line}"), soft_wrap=True)


def _applied(reach: Reach, plan: Plan) -> tuple[BrokerChange, ...]:
    try:
        return bring_to(reach.addresses, plan)
    except NotApplied as error:
        raise Unprepared(
            en=f"The broker took a right but doesn't have it, so departments are not apart: {error}"
            ". Does another tool manage its users?",
            zh=f"权限已下发但未生效，各部门之间未隔离：{error}。是否有其他工具在管理其用户？",
        ) from error
