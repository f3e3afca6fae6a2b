"""Phone numbers as people write them, and the one way they are kept. Pure.

Taken: full-width digits, spaces, hyphens, brackets around the area code, +86, 0086 and 86, an
extension, several numbers. Kept: `13812345678`, `010-69546789`, `010-69546789转8001`,
`13812345678/010-69546789`, `+14155550100` for other countries, and short numbers as they are.

The phone library of the field (libphonenumber) reads no 转 and no second number, and takes
`138****1234` for a number; whether a number is in use is not asked here.
"""

import re
import unicodedata
from typing import Final

MOST_NUMBERS: Final = 3
#: What stands between several numbers, first the one that is called first.
_BETWEEN: Final = re.compile(r"[/、,;|\n]|或")
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212\u30fc_—–]")
_EXTENSION: Final = re.compile(
    r"(?:转|轉|分机|ext\.?|x|#)[ :]*(?P<extension>[0-9]{1,6})\Z", re.IGNORECASE
)
_AREA_IN_BRACKETS: Final = re.compile(r"\((?P<area>\+?[0-9]{2,5})\)")
_DASHED_EXTENSION: Final = re.compile(
    r"(?P<number>0[0-9]{2,3} ?- ?[0-9]{7,8}) ?- ?(?P<more>[0-9]+)\Z"
)
_DIGITS: Final = re.compile(r"\+?[0-9]+(?:[ .-]{1,3}[0-9]+)*")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_CHINA: Final = re.compile(r"(?:\+|00)86(?P<national>[0-9]{7,})")
_LANDLINE: Final = re.compile(r"(?P<area>0(?:10|2[0-9]|[3-9][0-9]{2}))(?P<number>[0-9]{7,8})")
_MASKED: Final = re.compile(r"[0-9][*xX•●]{2,}|[*•●]{2,}[0-9]")
_SPREADSHEET: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_SHORTEST, _LONGEST = 3, 15  #: digits: 110; E.164
_LONGEST_AS_TYPED: Final = 100


class NotAPhone(ValueError):
    """The text is no phone number; `zh` and `en` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def phone_kept(text: str) -> str:
    """Return the numbers in `text` as they are kept, with `/` between several.

    Raises:
        NotAPhone: It holds none, too many, or one that a mask or a spreadsheet has spoilt.
    """
    if len(text) > _LONGEST_AS_TYPED:
        raise _no_number()
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    _check_not_spoilt(plain)
    parts = [part.strip() for part in _BETWEEN.split(plain)]
    numbers = list(dict.fromkeys(_kept(part) for part in parts if part))
    if not numbers:
        raise _no_number()
    if len(numbers) > MOST_NUMBERS:
        raise NotAPhone(f"最多 {MOST_NUMBERS} 个号码。", f"At most {MOST_NUMBERS} numbers.")
    return "/".join(numbers)


def _check_not_spoilt(plain: str) -> None:
    if _SPREADSHEET.fullmatch(plain):
        raise NotAPhone(
            "号码被电子表格转成了科学计数法，请填写完整号码。",
            "A spreadsheet has turned the number into a power of ten; give all its digits.",
        )
    if _MASKED.search(plain):
        raise NotAPhone(
            "号码已被隐去部分数字，请填写完整号码。",
            "Somebody has masked the number already; give all its digits.",
        )


def _no_number() -> NotAPhone:
    return NotAPhone("须为电话号码。", "Must be a phone number.")


def _kept(part: str) -> str:
    number, extension = _without_extension(part)
    bare = _AREA_IN_BRACKETS.sub(r"\g<area>-", number, count=1).strip(" -")
    if not _DIGITS.fullmatch(bare):
        raise _no_number()
    digits = re.sub(r"[^0-9+]", "", bare)
    if not _SHORTEST <= len(digits.lstrip("+")) <= _LONGEST:
        raise _no_number()
    kept = _in_our_form(digits)
    return f"{kept}转{extension}" if extension else kept


def _without_extension(part: str) -> tuple[str, str]:
    """Return the number and its extension, or an empty text."""
    found = _EXTENSION.search(part)
    if found:
        return part[: found.start()].strip(" ,-"), found["extension"]
    dashed = _DASHED_EXTENSION.fullmatch(part)
    return (dashed["number"], dashed["more"]) if dashed else (part, "")


def _in_our_form(digits: str) -> str:
    """Return a Chinese number in its national form, any other as it is."""
    chinese = _CHINA.fullmatch(digits)
    if chinese:
        national = chinese["national"]
        digits = national if national[0] == "0" or _MOBILE.fullmatch(national) else f"0{national}"
    elif digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        digits = digits[2:]
    elif digits.startswith("00"):
        digits = f"+{digits[2:]}"
    landline = _LANDLINE.fullmatch(digits)
    return f"{landline['area']}-{landline['number']}" if landline else digits
