"""Sealing texts and opening them, and codes that only a key can make.

Events hold references; the texts lie here, encrypted under keys that can be destroyed, so erasure
leaves log and hash chains whole. A text is written before its commit, under an id derived from
command and field: a repeated command meets its own text, and `sweep` removes those of commands
that never committed.
"""

import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.common.vault.errors import (
    AnotherTextKept,
    KeyErased,
    TextErased,
    TextIdTaken,
    TextMissing,
    TextUnreadable,
)
from services.common.vault.keys import Keys, machine_now
from services.common.vault.master_keys import NONCE_BYTES
from services.common.vault.names import parts_of, text_id_of, text_ref_of
from services.common.vault.ports import TextRow, TextRows

SWEPT_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Vault:
    """The vault as one service has it: seals its own texts, opens everybody's."""

    service: str
    keys: Keys
    texts: TextRows
    now: Callable[[], datetime] = machine_now

    def seal(self, key_name: str, command_id: str, field: str, plaintext: str) -> str:
        """Keep `plaintext` and return its reference; see `seal_all`."""
        return self.seal_all(command_id, [(key_name, field, plaintext)])[0]

    def seal_all(self, command_id: str, texts: Sequence[tuple[str, str, str]]) -> list[str]:
        """Keep texts (key name, field, plaintext) of a command; return their references.

        Durable when it returns. The same command, field and text get the same reference.

        Raises:
            AnotherTextKept: The command brought another text for the field before. It may not have
                committed, so that the log can't tell.
            KeyErased, KeyUnknown: No such key to seal under.
            TextIdTaken: The first text lies under another key.
        """
        rows = [self._sealed(key_name, command_id, field, text) for key_name, field, text in texts]
        kept = self.texts.insert_or_touch(rows)
        return [
            self._checked(row, found, text)
            for row, found, (_, _, text) in zip(rows, kept, texts, strict=True)
        ]

    def _sealed(self, key_name: str, command_id: str, field: str, plaintext: str) -> TextRow:
        text_id = text_id_of(command_id, field)
        bound_to = _bound_to(text_ref_of(self.service, text_id), key_name)
        sealed = _encrypted(self.keys.key(key_name), plaintext, bound_to)
        return TextRow(text_id, key_name, command_id, field, self.now(), sealed)

    def _checked(self, row: TextRow, kept: TextRow, plaintext: str) -> str:
        """Return the reference of what is kept, if it is what was to be sealed."""
        text_ref = text_ref_of(self.service, row.text_id)
        if kept.key_name != row.key_name:
            raise TextIdTaken(text_ref=text_ref, key_name=kept.key_name)
        if kept.sealed != row.sealed and self._opened(kept, text_ref) != plaintext:
            raise AnotherTextKept(text_ref=text_ref)
        return text_ref

    def open(self, text_ref: str) -> str:
        """Return the text.

        Raises:
            TextErased: Its key was destroyed.
            TextMissing: There is no such text.
            TextUnreadable: It was tampered with.
        """
        service, text_id = parts_of(text_ref)
        row = self.texts.find(service, text_id)
        if row is None:
            raise TextMissing
        try:
            return self._opened(row, text_ref)
        except KeyErased as error:
            raise TextErased from error

    def open_unless_erased(self, text_ref: str | None) -> str | None:
        """Return the text; None if there is none, or its key was destroyed.

        Raises:
            TextMissing, TextUnreadable: As `open`.
        """
        try:
            return self.open(text_ref) if text_ref else None
        except TextErased:
            return None

    def _opened(self, row: TextRow, text_ref: str) -> str:
        return _decrypted(self.keys.key(row.key_name), row.sealed, text_ref, row.key_name)

    def mac(self, key_name: str, *parts: str | bytes) -> bytes:
        """Return 32 bytes that only the holder of the key can make from `parts`.

        For fingerprints of requests, lookup codes and receipts' secrets: begin with a part that
        names the use. Boundaries between parts count.

        Raises:
            KeyErased, KeyUnknown.
        """
        return mac(self.keys.key(key_name), *parts)

    def sweep(self, is_committed: Callable[[str], bool]) -> int:
        """Remove texts older than a day whose command never committed; return how many.

        A command that is repeated meanwhile touches its texts, and they stay.
        """
        removed = 0
        answers: dict[str, bool] = {}
        for row in self.texts.unsettled_before(self.now() - SWEPT_AFTER):
            if row.command_id not in answers:
                answers[row.command_id] = is_committed(row.command_id)
            if answers[row.command_id]:
                self.texts.settle(row)
            else:
                removed += self.texts.remove(row)
        return removed


def mac(key: bytes, *parts: str | bytes) -> bytes:
    """Return the HMAC of `parts` under a key derived from `key`; never used for sealing."""
    code = hmac.new(_derived(key, b"mac"), digestmod=sha256)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        code.update(len(raw).to_bytes(8, "big"))
        code.update(raw)
    return code.digest()


def _derived(key: bytes, use: bytes) -> bytes:
    """Return a key for one use: the same bytes never serve two algorithms."""
    return hmac.new(key, b"shaobao vault 1 " + use, sha256).digest()


def _bound_to(text_ref: str, key_name: str) -> bytes:
    """Return what is authenticated beside the text: it can't be moved to another place."""
    return f"{text_ref} {key_name}".encode()


def _encrypted(key: bytes, plaintext: str, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_derived(key, b"seal")).encrypt(nonce, plaintext.encode(), bound_to)


def _decrypted(key: bytes, sealed: bytes, text_ref: str, key_name: str) -> str:
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        found = AESGCM(_derived(key, b"seal")).decrypt(
            nonce, ciphertext, _bound_to(text_ref, key_name)
        )
    except InvalidTag as error:
        raise TextUnreadable(text_ref=text_ref) from error
    return found.decode()
