"""What of a person is shown to those who need to recognise, not to know: 张*, 138****1234."""

import re
from typing import Final

from services.common.http.fields.characters import first_character, from_first_seen, normal
from services.common.http.fields.phones import NotAPhone, phone_kept

COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "司马", "上官", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方",
})  # fmt: skip
_SHOWN_OF_PHONE: Final = 7  #: first three and last four
_MOST_STARS: Final = 2  #: how long a name is, is nobody's business
#: Parts of Uyghur, Tibetan and transcribed names: the dot may be any of these.
_NAME_DOT: Final = re.compile("[\u00b7\u2022\u2027\u30fb]")


def masked_name(name: str) -> str:
    """Return what is shown of a name: the surname or the first letter, or the part before a dot.

    One star or two follow: one if no more than a single code point of `name` as it was given is
    left out. Characters that turn or hide others are never shown.
    """
    plain = from_first_seen(normal(name)).strip()
    shown = _shown(plain) if plain else ""
    hidden = len(name) - len(shown)
    return shown + "*" * min(max(hidden, 1), _MOST_STARS)


def _shown(plain: str) -> str:
    parts = _NAME_DOT.split(plain)
    if len(parts) > 1 and parts[0]:
        return parts[0]
    return plain[:2] if plain[:2] in COMPOUND_SURNAMES else first_character(plain)


def masked_phone(phone: str) -> str:
    """Return the first three and last four digits of each number; of short ones, stars alone."""
    try:
        return "/".join(map(_masked_number, phone_kept(phone).split("/")))
    except NotAPhone:
        return "****"


def _masked_number(number: str) -> str:
    digits = re.sub("[^0-9]", "", number.partition("转")[0])
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
