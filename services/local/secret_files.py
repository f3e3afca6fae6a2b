"""The secrets of a private installation, made once and read by nobody but their owner."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from services.common.vault.master_keys import new_line

KEY_ID = "local"  #: of the master key, and `kid` of the tokens that this installation signs


@dataclass(frozen=True, slots=True)
class Secrets:
    """Files with mode 0600 in a folder with mode 0700; the public keys lie apart."""

    folder: Path

    @property
    def master_key(self) -> Path:
        """Wraps the vault's keys (see `common.vault.master_keys`). Losing it loses every text."""
        return self.folder / "master.key"

    @property
    def signing_key(self) -> Path:
        """Ed25519 private key (PKCS #8, PEM) that signs bearer tokens."""
        return self.folder / "signing" / f"{KEY_ID}.pem"

    @property
    def public_keys(self) -> Path:
        """The folder that TOKEN_PUBLIC_KEYS names: `<kid>.pem` each."""
        return self.folder / "public"

    def make_missing(self) -> None:
        """Make what isn't there yet; what is there is never changed."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        if not self.master_key.exists():
            write_private(self.master_key, new_line(KEY_ID).encode())
        if not self.signing_key.exists():
            self._make_signing_key()

    def _make_signing_key(self) -> None:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_private(self.public_keys / f"{KEY_ID}.pem", public)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(self.signing_key, private)


def write_private(file: Path, content: bytes) -> None:
    """Replace `file` in one step by one that only its owner can read, from its first moment on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        draft.replace(file)
    except OSError:
        draft.unlink()
        raise
