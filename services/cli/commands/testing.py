"""`test`: everything that must hold, ending in pytest's own summary line."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from services.common.words import Words
from services.local.servers import throwaway
from services.terminal import environment as environments
from services.terminal.console import console, said, waiting_for
from services.terminal.environment import CHECKOUT, inherited
from services.terminal.languages import both

#: `./shaobao test` hands words that it doesn't know to pytest
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

WITHOUT_SERVERS = "not servers and not story and not benchmark"

PYTEST = ("-m", "pytest", "-q", "-m", "not benchmark")
COVERED = ("--cov", "--cov-config=tests/coverage.ini", "--cov-report=", "--durations=15")
#: Most tests wait for a server most of the time. A file stays on one worker, in the order of files:
#: its tests share servers that they kill, and the longest stories come first.
TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True, slots=True)
class Check:
    """A tool that says nothing unless something is wrong."""

    what: Words
    command: tuple[str, ...]


CHECKS = (
    Check(
        Words("format (ruff)", "格式（ruff）"), ("-m", "ruff", "format", "--check", "--quiet", ".")
    ),
    Check(Words("lint (ruff)", "代码规范（ruff）"), ("-m", "ruff", "check", "--quiet", ".")),
    Check(
        Words("types (mypy)", "类型（mypy）"),
        ("-m", "mypy", "--no-error-summary", "services", "tests", "deploy/try", "deploy/ready.py"),
    ),
    Check(
        Words("imports (import-linter)", "导入（import-linter）"),
        ("-c", "from importlinter.cli import lint_imports_command as go; go()"),
    ),
)


def run_tests(
    context: typer.Context,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help=both(en="Leave out what needs servers.", zh="跳过需要服务器的测试。")
        ),
    ] = False,
) -> None:
    """Lint, types, imports, then every test. Words go to pytest, which then runs alone.

    检查格式、类型和导入，再运行全部测试。附加的词交给 pytest，此时只运行 pytest。
    """
    failed = [check for check in CHECKS if not _passes(check)] if not context.args else []
    everything = TWO_AT_A_TIME if quick else (*TWO_AT_A_TIME, *COVERED)
    code = _pytest(context.args or list(everything), quick=quick)
    raise typer.Exit(code or (1 if failed else 0))


def _passes(check: Check) -> bool:
    began = time.monotonic()
    what = check.what.said(chinese=environments.read().chinese)
    with waiting_for(what):
        done = subprocess.run(
            (sys.executable, *check.command),
            check=False,
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    seconds = f"({time.monotonic() - began:.0f} s)"
    if done.returncode == 0:
        console.print(f"[green]✓ {what} {seconds}[/green]")
        return True
    console.print(done.stdout, markup=False, soft_wrap=True)
    console.print(f"[red]✗ {what} {seconds}[/red]")
    return False


def _pytest(words: list[str], *, quick: bool) -> int:
    """Run pytest; its summary is the last thing printed."""
    if quick:
        return _run_pytest(("-m", WITHOUT_SERVERS, *words), inherited())
    named = inherited()
    with ExitStack() as stack:
        with waiting_for(said(environments.read(), en="Servers for the tests", zh="测试用服务器")):
            servers = throwaway.running(
                broker="AMQP_URI" not in named, database="MONGODB_URI" not in named
            )
            found = stack.enter_context(servers)
        return _run_pytest(words, {**named, **found, "SHAOBAO_REQUIRE_SERVERS": "1"})


def _run_pytest(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run pytest; what its tests wrote is kept only if something failed, to be looked into."""
    place = Path(tempfile.mkdtemp(prefix="shaobao-test-"))
    code = subprocess.run(
        (sys.executable, *PYTEST, *words),
        check=False,
        cwd=CHECKOUT,
        env={**environment, "PYTEST_DEBUG_TEMPROOT": str(place)},
    ).returncode
    if code == 0:
        shutil.rmtree(place)
    return code
