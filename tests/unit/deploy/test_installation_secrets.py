"""The secrets of an installation: made once, a file for each reader, never changed."""

import json
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.common.http.tokens import private_key, public_keys
from services.common.vault.master_keys import MasterKeys
from services.operating.broker.rights import OWN_REPLIES_ONLY
from services.operating.installation_secrets import (
    InstallationSecrets,
    Owners,
    read_passwords,
)
from services.terminal.unprepared import Unprepared
from tests.unit.deploy.compose import COMPOSE, DEMO, read

DEPARTMENTS = ("dept-emergency", "dept-enforcement", "dept-market", "dept-court")
ME = Owners(os.geteuid(), os.geteuid(), os.geteuid())


def made(folder: Path) -> InstallationSecrets:
    found = InstallationSecrets(folder, owners=ME)
    found.make(DEPARTMENTS)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the definitions, whose hashes have a new salt each time."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "definitions.json"
    }


def test_every_secret_that_the_compose_files_name_is_there(tmp_path: Path) -> None:
    made(tmp_path)
    named = {**read(COMPOSE)["secrets"], **read(DEMO)["secrets"]}
    for secret in named.values():
        assert (tmp_path / secret["file"].removeprefix("${SHAOBAO_SECRETS:-./secrets}/")).is_file()


def test_a_secret_is_read_by_its_owner_alone_and_written_by_nobody(tmp_path: Path) -> None:
    made(tmp_path)
    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.rglob("*")}
    public = tmp_path / "public" / "local.pem"
    assert modes.pop(public) == 0o444
    assert {mode for file, mode in modes.items() if file.is_file()} == {0o400}
    assert {mode for file, mode in modes.items() if file.is_dir()} == {0o711, 0o755}


def test_making_them_again_changes_nothing(tmp_path: Path) -> None:
    before = contents(made(tmp_path).folder)
    assert InstallationSecrets(tmp_path, owners=ME).make(DEPARTMENTS) == ()
    assert contents(tmp_path) == before


def test_a_new_department_gets_a_password_and_nobody_elses_changes(tmp_path: Path) -> None:
    before = read_passwords(made(tmp_path).users)
    new = InstallationSecrets(tmp_path, owners=ME).make((*DEPARTMENTS, "dept-water"))
    after = read_passwords(tmp_path / "users.json")
    assert new == ("department/dept-water",)
    assert after.departments.items() - before.departments.items() == {
        ("dept-water", after.departments["dept-water"])
    }
    assert (after.services, after.database) == (before.services, before.database)


def test_a_department_that_left_the_registry_keeps_its_password(tmp_path: Path) -> None:
    before = read_passwords(made(tmp_path).users)
    InstallationSecrets(tmp_path, owners=ME).make(DEPARTMENTS[:1])
    assert read_passwords(tmp_path / "users.json") == before


def test_lost_passwords_are_not_made_up_anew(tmp_path: Path) -> None:
    made(tmp_path).users.unlink()
    with pytest.raises(Unprepared, match=r"users\.json is gone"):
        InstallationSecrets(tmp_path, owners=ME).make(DEPARTMENTS)


def test_every_reader_gets_the_password_that_the_servers_are_told(tmp_path: Path) -> None:
    known = read_passwords(made(tmp_path).users)
    for user, password in known.database.items():
        uri = urlsplit((tmp_path / "uris" / f"mongodb-{user}").read_text(encoding="utf-8"))
        assert (uri.username, uri.password) == (user, password)
    for code, password in known.departments.items():
        uri = urlsplit((tmp_path / "departments" / code).read_text(encoding="utf-8"))
        assert (uri.username, uri.password) == (code, password)
    assert (tmp_path / "mongo" / "root-password").read_text("utf-8") == known.database_root


def test_keys_are_of_the_kind_that_the_services_take(tmp_path: Path) -> None:
    made(tmp_path)
    assert MasterKeys.read(tmp_path / "master.key").newest == "local"
    signing = private_key(tmp_path / "signing" / "local.pem").public_key()
    assert public_keys(tmp_path / "public")["local"] == signing


def test_the_broker_boots_with_departments_that_write_under_their_own_name_only(
    tmp_path: Path,
) -> None:
    made(tmp_path)
    found = json.loads((tmp_path / "rabbitmq" / "definitions.json").read_text(encoding="utf-8"))
    replies = {
        each["user"]: each["write"]
        for each in found["topic_permissions"]
        if each["exchange"] == OWN_REPLIES_ONLY.exchange
    }
    assert replies == dict.fromkeys(DEPARTMENTS, OWN_REPLIES_ONLY.write)
    assert not any("password" in each for each in found["users"])
    administrators = [each["name"] for each in found["users"] if each["tags"]]
    assert administrators == ["shaobao-administrator"]
