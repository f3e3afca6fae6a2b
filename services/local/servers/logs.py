"""Log files of processes that write into them by themselves, so that nobody stands in between.

The run before is kept beside the present one (`.1`), and neither fills a disk.
"""

import os
import shutil
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 20 * 1024**2


def earlier(log: Path) -> Path:
    """Return where the run before lies, or the older part of a long one."""
    return log.with_name(f"{log.name}.1")


def begin(log: Path) -> None:
    """Put the log of the run before aside. Nobody may have `log` open."""
    if log.exists():
        log.replace(earlier(log))


def limit(log: Path, most_bytes: int = MOST_BYTES) -> None:
    """Put aside what a long run has said, and let it go on with an empty file.

    The process has the file open, to append, and goes on at its new end; what it says between copy
    and cut is lost. On a full disk the older part is given up, since somebody needs the room.

    Raises:
        OSError: The log can't be cut either.
    """
    if not log.exists() or log.stat().st_size <= most_bytes:
        return
    copy = log.with_name(f".{log.name}.copy")
    try:
        shutil.copyfile(log, copy)
        copy.replace(earlier(log))
    except OSError:
        copy.unlink(missing_ok=True)
        earlier(log).unlink(missing_ok=True)
    os.truncate(log, 0)
