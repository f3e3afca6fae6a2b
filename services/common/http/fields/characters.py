"""Which characters can be seen, and which may not come in at all. Pure.

The ranges are Unicode's `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt): what a font
shows as nothing. Python's `str.strip` knows none of them, and its tables are older than some of
the characters in people's names, so an unassigned character counts as one that can be seen.
"""

import re
import unicodedata
from typing import Final

_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: Beside Unicode's own: the empty pattern of Braille, which looks like a space and is none.
_LOOKS_EMPTY: Final = re.compile(f"[{_IGNORABLE}\u2800]")
_JOINER: Final = "\u200d"
_FLAG_LETTERS: Final = re.compile("[\U0001f1e6-\U0001f1ff]+\\Z")  #: two make a flag
_LINE_ENDS: Final = re.compile(r"\r\n?")
_FORBIDDEN_IN_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FORBIDDEN_IN_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def is_blank(text: str) -> bool:
    """Return whether nothing in `text` can be seen: spaces, marks without a letter, nothing."""
    return not any(map(_is_seen, text))


def _is_seen(character: str) -> bool:
    if character.isspace() or _LOOKS_EMPTY.match(character):
        return False
    return unicodedata.category(character)[0] != "M" and not has_forbidden(character, lines=True)


def has_forbidden(text: str, *, lines: bool) -> bool:
    """Return whether `text` holds a control character or half a surrogate pair.

    With `lines`, tabs and line feeds are fine; without, it has to be one line.
    """
    return bool((_FORBIDDEN_IN_TEXT if lines else _FORBIDDEN_IN_LINE).search(text))


def with_plain_line_ends(text: str) -> str:
    """Return `text` with a line feed for each line end, whoever wrote it."""
    return _LINE_ENDS.sub("\n", text)


def normal(text: str) -> str:
    """Return `text` as it is compared: composed (NFC), without what turns or hides."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(each for each in composed if unicodedata.category(each) not in ("Cc", "Cf"))


def shortened(text: str, longest: int) -> str:
    """Return at most `longest` code points of `text`, and no half of what is seen as one."""
    cut = longest
    while 0 < cut < len(text) and _joined(text[cut - 1], text[cut]):
        cut -= 1
    flags = _FLAG_LETTERS.search(text[:cut]) if cut < len(text) else None
    return text[: cut - (len(flags[0]) % 2 if flags else 0)]


def _joined(before: str, after: str) -> bool:
    """Return whether `after` changes how `before` looks: a mark, a joiner, a colour of skin."""
    extends = unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return extends or _JOINER in (before, after)


def from_first_seen(text: str) -> str:
    """Return `text` from its first character on that can be seen; "" if none can."""
    return text[next((at for at, each in enumerate(text) if _is_seen(each)), len(text)) :]


def first_character(text: str) -> str:
    """Return the first character as a reader sees it: with the marks and selectors behind it."""
    length = 1
    while length < len(text) and unicodedata.category(text[length])[0] == "M":
        length += 1
    return text[:length]
