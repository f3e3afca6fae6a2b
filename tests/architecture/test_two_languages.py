"""What people read is said in both languages, and neither stands inside the other."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import files, named, parsed

HAN = re.compile(r"[\u3400-\u9fff]")
#: Four English words in a row are a sentence. Commands to type are shorter, or said with options.
SENTENCE = re.compile(r"\b[A-Za-z][a-z']+(?:,? [a-z][a-z']+){3,}")
TYPED = re.compile(r"docker compose run --rm [a-z]+|sudo apt install \S+|\./shaobao [a-z]+")


def texts(node: ast.expr) -> str:
    """The words of a text that a program writes, without what is filled in."""
    parts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return " ".join(each for each in parts if isinstance(each, str))


def said(language: str) -> Iterator[tuple[str, str]]:
    """Yield every text of that language with its place: `en=`, `zh=`, and both of `Words`."""
    position = {"en": 0, "zh": 1}[language]
    for path in files("services"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            given = [each.value for each in node.keywords if each.arg == language]
            if isinstance(node.func, ast.Name) and node.func.id == "Words" and len(node.args) == 2:
                given.append(node.args[position])
            yield from ((f"{named(path)}:{each.lineno}", texts(each)) for each in given)


def test_no_english_sentence_stands_in_a_chinese_text() -> None:
    found = {place: text for place, text in said("zh") if SENTENCE.search(TYPED.sub("", text))}
    assert found == {}


def test_no_chinese_stands_in_an_english_text() -> None:
    assert {place: text for place, text in said("en") if HAN.search(text)} == {}


def test_both_are_looked_for_where_they_stand() -> None:
    assert len(list(said("zh"))) > 100
    assert SENTENCE.search("它说 the database does not answer。")
