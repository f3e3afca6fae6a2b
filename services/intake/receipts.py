"""Receipts 回执: a code that shows where a request is, a secret that evaluates.

Both are HMACs of the request's id under the reporter key, so a repeated report is answered with
the same ones, no other service can make them, and erasing the key ends both. The log holds
neither. A code leads to its request through the read model `receipt_codes`, which is a moment
behind: a code that it doesn't know is looked for in what it has not followed yet, so a code works
from when it is told. A rebuild makes every code anew from log and keys.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from services.common.contracts.streams import category_of, id_of
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.following.projecting import ReadModel
from services.common.following.tail import tail_of
from services.common.vault.errors import KeyErased
from services.common.vault.names import reporter_key
from services.common.vault.vault import Vault
from services.intake.domain.errors import ReceiptRefused
from services.intake.domain.receipt import as_printed, code_of
from services.intake.projections import OF_REQUESTS, RECEIPT_CODES, consumer_of, receipt_codes


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


def request_of(desk: Desk, typed: str) -> str:
    """Return the id of the request that a `typed` code belongs to.

    Raises:
        ReceiptCodeMistyped: It can't be a code.
        NotFound: No request has it.
        KeyErased: The reporter was erased.
        SourceBehind: It isn't known, and too much is not followed yet.
    """
    code = as_printed(typed)
    found = _listed(desk, code) or _in_the_tail(desk, code) or _listed(desk, code)
    if found is None or not hmac.compare_digest(_code(desk.vault, found), code):
        raise NotFound(what=code)
    return found


def _listed(desk: Desk, code: str) -> str | None:
    found: str | None = desk.documents.get(RECEIPT_CODES, code).body.get("request_id")
    return found


def _in_the_tail(desk: Desk, code: str) -> str | None:
    """Return the request whose code this is, if the read model has not followed it yet."""
    subject_of = codes_of(desk.vault).subject_of
    tail = tail_of(desk.log, desk.cursors, consumer_of(RECEIPT_CODES))
    begun = (each for each in tail if category_of(each.stream) in OF_REQUESTS)
    return next((id_of(each.stream) for each in begun if subject_of(each) == code), None)


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
