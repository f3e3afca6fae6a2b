"""What of a person is shown to those who need to recognise, not to know: 张**, 138****1234."""

from typing import Final

COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "司马", "上官", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方",
})  # fmt: skip
_SHOWN_OF_PHONE: Final = 7  #: first three and last four


def masked_name(name: str) -> str:
    """Return the surname, or the first letter, and two stars."""
    surname = name[:2] if name[:2] in COMPOUND_SURNAMES else name[:1]
    return f"{surname}**"


def masked_phone(phone: str) -> str:
    """Return the first three and last four digits; stars alone if that would show most of it."""
    digits = "".join(each for each in phone if each.isdigit())
    if phone.startswith("+86"):
        digits = digits.removeprefix("86")
    if len(digits) < _SHOWN_OF_PHONE + 4:
        return "****"
    return f"{digits[:3]}****{digits[-4:]}"


def masked(reporter: dict[str, str]) -> dict[str, str]:
    """Return `reporter` (name, phone, address, each if known) masked."""
    found = {}
    if "name" in reporter:
        found["name"] = masked_name(reporter["name"])
    if "phone" in reporter:
        found["phone"] = masked_phone(reporter["phone"])
    if "address" in reporter:
        found["address"] = "****"
    return found
