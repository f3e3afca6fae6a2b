"""Help texts that are said twice, and which half of them the reader gets.

A text for people at the terminal has paragraphs in English and paragraphs in Chinese; those of the
other language are left out. A docstring of a command is its help.
"""

import inspect
import re
from typing import Final

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_BETWEEN_HAN: Final = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])"
)


def both(*, en: str, zh: str) -> str:
    """Return one text that says it in both languages."""
    return f"{en}\n\n{zh}"


def in_language(text: str, *, chinese: bool) -> str:
    """Return the paragraphs of `text` in one language, each on one line.

    A text in one language only is returned whole: better that than nothing.
    """
    paragraphs = inspect.cleandoc(text).split("\n\n")
    found = [each for each in paragraphs if bool(_HAN.search(each)) is chinese] or paragraphs
    return "\n".join(_on_one_line(each) for each in found)


def _on_one_line(paragraph: str) -> str:
    return _BETWEEN_HAN.sub("", paragraph).replace("\n", " ")
