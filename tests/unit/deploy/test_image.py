"""What the image is built of, and that trying it says what it lacks."""

import os
import re
import subprocess

from services.operating.installation_secrets import Owners
from services.terminal.environment import CHECKOUT
from tests.unit.deploy.compose import DEPLOY

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_packages_come_from_the_lock_by_their_hash() -> None:
    assert "--require-hashes --requirement /tmp/runtime.txt" in DOCKERFILE
    assert "COPY requirements/runtime.txt /tmp/runtime.txt" in DOCKERFILE


def test_nothing_is_pinned_to_one_builder_one_registry_or_one_index() -> None:
    assert not DOCKERFILE.startswith("# syntax")
    assert "@sha256:" not in DOCKERFILE
    assert "://" not in DOCKERFILE


def test_the_image_runs_as_the_user_whom_secrets_are_given_to() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == [
        f"{Owners().ours}:{Owners().ours}"
    ]


def test_nothing_is_compiled_in_what_runs() -> None:
    final = DOCKERFILE.rpartition("FROM ")[2]
    assert not re.search(r"apt-get|gcc|pip install", final)


def test_only_what_the_image_holds_is_sent_to_the_builder() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    sent = {line.removeprefix("!").rstrip("/") for line in rules if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {word for line in copied for word in line.split()} == sent


def test_trying_it_without_an_engine_says_so_in_one_sentence() -> None:
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "PATH": os.environ["PATH"]}
    done = subprocess.run(  # noqa: S603 - our own script
        [DEPLOY / "try-compose"], env=nowhere, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("deploy/try-compose needs a running Docker engine")
    assert done.stderr.count("\n") == 1
