"""A version is one number in three places, and its note is what the changelog says of it."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from services.terminal.environment import CHECKOUT
from tests.unit.deploy.compose import DEPLOY

CHANGELOG = """\
# Changelog

Words before the first version.

## [Unreleased]

### Added
- Something that nobody has yet.

## [1.10.0] - 2027-02-01

### Fixed
- A second thing.

### Operations
- Nothing to run.

## [1.1.0] - 2027-01-01

### Added
- A first thing.
"""
HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)


def text(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script beside a changelog of its own."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(DEPLOY / "release-note", tmp_path / "deploy")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return tmp_path


def note(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    script = checkout / "deploy" / "release-note"
    return subprocess.run(  # noqa: S603 - our own script
        [script, *words], capture_output=True, text=True, check=False
    )


def test_the_note_of_a_version_is_its_section_and_no_other(checkout: Path) -> None:
    assert note(checkout, "1.1.0").stdout == "### Added\n- A first thing.\n"
    assert note(checkout, "1.10.0").stdout == (
        "### Fixed\n- A second thing.\n\n### Operations\n- Nothing to run.\n"
    )


@pytest.mark.parametrize("version", ["1.1", "1.1.1", "10", ".*", ""])
def test_a_version_that_the_changelog_lacks_makes_no_release(checkout: Path, version: str) -> None:
    done = note(checkout, version)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"CHANGELOG.md has no section ## [{version}]")


@pytest.mark.parametrize("words", [(), ("1.1.0", "1.10.0")])
def test_a_note_is_of_exactly_one_version(checkout: Path, words: tuple[str, ...]) -> None:
    done = note(checkout, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: deploy/release-note VERSION\n"


def test_the_newest_version_is_the_same_in_changelog_package_and_image() -> None:
    """Before the first release the changelog has none."""
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert re.findall(r"^ARG VERSION=(.*)$", text("deploy/Dockerfile"), re.MULTILINE) == [version]
    released = HEADING.findall(text("CHANGELOG.md"))
    assert released[:1] in ([], [version])


def test_what_is_not_released_stands_first_and_every_other_section_has_number_and_day() -> None:
    first, *rest = re.findall(r"^## .*$", text("CHANGELOG.md"), re.MULTILINE)
    assert first == "## [Unreleased]"
    assert [each for each in rest if not HEADING.fullmatch(each)] == []
