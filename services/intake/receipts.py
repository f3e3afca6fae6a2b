"""Receipts 回执: a code that shows where a request is, a secret that evaluates.

Both are HMACs of the request's id under the reporter key, so a repeated report is answered with
the same ones, no other service can make them, and erasing the key ends both. The log holds
neither. A code leads to its request through the read model `receipt_codes`: whoever receives a
request applies its first commit to that read model *before* the code is told (the same write that
its processor makes, so the second changes nothing). A crash in between is healed by the processor,
or by the reporter's repetition; a rebuild makes every code anew from log and keys.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from services.common.contracts.commit import Commit
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.following.projecting import Projector, ReadModel
from services.common.vault.errors import KeyErased
from services.common.vault.names import reporter_key
from services.common.vault.vault import Vault
from services.intake.domain.errors import ReceiptRefused
from services.intake.domain.receipt import as_printed, code_of
from services.intake.projections import RECEIPT_CODES, receipt_codes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter keeps."""

    code: str
    secret: str = field(repr=False)


def receipt_of(vault: Vault, request_id: str) -> Receipt:
    """Return the receipt of a request.

    Raises:
        KeyErased: The reporter was erased, and the receipt with them.
    """
    secret = vault.mac(reporter_key(request_id), "receipt-secret", request_id)
    return Receipt(_code(vault, request_id), urlsafe_b64encode(secret).decode().rstrip("="))


def codes_of(vault: Vault) -> ReadModel:
    """Return the read model from codes to requests."""

    def code_for(request_id: str) -> str | None:
        try:
            return _code(vault, request_id)
        except KeyErased:
            return None

    return receipt_codes(code_for)


def make_findable(desk: Desk, first: Commit) -> None:
    """See to it that the code of the request that `first` began leads to it. Repeating is fine."""
    Projector(RECEIPT_CODES, codes_of(desk.vault), desk.documents).apply_now(first)


def request_of(desk: Desk, typed: str) -> str:
    """Return the id of the request that a `typed` code belongs to.

    Raises:
        ReceiptCodeMistyped: It can't be a code.
        NotFound: No request has it.
        KeyErased: The reporter was erased.
    """
    code = as_printed(typed)
    found: str | None = desk.documents.get(RECEIPT_CODES, code).body.get("request_id")
    if found is None or not hmac.compare_digest(_code(desk.vault, found), code):
        raise NotFound(what=code)
    return found


def check_secret(desk: Desk, request_id: str, secret: str) -> None:
    """Check that `secret` is the one of an existing request's receipt, in constant time.

    Raises:
        ReceiptRefused: It isn't.
        KeyErased: The reporter was erased.
    """
    right = receipt_of(desk.vault, request_id).secret
    if not hmac.compare_digest(right.encode(), secret.encode()):
        raise ReceiptRefused


def _code(vault: Vault, request_id: str) -> str:
    return code_of(vault.mac(reporter_key(request_id), "receipt-code", request_id))
