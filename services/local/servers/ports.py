"""Choosing TCP ports on 127.0.0.1."""

import socket
from collections.abc import Collection

from services.local.servers.listeners import listener_on
from services.terminal.unprepared import Unprepared

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nobody listens on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(preferred: int | None, *, besides: Collection[int] = ()) -> int:
    """`preferred` if it is free and not in `besides`, else a free port that the kernel gives."""
    if preferred is not None and preferred not in besides and is_free(preferred):
        return preferred
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in besides:
            return port


def accepts(port: int) -> bool:
    """Whether somebody answers on the port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def refuse_taken(name: str, port: int) -> None:
    """Raise Unprepared if another program listens on the `port` that `name` needs."""
    if is_free(port):
        return
    listener = listener_on(port)
    if listener is not None:
        en, zh = f"process {listener}: stop it", f"进程 {listener} 占用：请停止该进程"
    else:
        en = "another program, which only root may see: stop that one"
        zh = "其他程序占用（只有 root 可查看是哪个）：请停止该程序"
    raise Unprepared(
        en=f"Port {port} of {name} is taken by {en}", zh=f"{name} 的端口 {port} 被{zh}"
    )
