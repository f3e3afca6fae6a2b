"""Master keys: they wrap the keys in the database, so that a dump of it opens nothing.

The file has one key a line, `<key id> <base64 of 32 bytes>`, oldest first; `#` begins a comment.
The newest (last) wraps, all unwrap: to rotate, append a line, restart, run `rewrap`, and only when
no key is left under it remove an old line.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.common.vault.errors import TextUnreadable, UnusableMasterKeys

KEY_BYTES = 32
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """All master keys by id, and the id of the newest."""

    newest: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "MasterKeys":
        """Return the keys in the file at `path`.

        Raises:
            UnusableMasterKeys: Says which line is wrong, never what it holds.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableMasterKeys(path=str(path), why=type(error).__name__) from error
        found: dict[str, bytes] = {}
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.lstrip().startswith("#"):
                key_id, key = _parsed(path, number, line)
                if key_id in found:
                    raise UnusableMasterKeys(path=str(path), why=f"line {number}: id given twice")
                found[key_id] = key
        if not found:
            raise UnusableMasterKeys(path=str(path), why="no key in it")
        return cls(newest=list(found)[-1], keys=found)

    def wrap(self, name: str, key: bytes) -> tuple[str, bytes]:
        """Return the master key's id and `key` wrapped under it, bound to `name`."""
        nonce = os.urandom(NONCE_BYTES)
        wrapped = AESGCM(self.keys[self.newest]).encrypt(nonce, key, name.encode())
        return self.newest, nonce + wrapped

    def unwrap(self, name: str, key_id: str, wrapped: bytes) -> bytes:
        """Return the key.

        Raises:
            UnusableMasterKeys: The master key is not in the file.
            TextUnreadable: It is not the one that wrapped, or the wrapped bytes were changed.
        """
        if key_id not in self.keys:
            raise UnusableMasterKeys(why=f"master key {key_id} is needed and not in the file")
        try:
            return AESGCM(self.keys[key_id]).decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode()
            )
        except InvalidTag as error:
            raise TextUnreadable(key_name=name) from error


def new_line(key_id: str) -> str:
    """Return a line with a fresh key, for whoever makes or extends the file."""
    return f"{key_id} {base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


def _parsed(path: Path, number: int, line: str) -> tuple[str, bytes]:
    key_id, _, text = line.strip().partition(" ")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableMasterKeys(path=str(path), why=f"line {number}: no base64") from error
    if not _KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES:
        why = f"line {number}: not `<key id> <base64 of {KEY_BYTES} bytes>`"
        raise UnusableMasterKeys(path=str(path), why=why)
    return key_id, key
