"""The distribution's packages, unpacked into a folder of ours instead of installed.

Nothing on the machine changes: no root, no system service, no package database. Only the standard
library is used, since the launcher runs this file before there is a virtual environment.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cli.unprepared import Unprepared

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
        for tool in ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query"):
            if shutil.which(tool) is None:
                raise _unavailable(name)
        self.root.mkdir(parents=True, exist_ok=True)
        for archive in self._download(name):
            _run("dpkg-deb", "-x", str(archive), str(self.root))
            archive.unlink()
        shutil.rmtree(self.folder / "apt", ignore_errors=True)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
        return self.root

    def _download(self, name: str) -> list[Path]:
        try:
            return self._download_from(name, lists=())
        except subprocess.CalledProcessError:
            pass  # the machine's own lists are missing or too old: fetch lists for ourselves
        lists = self._own_lists()
        subprocess.run(  # some source of the machine may be away; what counts is the download
            ("apt-get", *lists, "update", "-q"), check=False, capture_output=True, env=_plain()
        )
        try:
            return self._download_from(name, lists=lists)
        except subprocess.CalledProcessError as fault:
            raise _unavailable(name) from fault

    def _own_lists(self) -> tuple[str, ...]:
        lists, cache = self.folder / "apt" / "lists", self.folder / "apt" / "cache"
        for folder in (lists / "partial", cache / "archives" / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        return ("-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}")

    def _download_from(self, name: str, *, lists: Sequence[str]) -> list[Path]:
        downloads = self.folder / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir(parents=True)
        _run(
            "apt-get", *lists, *_UNSANDBOXED, "-q", "download", *_needed(name, lists), at=downloads
        )
        return sorted(downloads.glob("*.deb"))


_UNSANDBOXED = ("-o", "APT::Sandbox::User=root") if os.geteuid() == 0 else ()


def _needed(name: str, lists: Sequence[str]) -> list[str]:
    """The package, what apt would install with it, and all of Erlang, which wants one tree."""
    plan = _run("apt-get", *lists, "-s", "--no-install-recommends", "install", name)
    missing = {line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")}
    closure = _run("apt-cache", *lists, "depends", "--recurse", "--important", name)
    erlang = {line.strip() for line in closure.splitlines() if line.startswith("erlang-")}
    return sorted({name, *erlang, *(one for one in missing if one.startswith(_FAMILIES))})


def _run(*argv: str, at: Path | None = None) -> str:
    done = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=at, env=_plain())
    return done.stdout


def _plain() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _unavailable(name: str) -> Unprepared:
    return Unprepared(
        en=f"The distribution's package {name} can't be had here: install it by hand, or name "
        "servers of your own in AMQP_URI and MONGODB_URI.",
        zh=f"无法取得软件包 {name}：请手工安装，或用 AMQP_URI 和 MONGODB_URI 指定自己的服务器。",
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
