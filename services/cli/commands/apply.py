"""`apply`: policies, users and rights on the broker, read back."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.operating.broker_rights import (
    PasswordFiles,
    bring_to,
    department_passwords,
)
from services.cli.operating.reach import Reach, reaching
from services.cli.operating.registry import answering_by_amqp, registry_of
from services.cli.secret_files import Secrets
from services.cli.terminal import console, said, waiting_for
from services.cli.unprepared import Unprepared
from services.common.messaging.apply import NotApplied, Plan


def apply(
    passwords: Annotated[
        Path | None,
        typer.Option("--passwords", help="Folder with a file a department: its password."),
    ] = None,
) -> None:
    """Bring the broker to its topology, policies, users and rights; safe to repeat.

    Queues of departments are left to escalation, which sends open calls into them again.
    """
    with reaching() as reach:
        files = _files(reach, passwords)
        codes = answering_by_amqp(registry_of(reach.registry_dir))
        what = said(reach.environment, en="Users and rights", zh="用户和权限")
        with waiting_for(what):
            changes = _applied(reach, Plan(departments=files.of(codes)))
        for change in changes:
            console.print(f"  {change}")
        console.print(
            said(
                reach.environment,
                en=f"The broker is as it must be: {len(changes)} changes; {len(codes)} "
                f"departments, their passwords in {files.folder}.",
                zh=f"消息服务器已就绪：改动 {len(changes)} 项；部门 {len(codes)} 个，"
                f"密码存放于 {files.folder}。",
            ),
            soft_wrap=True,
        )


def _files(reach: Reach, folder: Path | None) -> PasswordFiles:
    if folder is not None:
        return PasswordFiles(folder)
    return department_passwords(Secrets(reach.environment.state_folder / "secrets"))


def _applied(reach: Reach, plan: Plan) -> tuple[str, ...]:
    try:
        return bring_to(reach.addresses, plan)
    except NotApplied as error:
        raise Unprepared(
            en=f"The broker took a right but doesn't have it, so departments are not apart: {error}"
            ". Does another tool manage its users?",
            zh=f"权限已下发但未生效，各部门之间未隔离：{error}。是否有其他工具在管理其用户？",
        ) from error
