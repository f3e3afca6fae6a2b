"""Debian's Erlang, unpacked somewhere else than it was built for."""

import re
import subprocess
from pathlib import Path

import pytest

from services.local.servers.packages import Packages
from services.local.servers.plain_names import PlainNames
from services.local.servers.rabbitmq_program import RabbitmqProgram, locate

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
    (packages.root / "usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin").mkdir(parents=True)
    (folder / "unpacked").mkdir()
    (folder / "unpacked" / "rabbitmq-server").touch()
    return packages


def located(packages: Packages) -> RabbitmqProgram:
    return locate(packages, PlainNames(packages.folder / "names"), path="/nowhere")


def root_said_by(script: Path) -> str:
    done = subprocess.run(["sh", script], check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout.strip()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_start_script_of_erlang_gets_the_private_root(tmp_path: Path, script: str) -> None:
    packages = unpacked_in(tmp_path)
    located(packages)
    erlang = packages.root / "usr/lib/erlang"
    assert root_said_by(erlang / script) == str(erlang)


@pytest.mark.parametrize("name", ["with a space", "中文", "quo'te$HOME"])
def test_at_an_odd_path_everything_goes_by_a_plain_one(tmp_path: Path, name: str) -> None:
    packages = unpacked_in(tmp_path / name)
    program = located(packages)
    [root] = {root_said_by(packages.root / "usr/lib/erlang" / script) for script in SCRIPTS}
    assert re.fullmatch(r"[A-Za-z0-9/_-]+", root)
    assert Path(root).samefile(packages.root / "usr/lib/erlang")
    assert re.fullmatch(r"[A-Za-z0-9/._-]+", str(program.scripts))
    PlainNames(packages.folder / "names").forget()


def test_a_moved_folder_gets_its_new_root(tmp_path: Path) -> None:
    located(unpacked_in(tmp_path / "before"))
    moved = Packages((tmp_path / "before").rename(tmp_path / "after"))
    located(moved)
    erlang = moved.root / "usr/lib/erlang"
    assert {root_said_by(erlang / script) for script in SCRIPTS} == {str(erlang)}


def test_programs_are_left_as_they_are(tmp_path: Path) -> None:
    packages = unpacked_in(tmp_path)
    program = packages.root / "usr/lib/erlang/bin/epmd"
    before = program.read_bytes()
    located(packages)
    assert program.read_bytes() == before
