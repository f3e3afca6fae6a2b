"""The distribution's packages, unpacked into a folder of ours instead of installed.

Nothing on the machine changes: no root, no system service, no package database. Only the standard
library is used, since the launcher runs this file before there is a virtual environment.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.terminal.unprepared import Unprepared

_TOOLS = ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query")
_FULL = re.compile(r"no space left|not have enough free space|errno 28", re.IGNORECASE)
_OUT_OF_REACH = re.compile(
    r"could not (connect|resolve)|temporary failure|unreachable|timed out|failed to fetch"
    r"|unable to locate package|no packages found",
    re.IGNORECASE,
)
_FAMILIES = ("erlang-", "lib")  #: what a server needs beside itself; no cron, no log rotation


@dataclass(frozen=True, slots=True)
class Packages:
    """A folder of unpacked packages: `root` is laid out like `/`."""

    folder: Path

    @property
    def root(self) -> Path:
        """The unpacked tree."""
        return self.folder / "root"

    def library_path(self) -> str:
        """For LD_LIBRARY_PATH: where the unpacked shared libraries lie."""
        return ":".join(str(lib) for lib in sorted(self.root.glob("usr/lib/*-linux-gnu*")))

    def unpack(self, name: str) -> Path:
        """Unpack the package and what it needs beyond this machine; return `root`.

        Doing it again costs nothing.

        Raises:
            Unprepared: This is no Debian or Ubuntu, or the package can't be had.
        """
        stamp = self.folder / "unpacked" / name
        if stamp.exists():
            return self.root
        if any(shutil.which(tool) is None for tool in _TOOLS):
            raise _another_system(name)
        try:
            self._unpack_anew(name)
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.touch()
        except subprocess.CalledProcessError as fault:
            raise _unavailable(name, self.folder, words=str(fault.stderr)) from fault
        except OSError as fault:
            raise _unavailable(name, self.folder, words=str(fault)) from fault
        return self.root

    def _unpack_anew(self, name: str) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for archive in self._download(name):
            _run("dpkg-deb", "-x", str(archive), str(self.root))
            archive.unlink()
        shutil.rmtree(self.folder / "apt", ignore_errors=True)

    def _download(self, name: str) -> list[Path]:
        own = self._own_places()
        try:
            return self._download_with(own, name)
        except subprocess.CalledProcessError:
            pass  # the machine's own lists are missing or too old: fetch lists for ourselves
        own += ("-o", f"Dir::State::lists={_made(self.folder / 'apt' / 'lists')}")
        subprocess.run(  # some source of the machine may be away; what counts is the download
            ("apt-get", *own, "update", "-q"), check=False, capture_output=True, env=_plain()
        )
        return self._download_with(own, name)

    def _own_places(self) -> tuple[str, ...]:
        """apt's options, so that it writes caches and logs here and nothing of the machine's."""
        cache, log = _made(self.folder / "apt" / "cache" / "archives"), self.folder / "apt" / "log"
        log.mkdir(exist_ok=True)
        return ("-o", f"Dir::Cache={cache.parent}", "-o", f"Dir::Log={log}", *_UNSANDBOXED)

    def _download_with(self, options: Sequence[str], name: str) -> list[Path]:
        downloads = self.folder / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir(parents=True)
        _run("apt-get", *options, "-q", "download", *_needed(name, options), at=downloads)
        return sorted(downloads.glob("*.deb"))


def _made(folder: Path) -> Path:
    """A folder of apt's, which wants `partial` in it."""
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    return folder


_UNSANDBOXED = ("-o", "APT::Sandbox::User=root") if os.geteuid() == 0 else ()


def _needed(name: str, options: Sequence[str]) -> list[str]:
    """The package, what apt would install with it, and all of Erlang, which wants one tree."""
    plan = _run("apt-get", *options, "-s", "--no-install-recommends", "install", name)
    missing = {line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")}
    closure = _run("apt-cache", *options, "depends", "--recurse", "--important", name)
    erlang = {line.strip() for line in closure.splitlines() if line.startswith("erlang-")}
    return sorted({name, *erlang, *(one for one in missing if one.startswith(_FAMILIES))})


def _run(*argv: str, at: Path | None = None) -> str:
    done = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=at, env=_plain())
    return done.stdout


def _plain() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _another_system(name: str) -> Unprepared:
    return Unprepared(
        en=f"{name} comes from the packages of Debian or Ubuntu, which this system lacks: name "
        "servers of your own in AMQP_URI and MONGODB_URI, or use the containers: 'docker compose "
        "run --rm setup', then 'docker compose up --wait'.",
        zh=f"{name} 取自 Debian 或 Ubuntu 的软件包，而本机没有：请用 AMQP_URI 和 MONGODB_URI 指定"
        "自己的服务器，或改用容器：先执行 docker compose run --rm setup，再执行 docker compose up "
        "--wait。",
    )


def _unavailable(name: str, folder: Path, *, words: str) -> Unprepared:
    """What apt or dpkg said, as one of the causes that a person can do something about."""
    if _FULL.search(words):
        return Unprepared(
            en=f"{name} could not be unpacked: the disk is full where {folder} lies. Make room, "
            "then start again.",
            zh=f"无法解包 {name}：{folder} 所在磁盘已满。请先腾出空间再启动。",
        )
    if _OUT_OF_REACH.search(words):
        return Unprepared(
            en=f"{name} could not be fetched: the distribution's package servers can't be reached. "
            "Check the network and apt's sources, or name servers of your own in AMQP_URI and "
            "MONGODB_URI.",
            zh=f"无法下载 {name}：连接不到发行版的软件源。请检查网络和 apt 的软件源设置，"
            "或用 AMQP_URI 和 MONGODB_URI 指定自己的服务器。",
        )
    last = (words.strip().splitlines() or [""])[-1]
    return Unprepared(
        en=f"{name} could not be had from the distribution's packages ({last}): install it by "
        "hand, or name servers of your own in AMQP_URI and MONGODB_URI.",
        zh=f"无法从发行版的软件包取得 {name}（{last}）：请手工安装，"
        "或用 AMQP_URI 和 MONGODB_URI 指定自己的服务器。",
    )


def main(argv: Sequence[str]) -> int:
    """`packages.py FOLDER PACKAGE...`, for the launcher."""
    try:
        for name in argv[1:]:
            Packages(Path(argv[0])).unpack(name)
    except Unprepared as lack:
        print(lack.en, lack.zh, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
