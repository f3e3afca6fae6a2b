"""Room on the disk: asked for before broker and database begin to write, and watched after."""

import shutil
from pathlib import Path
from typing import Final

from services.common.words import Words
from services.terminal.unprepared import Unprepared

STOPS_MB: Final = 200  #: below it RabbitMQ takes no more messages
NEEDED_MB: Final = 500  #: a journal and the first logs need the rest
_MB: Final = 1_000_000


def refuse_without_room(folder: Path, needed_mb: int = NEEDED_MB) -> None:
    """Look at the disk on which `folder` lies or will lie.

    Raises:
        Unprepared: Less than `needed_mb` are free on it.
    """
    free = _free_mb(folder)
    if free < needed_mb:
        raise Unprepared(
            en=f"There are {free} MB free where {folder} lies, and broker and database need "
            f"{needed_mb} MB: make room, or name another folder in SHAOBAO_HOME.",
            zh=f"{folder} 所在磁盘只剩 {free} MB，消息服务器和数据库需要 {needed_mb} MB："
            "请腾出空间，或用 SHAOBAO_HOME 指定另一个文件夹。",
        )


def shortage(folder: Path) -> Words | None:
    """Return what to say where what runs in `folder` will soon lack room."""
    free = _free_mb(folder)
    if free >= NEEDED_MB:
        return None
    return Words(
        en=f"Only {free} MB are free where {folder} lies: make room. Below {STOPS_MB} MB RabbitMQ "
        "takes no more messages; orders wait until there is room again",
        zh=f"{folder} 所在磁盘只剩 {free} MB：请腾出空间。低于 {STOPS_MB} MB 时 RabbitMQ "
        "不再接收消息，工单将等到有空间后再处理",
    )


def _free_mb(folder: Path) -> int:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(there).free // _MB
