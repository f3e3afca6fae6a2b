"""What is wrong with files that people write, where it stands, and their text.

Shared by the readers of CSV and YAML, and by what checks single entries.
"""

import errno
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.common.words import Words

_LINE_ENDS: Final = "\n\r\t"
_WHY_ZH: Final = {
    errno.ENOENT: "文件不存在",
    errno.EACCES: "没有读取权限",
    errno.ENOTDIR: "所在文件夹不存在",
}


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault. `at` is `<file>:<line>`, or the file alone where it can't be read at all."""

    at: str
    why: Words

    def __str__(self) -> str:
        """Return place and reason in English, as a compiler would."""
        return self.said(chinese=False)

    def said(self, *, chinese: bool) -> str:
        """Return place and reason in the reader's language."""
        return f"{self.at}: {self.why.said(chinese=chinese)}"


#: Faults are told to one list, by whoever finds them.
Told = list[FileFault]


def text_of(path: Path, told: Told) -> str | None:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    None where there is none, and it was told why: it can't be read, is no file, is not UTF-8, or
    holds control characters (each line with one is told).
    """
    try:
        if path.exists() and not path.is_file():
            told.append(FileFault(path.name, Words("is no file", "不是普通文件")))
            return None
        raw = path.read_bytes()
    except OSError as error:
        why = _WHY_ZH.get(error.errno or 0, f"无法读取（{error.errno}）")
        told.append(FileFault(path.name, Words(error.strerror or "can't be read", why)))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        why_en = f"not UTF-8: {error.reason}"
        told.append(FileFault(f"{path.name}:{line}", Words(why_en, "不是 UTF-8 编码")))
        return None
    faults = list(_control_characters(path.name, text))
    told.extend(faults)
    return None if faults else text


def _control_characters(name: str, text: str) -> Iterator[FileFault]:
    for number, line in enumerate(text.split("\n"), start=1):
        found = [each for each in line if is_control(each) and each not in _LINE_ENDS]
        if found:
            which = f"U+{ord(found[0]):04X}"
            why = Words(f"holds a control character: {which}", f"含有控制字符：{which}")
            yield FileFault(f"{name}:{number}", why)


def is_control(character: str) -> bool:
    """Say whether it is a control character (a line end is one too)."""
    return unicodedata.category(character) == "Cc"
