"""The lookup code of a receipt 回执查询码: 60 bits in Crockford's alphabet and a check character.

`7K3M-Q9TX-2HWVC`: no I, L, O, U; what a person types for them is understood. The check character
is Damm's over GF(32): every single wrong character and every swap of two neighbours is found
before anything is looked up.
"""

from typing import Final

from services.intake.domain.errors import ReceiptCodeMistyped

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DATA_CHARACTERS: Final = 12
#: Bytes of an HMAC that a code is made of (60 of their 64 bits are used).
CODE_BYTES: Final = 8
_READ_AS: Final = str.maketrans("OIL", "011", "- \t")
_REDUCED_BY: Final = 0b100101  #: x^5 + x^2 + 1, irreducible over GF(2)


def code_of(digest: bytes) -> str:
    """Return the code that the first 60 bits of `digest` (8 bytes or more) spell, as printed."""
    number = int.from_bytes(digest[:CODE_BYTES], "big") >> 4
    data = "".join(ALPHABET[(number >> shift) & 31] for shift in range(55, -1, -5))
    full = data + ALPHABET[_check(data)]
    return f"{full[:4]}-{full[4:8]}-{full[8:]}"


def as_printed(typed: str) -> str:
    """Return the code as printed from what somebody `typed`.

    Raises:
        ReceiptCodeMistyped: It can't be a code.
    """
    plain = typed.upper().translate(_READ_AS)
    if len(plain) != DATA_CHARACTERS + 1 or any(each not in ALPHABET for each in plain):
        raise ReceiptCodeMistyped
    if _check(plain) != 0:
        raise ReceiptCodeMistyped
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:]}"


def _check(characters: str) -> int:
    """Return the character that makes the check of all 0; 0 if the last one already does."""
    found = 0
    for each in characters:
        found = (found ^ ALPHABET.index(each)) << 1
        if found & 32:
            found ^= _REDUCED_BY
    return found
