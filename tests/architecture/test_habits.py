"""Tools beside the code do what the code's own tests do, and know what is pinned and why."""

import json
import re
import shlex
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from services.cli.commands.testing import CHECKS
from tests.architecture.source import ROOT

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PINS = {
    found.name: found
    for found in map(Requirement, tomllib.loads(PROJECT)["project"]["dependencies"])
}
#: Pins that pyproject.toml gives a reason for.
EXPLAINED = re.findall(
    r'^  "([a-z0-9-]+)==[^"]*", +#', PROJECT.split("[project.opt")[0], re.MULTILINE
)
RENOVATE: dict[str, Any] = json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = RENOVATE["packageRules"]
TEXTS = {".py", ".md", ".yml", ".yaml", ".toml", ".json", ".txt", ".conf", ".csv"}
SHOWN = (".github", "deploy", "docs", "requirements", "services", "tests")


def rules_of(package: str) -> list[dict[str, Any]]:
    """Return the rules about one package by name."""
    return [each for each in RULES if package in each.get("matchPackageNames", ())]


def test_the_hooks_before_a_commit_are_the_checks_of_the_test_command() -> None:
    """By the tools of .venv, so in the locked versions, and with nothing fetched."""
    [local] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert local["repo"] == "local"
    assert [(each["name"], tuple(shlex.split(each["entry"]))) for each in local["hooks"]] == [
        (check.what.en, (".venv/bin/python", *check.command)) for check in CHECKS
    ]
    assert {(each["language"], each["pass_filenames"]) for each in local["hooks"]} == {
        ("system", False)
    }


def test_an_update_never_lands_by_itself() -> None:
    assert RENOVATE["automerge"] is False
    assert not any(each.get("automerge") for each in RULES)
    assert RENOVATE["schedule"] == ["before 6am on monday"]


@pytest.mark.parametrize("package", [*EXPLAINED, "eventlet", "nameko"])
def test_a_pin_with_a_reason_is_updated_by_a_rule_that_says_it(package: str) -> None:
    [rule] = rules_of(package)
    assert rule["description"]
    assert "groupName" in rule or "allowedVersions" in rule


def test_pins_with_reasons_are_found() -> None:
    assert {"amqp", "pymongo"} <= set(EXPLAINED)


@pytest.mark.parametrize("name", sorted(PINS))
def test_a_ceiling_lets_through_what_is_pinned(name: str) -> None:
    [version] = [each.version for each in PINS[name].specifier]
    ceilings = [each["allowedVersions"] for each in rules_of(name) if "allowedVersions" in each]
    assert all(SpecifierSet(each).contains(version) for each in ceilings)


def test_every_place_that_names_a_version_is_looked_after() -> None:
    assert set(RENOVATE["enabledManagers"]) == {
        "pep621", "github-actions", "docker-compose", "dockerfile",
    }  # fmt: skip


def test_files_are_written_as_editors_are_told() -> None:
    """UTF-8, line feeds, one at the end, no blanks before it; golden samples are exact bytes."""
    odd = [
        path.relative_to(ROOT).as_posix()
        for folder in SHOWN
        for path in (ROOT / folder).rglob("*")
        if path.suffix in TEXTS and "golden" not in path.parts and path.stat().st_size
        if not _as_told(path.read_bytes().decode())
    ]
    assert odd == []


def _as_told(text: str) -> bool:
    return text.endswith("\n") and not re.search(r"[\r\t ]+$|\r", text, re.MULTILINE)
