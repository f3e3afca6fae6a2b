"""What stands in `.github`: the forge runs what everybody runs, and asks for what helps."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from services.cli.app import app
from tests.architecture.source import ROOT, named

FORGE = ROOT / ".github"
WORKFLOWS = sorted((FORGE / "workflows").glob("*.yml"))
FORMS = sorted(
    path for path in (FORGE / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"
)
CHANGE = (FORGE / "pull_request_template.md").read_text(encoding="utf-8")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def read(path: Path) -> dict[str, Any]:
    """Return a file; its key `on`, which YAML takes for a truth value, by its name."""
    found: dict[str | bool, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if name is True else str(name): value for name, value in found.items()}


def jobs(path: Path) -> list[dict[str, Any]]:
    return list(read(path)["jobs"].values())


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path) for step in job["steps"]]


def commands(path: Path) -> list[str]:
    return [step["run"] for step in steps(path) if "run" in step]


def told() -> list[list[str]]:
    """Return the words after `./shaobao` wherever a form or the change template names them."""
    text = CHANGE + "".join(path.read_text(encoding="utf-8") for path in FORMS)
    return [each.split() for each in re.findall(r"`\./shaobao ([a-z ]+)", text)]


def test_the_forge_runs_the_one_command_and_nothing_else() -> None:
    [command] = commands(FORGE / "workflows" / "ci.yml")
    assert command == ".ci/run"
    assert os.access(ROOT / command, os.X_OK)


def test_the_forge_runs_it_for_every_change_and_for_every_commit_that_landed() -> None:
    asked = read(FORGE / "workflows" / "ci.yml")["on"]
    assert asked == {"push": {"branches": ["main"]}, "pull_request": None}


def _with(step: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = step.get("with", {})
    return found


def test_a_release_is_made_of_a_tag_with_the_changelogs_section() -> None:
    workflow = FORGE / "workflows" / "release.yml"
    note, release = commands(workflow)
    assert note.startswith('deploy/release-note "${GITHUB_REF_NAME#v}"')
    assert "--verify-tag" in release
    assert read(workflow)["on"] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_workflow_may_read_and_a_job_says_what_more_it_needs(path: Path) -> None:
    assert read(path)["permissions"] in ({}, {"contents": "read"})
    assert all(job.get("permissions", {}).keys() <= {"contents"} for job in jobs(path))
    assert [each for each in steps(path) if _with(each).get("persist-credentials") is True] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_job_ends_by_itself(path: Path) -> None:
    assert all(job["timeout-minutes"] <= 40 for job in jobs(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_an_action_is_named_by_its_full_version(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+", each)] == []


@pytest.mark.parametrize("path", FORMS, ids=named)
def test_a_form_speaks_both_languages(path: Path) -> None:
    form = read(path)
    told = [form["name"], *(each["attributes"].get("label") for each in form["body"])]
    words = [each for each in told if each is not None and not each.startswith("`")]
    assert [each for each in words if not CHINESE.search(each)] == []


def test_a_fault_can_not_be_told_without_state_proof_version_and_system() -> None:
    form = read(FORGE / "ISSUE_TEMPLATE" / "fault.yml")
    needed = {
        each["id"] for each in form["body"] if each.get("validations", {}).get("required") is True
    }
    assert {"status", "log-verify", "version", "system"} <= needed


def test_the_forms_name_commands_that_there_are() -> None:
    found = told()
    assert {" ".join(words) for words in found} >= {"status", "log verify", "test"}
    unknown = [each for each in found if CliRunner().invoke(app, [*each, "--help"]).exit_code]
    assert unknown == []


def test_a_change_says_its_event_its_reader_and_its_test() -> None:
    assert re.findall(r"^\*\*(Event|Reader|Test)\*\*", CHANGE, re.MULTILINE) == [
        "Event", "Reader", "Test",
    ]  # fmt: skip
    assert "**Events**" in CHANGE
    assert "**Operations**" in CHANGE
