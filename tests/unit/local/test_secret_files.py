"""Secrets are made once and are nobody else's business."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.common.http.tokens import TokenVerifier, issue, public_keys
from services.common.vault.master_keys import MasterKeys
from services.local.secret_files import Secrets


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


def test_the_vault_can_use_the_master_key(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    assert MasterKeys.read(secrets.master_key).newest == "local"


def test_a_token_signed_with_the_signing_key_is_believed(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    secrets.make_missing()
    private = load_pem_private_key(secrets.signing_key.read_bytes(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    token = issue(private, secrets.signing_key.stem, "p1", ["operator"])
    verifier = TokenVerifier(public_keys(secrets.public_keys))
    assert verifier.caller(token).person == "p1"
