"""Secrets are made once and are nobody else's business."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from services.cli.secret_files import Secrets


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    secrets.make_missing()
    assert mode(secrets.folder) == 0o700
    assert mode(secrets.master_key) == 0o600
    assert mode(secrets.signing_key) == 0o600


def test_a_second_run_changes_no_secret(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    secrets.make_missing()
    files = [file for file in secrets.folder.rglob("*") if file.is_file()]
    before = [file.read_bytes() for file in files]
    secrets.make_missing()
    assert [file.read_bytes() for file in files] == before


def test_the_master_key_has_256_bits(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    assert len(base64.b64decode(secrets.master_key.read_bytes())) == 32


def test_the_public_key_of_a_token_has_the_signing_key_s_name(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    private = load_pem_private_key(secrets.signing_key.read_bytes(), password=None)
    [public_file] = secrets.public_keys.iterdir()
    public = load_pem_public_key(public_file.read_bytes())
    assert public_file.name == secrets.signing_key.name
    assert public == private.public_key()
