"""Room on the disk, asked for before broker and database begin to write."""

import shutil
from pathlib import Path
from typing import Final

from services.cli.unprepared import Unprepared

#: RabbitMQ takes no more messages below 200 MB free; a journal and the first logs need the rest.
NEEDED_MB: Final = 500
_MB: Final = 1_000_000


def refuse_without_room(folder: Path, needed_mb: int = NEEDED_MB) -> None:
    """Look at the disk on which `folder` lies or will lie.

    Raises:
        Unprepared: Less than `needed_mb` are free on it.
    """
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free // _MB
    if free < needed_mb:
        raise Unprepared(
            en=f"There are {free} MB free where {folder} lies, and broker and database need "
            f"{needed_mb} MB: make room, or name another folder in SHAOBAO_HOME.",
            zh=f"{folder} 所在磁盘只剩 {free} MB，消息服务器和数据库需要 {needed_mb} MB："
            "请腾出空间，或用 SHAOBAO_HOME 指定另一个文件夹。",
        )
