"""The launcher: what it does before there is a Python to speak of. The programs are stand-ins."""

import hashlib
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from services.cli.servers.process import Mark
from tests.support.waiting import eventually

CHECKOUT = Path(__file__).resolve().parents[3]
TOOLS = ("bash", "cat", "cut", "dirname", "env", "find", "flock", "head", "kill", "mkdir", "mktemp")
MORE_TOOLS = ("readlink", "realpath", "rm", "sha256sum", "sleep")
PYTHON = '#!/bin/sh\necho "$@" >> "{log}"\nexit {code}\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout and a machine that has nothing but the everyday tools."""
    shutil.copy(CHECKOUT / "shaobao", tmp_path)
    shutil.copytree(CHECKOUT / "requirements", tmp_path / "requirements")
    machine = tmp_path / "machine"
    machine.mkdir()
    for tool in (*TOOLS, *MORE_TOOLS):
        (machine / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [checkout / "shaobao", *words],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(checkout / "machine"), "MONGODB_URI": "mongodb://h/"},
    )


def put_python(at: Path, *, code: int, log: Path) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(PYTHON.format(code=code, log=log), encoding="ascii")
    at.chmod(0o755)


def test_without_python_311_one_sentence_says_what_to_install(checkout: Path) -> None:
    done = run(checkout, "status")
    assert done.returncode == 1
    assert "sudo apt install python3.11" in done.stderr
    assert done.stderr.count("\n") == 1


def test_another_python_is_not_taken_for_311(checkout: Path) -> None:
    put_python(checkout / "machine" / "python3", code=1, log=checkout / "asked")
    done = run(checkout, "status")
    assert "sudo apt install python3.11" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_second_start_installs_nothing_and_hands_every_word_over(checkout: Path) -> None:
    put_python(checkout / ".venv/bin/python", code=0, log=checkout / "asked")
    lock = (checkout / "requirements/runtime.txt").read_bytes()
    (checkout / ".venv/.lock-runtime").write_text(hashlib.sha256(lock).hexdigest(), "ascii")
    done = run(checkout, "logs", "--follow")
    assert done.returncode == 0
    asked = (checkout / "asked").read_text(encoding="ascii")
    assert asked == "-m services.cli logs --follow\n"


def test_a_changed_lock_is_installed_before_anything_else(checkout: Path) -> None:
    put_python(checkout / ".venv/bin/python", code=0, log=checkout / "asked")
    (checkout / ".venv/.lock-runtime").write_text("of yesterday", "ascii")
    assert run(checkout, "status").returncode == 0
    *setting_up, last = (checkout / "asked").read_text(encoding="ascii").splitlines()
    assert any("--require-hashes" in line and "runtime.txt" in line for line in setting_up)
    assert last == "-m services.cli status"


def test_packages_that_cannot_be_had_end_in_one_sentence(checkout: Path) -> None:
    python = checkout / ".venv/bin/python"
    put_python(python, code=0, log=checkout / "asked")
    text = python.read_text(encoding="ascii")
    python.write_text(text.replace("exit 0", 'case "$*" in *pip\\ install*) exit 1; esac'), "ascii")
    done = run(checkout, "status")
    assert done.returncode == 1
    assert "requirements/runtime.txt could not be installed" in done.stderr
    assert "services.cli" not in (checkout / "asked").read_text(encoding="ascii")


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_launcher_that_is_stopped_stops_what_it_installs(
    asking: signal.Signals, checkout: Path
) -> None:
    python = checkout / ".venv/bin/python"
    put_python(python, code=0, log=checkout / "asked")
    slow = f'case "$*" in *pip\\ install*) echo $$ >{checkout}/pid; sleep 600; esac\nexit 0'
    python.write_text(python.read_text("ascii").replace("exit 0", slow), "ascii")
    launcher = subprocess.Popen(  # noqa: S603 - our own script
        [checkout / "shaobao", "status"],
        env={"PATH": str(checkout / "machine"), "MONGODB_URI": "mongodb://h/"},
        stderr=subprocess.DEVNULL,
    )
    pid = checkout / "pid"
    eventually(lambda: pid.exists() and pid.read_text("ascii"), awaited="the installation")
    launcher.send_signal(asking)
    assert launcher.wait() == 130
    eventually(lambda: Mark.of(int(pid.read_text("ascii"))) is None, awaited="its end")
