"""The launcher: what it does before there is a Python to speak of. The programs are stand-ins."""

import hashlib
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import eventually

CHECKOUT = Path(__file__).resolve().parents[3]
TOOLS = (
    *("awk", "bash", "cat", "cut", "df", "dirname", "env", "find", "flock", "grep", "head", "kill"),
    *("mkdir", "mktemp", "readlink", "realpath", "rm", "setsid", "sha256sum", "sleep", "touch"),
    "uname",
)
PYTHON = '#!/bin/sh\necho "$@" >> "{log}"\n{also}\nexit {code}\n'
PIP_SAYS = 'case "$*" in *pip*install*) echo "{words}" >&2; exit 1; esac'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout and a machine that has nothing but the everyday tools."""
    shutil.copy(CHECKOUT / "shaobao", tmp_path)
    shutil.copytree(CHECKOUT / "requirements", tmp_path / "requirements")
    machine = tmp_path / "machine"
    machine.mkdir()
    for tool in TOOLS:
        (machine / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def surroundings(checkout: Path, **more: str) -> dict[str, str]:
    return {"PATH": str(checkout / "machine"), "MONGODB_URI": "mongodb://h/", **more}


def run(checkout: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [checkout / "shaobao", *words],
        check=False,
        capture_output=True,
        text=True,
        env=surroundings(checkout, **more),
    )


def put(at: Path, text: str) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.unlink(missing_ok=True)
    at.write_text(text, encoding="utf-8")
    at.chmod(0o755)


def put_python(at: Path, *, code: int, log: Path, also: str = "") -> None:
    put(at, PYTHON.format(code=code, log=log, also=also))


def put_venv(checkout: Path, *, also: str = "") -> None:
    """A whole virtual environment in which nothing is installed yet."""
    put_python(checkout / ".venv/bin/python", code=0, log=checkout / "asked", also=also)
    (checkout / ".venv/.whole").touch()


def put_stamp(checkout: Path, lock: str, *, of: str | None = None) -> None:
    text = (checkout / "requirements" / f"{lock}.txt").read_bytes()
    stamp = of or hashlib.sha256(text).hexdigest()
    (checkout / f".venv/.lock-{lock}").write_text(stamp, encoding="ascii")


def asked(checkout: Path) -> list[str]:
    return (checkout / "asked").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "and found none: run 'sudo apt install python3 python3-venv'"),
        ("Python 3.10.12", "and this system has Python 3.10.12: install one of those beside it"),
        ("Python 3.14.0", "and this system has Python 3.14.0: install one of those beside it"),
    ],
)
def test_without_a_supported_python_one_sentence_says_what_is_there_and_what_to_install(
    checkout: Path, found: str | None, says: str
) -> None:
    if found:
        script = f'#!/bin/sh\n[ "$1" = --version ] && echo {found} && exit 0\nexit 1\n'
        put(checkout / "machine" / "python3", script)
    done = run(checkout, "status")
    assert done.returncode == 1
    assert says in done.stderr
    assert "docker compose" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("name", ["python3", "python3.13", "python3.12", "python3.11"])
def test_a_supported_python_is_taken_whatever_it_is_called(checkout: Path, name: str) -> None:
    put_python(checkout / "machine" / name, code=0, log=checkout / "asked")
    run(checkout, "status")
    assert any("-m venv" in line for line in asked(checkout))


def test_a_second_start_installs_nothing_and_hands_every_word_over(checkout: Path) -> None:
    put_venv(checkout)
    put_stamp(checkout, "runtime")
    done = run(checkout, "logs", "--follow")
    assert done.returncode == 0
    assert asked(checkout) == ["-m services.cli logs --follow"]


def test_what_is_missing_is_installed_by_the_lock_alone_and_checked(checkout: Path) -> None:
    put_venv(checkout)
    assert run(checkout, "status").returncode == 0
    [*_, install, check, last] = asked(checkout)
    assert "--no-deps --only-binary :all: --require-hashes" in install
    assert install.endswith("runtime.txt")
    assert "pip" in check
    assert check.endswith(" check")
    assert last == "-m services.cli status"


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_after_a_changed_lock_the_environment_is_made_anew(checkout: Path, lock: str) -> None:
    put_venv(checkout)
    put_stamp(checkout, lock, of="yesterday")
    (checkout / ".venv/of-yesterday").touch()
    put_python(checkout / "machine" / "python3", code=0, log=checkout / "asked")
    run(checkout, "status")
    assert not (checkout / ".venv/of-yesterday").exists()
    assert any("-m venv" in line for line in asked(checkout))


def test_an_environment_whose_making_was_interrupted_is_made_anew(checkout: Path) -> None:
    put_venv(checkout)
    (checkout / ".venv/.whole").unlink()
    put_python(checkout / "machine" / "python3", code=0, log=checkout / "asked")
    run(checkout, "status")
    assert any("-m venv" in line for line in asked(checkout))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "Check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "another file than the one"),
        ("ERROR: [Errno 13] Permission denied: 'x'", "made by another user"),
        ("something that nobody foresaw", "something that nobody foresaw"),
    ],
)
def test_packages_that_cannot_be_had_end_in_the_cause(
    checkout: Path, words: str, told: str
) -> None:
    put_venv(checkout, also=PIP_SAYS.format(words=words))
    done = run(checkout, "status")
    assert done.returncode == 1
    assert "requirements/runtime.txt could not be installed" in done.stderr
    assert told in done.stderr
    assert "-m services.cli status" not in asked(checkout)


def test_a_chinese_terminal_is_told_in_chinese_alone(checkout: Path) -> None:
    put_venv(checkout, also=PIP_SAYS.format(words="No space left on device"))
    done = run(checkout, "status", LANG="zh_CN.UTF-8")
    assert "正在安装依赖" in done.stderr
    assert "磁盘已满" in done.stderr
    assert "disk" not in done.stderr


def test_a_disk_without_room_is_told_before_anything_is_made(checkout: Path) -> None:
    put(checkout / "machine/df", "#!/bin/sh\nprintf 'h\\n/dev/x 9 9 51200 99%% /\\n'\n")
    done = run(checkout, "status")
    assert done.returncode == 1
    assert "50 MB free" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_folder_that_may_not_be_written_is_named(checkout: Path) -> None:
    state = checkout / "taken"
    state.write_text("a file stands here", encoding="utf-8")
    done = run(checkout, "status", SHAOBAO_HOME=str(state))
    assert done.returncode == 1
    assert str(state) in done.stderr
    assert "may not write" in done.stderr


@pytest.mark.parametrize(
    ("system", "machine", "told"),
    [("Darwin", "arm64", "runs on Linux"), ("Linux", "aarch64", "is for x86-64")],
)
def test_whoever_has_another_system_is_led_to_the_containers(
    checkout: Path, system: str, machine: str, told: str
) -> None:
    put(
        checkout / "machine/uname",
        f'#!/bin/sh\ncase "$1" in -m) echo {machine};; *) echo {system};; esac\n',
    )
    done = run(checkout, "demo", MONGODB_URI="")
    assert done.returncode == 1
    assert told in done.stderr
    assert "docker compose run --rm setup" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_stopped_while_it_installs_it_takes_pip_along(
    checkout: Path, number: signal.Signals, code: int
) -> None:
    pip = checkout / "pip.pid"
    put_venv(
        checkout,
        also=f'case "$*" in *pip*install*) : >"$TMPDIR/half"; echo $$ >"{pip}.new"; '
        f'PATH="{checkout}/machine:/bin:/usr/bin"; mv "{pip}.new" "{pip}"; exec sleep 600; esac',
    )
    temporary = checkout / "temporary"
    temporary.mkdir()
    started: subprocess.Popen[Any] = subprocess.Popen(  # noqa: S603 - our own script
        [checkout / "shaobao", "status"],
        env={**surroundings(checkout), "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    )
    eventually(pip.exists, awaited="the installing to begin")
    assert list(temporary.rglob("half"))
    started.send_signal(number)
    assert started.wait() == code
    process = Path("/proc") / pip.read_text(encoding="ascii").strip()
    eventually(
        lambda: not process.exists() or " Z " in (process / "stat").read_text("utf-8"),
        awaited="pip to be gone",
    )
    assert not (checkout / ".venv/.lock-runtime").exists()
    assert list(temporary.iterdir()) == []


def test_a_path_with_a_space_and_chinese_is_a_path_like_any_other(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    odd = shutil.move(checkout, tmp_path_factory.mktemp("odd") / "a space 中文 'quoted'")
    put_venv(Path(odd))
    assert run(Path(odd), "status").returncode == 0
    assert asked(Path(odd))[-1] == "-m services.cli status"
