"""Who listens on a port, read from Linux's /proc: a bare machine has no `ss`."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
LISTENS: Final = "0A"  #: the state's number in /proc/net/tcp
SHOWN: Final = 60  #: characters of a command line


def listener_on(port: int, proc: Path = PROC) -> str | None:
    """Return the process that listens on TCP `port`, `4711 (python3 -m http.server)`.

    None if nobody does, or if it is another user's: then only root may look.
    """
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    for folder in proc.glob("[0-9]*"):
        if not sockets.isdisjoint(_open_in(folder)):
            return f"{folder.name} ({_command(folder)})"
    return None


def _inodes(port: int, proc: Path) -> Iterator[str]:
    """Yield the inode of every socket that listens on `port`, of IPv4 and IPv6."""
    for table in ("tcp", "tcp6"):
        path = proc / "net" / table
        lines = path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []
        for line in lines:
            _, local, _, state, *rest = line.split()
            if state == LISTENS and int(local.rpartition(":")[2], 16) == port:
                yield rest[5]


def _open_in(folder: Path) -> set[str]:
    """Return what a process has open; nothing if it is gone by now, or another user's."""
    found = set()
    with suppress(OSError):
        for each in (folder / "fd").iterdir():
            with suppress(OSError):  # closed by now; of our own, what we look with
                found.add(str(each.readlink()))
    return found


def _command(folder: Path) -> str:
    words = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}..."
