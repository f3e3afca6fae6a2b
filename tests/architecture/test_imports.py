"""Who may import whom: the contracts stand in pyproject.toml, and a new module has to be placed."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT, SERVICES

LINT = "from importlinter.cli import lint_imports_command as go; go()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter over the sources in a folder."""
    return subprocess.run(  # noqa: S603  our own interpreter and words
        (sys.executable, "-c", LINT, "--no-cache"),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


def contracts() -> list[dict[str, Any]]:
    """Return the contracts of the import linter."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def test_every_import_is_allowed() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_and_common_have_layers_that_name_all_their_modules() -> None:
    layered = {
        container
        for each in contracts()
        if each["type"] == "layers"
        for container in each["containers"]
    }
    assert layered >= {"services", "services.common", *(f"services.{name}" for name in SERVICES)}
    assert all(each["exhaustive"] for each in contracts() if each["type"] == "layers")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "services", tmp_path / "services", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def spoil(copy: Path, path: str, line: str) -> str:
    """Add a line to a file of the copy; return what the linter says."""
    spoiled = copy / "services" / path
    before = spoiled.read_text(encoding="utf-8") if spoiled.exists() else '"""New."""\n'
    spoiled.write_text(f"{before}\n{line}\n", encoding="utf-8")
    done = lint(copy)
    spoiled.write_text(before, encoding="utf-8")
    assert done.returncode == 1, f"{line} in {path} was let pass"
    return done.stdout


def test_what_is_not_allowed_is_found(copy: Path) -> None:
    """Each rule once, broken on purpose."""
    for path, line in (
        ("intake/handlers.py", "import services.dispatch.domain.errors"),
        ("common/desk.py", "import services.intake.reactions"),
        ("metrics/views.py", "import services.terminal.console"),
        ("dispatch/domain/registry.py", "import pymongo"),
        ("dispatch/reactions.py", "import services.common.eventlog.mongo"),
        ("escalation/calls/handlers.py", "import kombu"),
        ("dispatch/domain/work_order.py", "import services.dispatch.handlers"),
        ("common/contracts/codec.py", "import services.common.eventlog.ports"),
        ("common/contracts/event_types.py", "import services.common.contracts.upcasters"),
        ("intake/misplaced.py", ""),
    ):
        assert "BROKEN" in spoil(copy, path, line), (path, line)
