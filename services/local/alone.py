"""One start at a time in a state folder, and ends that nobody interrupts."""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from services.local.polling import until
from services.local.servers.process import ASKING, ProcessMark, ServerProcess
from services.terminal.unprepared import Unprepared

#: What a start may take to undo itself: it stops servers in order.
UNDOING_SECONDS: Final = 120


@contextmanager
def alone(state_folder: Path) -> Iterator[None]:
    """Begin a start here; nobody else does until it is through.

    Raises:
        Unprepared: Another one is at it.
    """
    state_folder.mkdir(parents=True, exist_ok=True)
    starter = _starter(state_folder)
    folder = os.open(state_folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not _locked(folder):
            mark = starter.mark
            who = mark.pid if mark is not None else "?"
            raise Unprepared(
                en=f"Another start is at work in {state_folder} (process {who}): wait for it, or "
                "stop it with './shaobao down'.",
                zh=f"{state_folder} 中正在进行另一次启动（进程 {who}）："
                "请等待其完成，或用 ./shaobao down 停止。",
            )
        starter.record(ProcessMark.of_this_process())
        try:
            yield
        finally:
            starter.pid_file.unlink(missing_ok=True)
    finally:
        os.close(folder)  # and the lock with it


def stop_starting(state_folder: Path) -> bool:
    """Ask a start that is at work here to undo itself, and wait; say whether there was one."""
    starter = _starter(state_folder)
    mark = starter.mark
    if mark is None or not mark.alive or mark == ProcessMark.of_this_process():
        return False
    mark.signal(signal.SIGTERM)
    until(lambda: starter.mark != mark or not mark.alive, deadline_seconds=UNDOING_SECONDS)
    return True


def end_when_asked() -> None:
    """Let Ctrl-C, SIGTERM and SIGHUP end this process as an error would: what is open is undone.

    The first one counts. Those that follow are not heard, so that undoing is not interrupted; by a
    function that does nothing, since a signal that is just on its way complains about SIG_IGN.
    """

    def end(number: int, _: FrameType | None) -> None:
        for each in ASKING:
            signal.signal(each, _not_heard)
        if os.isatty(2):
            os.write(2, b"\n")  # straight: a signal may fall into a write
        sys.exit(128 + number)

    for each in ASKING:
        if signal.getsignal(each) is not signal.SIG_IGN:  # `nohup` means it
            signal.signal(each, end)


def _not_heard(_: int, __: FrameType | None) -> None:
    """Take a signal that comes while what was begun is being undone."""


def _starter(state_folder: Path) -> ServerProcess:
    return ServerProcess(state_folder / "starting.pid")


def _locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
