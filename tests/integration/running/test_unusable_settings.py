"""A service that can't start says everything that is wrong at once, and is not started again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from services.common.clock import ClockMode
from services.common.config import EXIT_UNUSABLE
from services.common.eventlog.mongo import client
from services.common.running.business_time import agree
from services.common.running.stores import Stores
from services.local.secret_files import Secrets
from services.terminal.environment import CHECKOUT, SHIPPED_REGISTRY
from tests.support.registry_folder import append, replace

SERVED = {"MONGODB_URI", "AMQP_URI", "HTTP_ADDRESS", "TOKEN_PUBLIC_KEYS"}
NEEDED = {
    "intake": SERVED | {"MASTER_KEY_FILE"},
    "dispatch": SERVED | {"MASTER_KEY_FILE", "REGISTRY_DIR"},
    "escalation": SERVED | {"MASTER_KEY_FILE"},
    "metrics": SERVED,
}


def started(service: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `service` with nothing set but `settings`, until it gives up."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), **settings}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", f"services.{service}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("service", sorted(NEEDED))
def test_every_missing_setting_is_listed_at_once(service: str) -> None:
    ended = started(service)

    missing = {
        line.split(":")[0].strip() for line in ended.stderr.splitlines() if "is missing" in line
    }
    assert missing == NEEDED[service]
    assert ended.returncode == EXIT_UNUSABLE
    assert "Traceback" not in ended.stderr


def test_ill_formed_settings_are_named_beside_the_missing_and_never_quoted() -> None:
    ended = started("metrics", MONGODB_URI="secret-word", CLOCK="sundial")

    assert ended.returncode == EXIT_UNUSABLE
    assert "MONGODB_URI: must be a URI" in ended.stderr
    assert "CLOCK: must be one of" in ended.stderr
    assert "HTTP_ADDRESS: is missing" in ended.stderr
    assert "secret-word" not in ended.stderr


def test_keys_that_are_no_keys_end_the_start_with_a_reason(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    for each in secrets.public_keys.iterdir():
        each.write_text("no key", encoding="utf-8")

    ended = started(
        "metrics",
        MONGODB_URI="mongodb://127.0.0.1:9/",
        AMQP_URI="amqp://127.0.0.1:9/",
        HTTP_ADDRESS="127.0.0.1:0",
        TOKEN_PUBLIC_KEYS=str(secrets.public_keys),
    )

    assert ended.returncode == EXIT_UNUSABLE
    assert "unusable_keys" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("service", sorted(NEEDED))
def test_a_service_never_opens_a_database_with_another_clock(
    service: str, tmp_path: Path, mongodb_uri: str
) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    with client(mongodb_uri) as connected:
        stores = Stores(connected, f"clock_{uuid4().hex[:8]}_")
        agree(stores, ClockMode("scaled", 1800))
        ended = started(
            service,
            MONGODB_URI=mongodb_uri,
            AMQP_URI="amqp://127.0.0.1:9/",
            HTTP_ADDRESS="127.0.0.1:0",
            TOKEN_PUBLIC_KEYS=str(secrets.public_keys),
            MASTER_KEY_FILE=str(secrets.master_key),
            REGISTRY_DIR=str(CHECKOUT / "deploy" / "registry"),
            DATABASE_PREFIX=stores.prefix,
        )
        made = [each for each in connected.list_database_names() if each.startswith(stores.prefix)]
        connected.drop_database(stores.clock().name)

    assert ended.returncode == EXIT_UNUSABLE
    assert "another_clock" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert made == [stores.clock().name], "nothing was written"


def test_a_registry_with_faults_ends_dispatch_before_it_looks_for_a_server(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    folder = Path(shutil.copytree(SHIPPED_REGISTRY, tmp_path / "registry"))
    line = append(folder, "duties.yaml", "  - {category: a.b.c}")
    replace(folder, "categories.yaml", "working_time: false", "working_time: true")

    ended = started(
        "dispatch",
        MONGODB_URI="mongodb://127.0.0.1:9/",
        AMQP_URI="amqp://127.0.0.1:9/",
        HTTP_ADDRESS="127.0.0.1:0",
        TOKEN_PUBLIC_KEYS=str(secrets.public_keys),
        MASTER_KEY_FILE=str(secrets.master_key),
        REGISTRY_DIR=str(folder),
    )

    said = ended.stdout + ended.stderr
    assert ended.returncode == EXIT_UNUSABLE
    assert f"duties.yaml:{line}" in said
    assert "working_time has no effect yet" in said
    assert "Traceback" not in said
