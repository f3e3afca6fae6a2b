"""Erlang's port mapper (epmd), one of our own beside each private broker.

Erlang starts one by itself if none answers, on a port that all of a machine's nodes share: it then
belongs to whoever came first and outlives everybody. Ours listens on a port of its own and goes
with its broker, so a node of ours never leans on a stranger's, and leaves nothing behind.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from services.local.servers import ports
from services.local.servers.process import PrivateServer
from services.terminal.unprepared import Unprepared

START_DEADLINE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PortMapper(PrivateServer):
    """One epmd on 127.0.0.1. It keeps nothing on disk."""

    pid_name = "port_mapper.pid"
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """What a node's or a command's environment needs to meet this one and no other."""
        return {"ERL_EPMD_PORT": str(self.port), "ERL_EPMD_ADDRESS": ports.LOOPBACK}

    def start(self, environment: Mapping[str, str]) -> None:
        """Return when it answers. `environment` holds the PATH on which epmd lies.

        Raises:
            Unprepared: There is no epmd on that PATH, or it would not start.
        """
        if not self.running:
            self.process.spawn(
                [shutil.which("epmd", path=environment["PATH"]) or "epmd", "-port", str(self.port)],
                env={**environment, **self.variables},
                log=self.folder / "port_mapper.log",
                tied=self.tied,
            )
        if not self.comes_up(
            lambda: ports.accepts(self.port), deadline_seconds=START_DEADLINE_SECONDS
        ):
            self.kill()
            raise Unprepared(
                en=f"Erlang's port mapper would not start on port {self.port}: its own words are "
                f"in {self.folder}/port_mapper.log; or name a broker in AMQP_URI.",
                zh=f"Erlang 端口映射程序未能在端口 {self.port} 启动：原因见 "
                f"{self.folder}/port_mapper.log；也可用 AMQP_URI 指定其他服务器。",
            )
