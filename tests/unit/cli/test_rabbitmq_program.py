"""Debian's Erlang, unpacked somewhere else than it was built for."""

import subprocess
from pathlib import Path

import pytest

from services.cli.servers.packages import Packages
from services.cli.servers.rabbitmq_program import locate

START_SCRIPT = """\
#!/bin/sh
if [ -z "$ERL_ROOTDIR" ]
then
    ROOTDIR=/usr/lib/erlang
    if [ "$dyn_rootdir" != "$ROOTDIR" ]
    then
        ROOTDIR=/usr/lib/erlang
    fi
else
    ROOTDIR=/usr/lib/erlang
fi
echo "$ROOTDIR"
"""
SCRIPTS = ("bin/erl", "bin/start", "erts-13.1.5/bin/erl", "erts-13.1.5/bin/start")


def unpacked_in(folder: Path) -> Packages:
    """RabbitMQ as it lies there after its package was unpacked: only what has Erlang's root."""
    packages = Packages(folder)
    for script in SCRIPTS:
        file = packages.root / "usr/lib/erlang" / script
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(START_SCRIPT, encoding="ascii")
    (packages.root / "usr/lib/erlang/bin/epmd").write_bytes(b"\x7fELF ROOTDIR=/usr/lib/erlang\xff")
    (folder / "unpacked").mkdir()
    (folder / "unpacked" / "rabbitmq-server").touch()
    return packages


def root_said_by(script: Path) -> str:
    done = subprocess.run(["sh", script], check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout.strip()


@pytest.mark.parametrize("folder", ["plain", "with a space", "中文", "quo'te$HOME"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_start_script_of_erlang_gets_the_private_root(
    tmp_path: Path, folder: str, script: str
) -> None:
    packages = unpacked_in(tmp_path / folder)
    locate(packages, path="/nowhere")
    erlang = packages.root / "usr/lib/erlang"
    assert root_said_by(erlang / script) == str(erlang)


def test_a_moved_folder_gets_its_new_root(tmp_path: Path) -> None:
    packages = unpacked_in(tmp_path / "before")
    locate(packages, path="/nowhere")
    moved = Packages((tmp_path / "before").rename(tmp_path / "after"))
    locate(moved, path="/nowhere")
    erlang = moved.root / "usr/lib/erlang"
    assert {root_said_by(erlang / script) for script in SCRIPTS} == {str(erlang)}


def test_programs_are_left_as_they_are(tmp_path: Path) -> None:
    packages = unpacked_in(tmp_path / "packages")
    program = packages.root / "usr/lib/erlang/bin/epmd"
    before = program.read_bytes()
    locate(packages, path="/nowhere")
    assert program.read_bytes() == before
