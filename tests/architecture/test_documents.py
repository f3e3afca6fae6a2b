"""What documents point at is there, and both languages say the same."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, named

DOCUMENTS = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
    )
    if "node_modules" not in path.parts
)
#: For operators: what is in the one is in the other.
TRANSLATED = (
    ROOT / "docs" / "operate.md",
    ROOT / "docs" / "runbook.md",
    ROOT / "deploy" / "registry" / "README.md",
)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
#: Names of settings, metrics, databases and fields.
_CODE = re.compile(r"`([A-Za-z]+_[A-Za-z_]+)`")
#: A link whose text is the name of a file.
_NAMED_FILE = re.compile(r"\[`?([\w/.-]+\.(?:py|md|ya?ml|toml|txt|json|csv))`?\]\(([^)\s]+)\)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
#: A path that a reader is told to run or to open; not a pattern, not something still to be written.
_TOLD = re.compile(
    r"(?<![\w/.\-])((?:services|tests|deploy|docs|requirements)/[\w./-]*\w)(?![\w<*{])"
)
_QUOTED = re.compile(r"`([^`\n]+)`")
_OUTSIDE = ("http://", "https://", "mailto:")  #: not ours to keep alive


def headings(path: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        goal = (path.parent / file) if file else path
        if target.startswith(_OUTSIDE):
            continue
        if not goal.exists() or (anchor and anchor not in headings(goal)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_a_link_that_names_a_file_leads_to_that_file(path: Path) -> None:
    """What names a page in words is free."""
    named_otherwise = [
        f"{text} -> {target}"
        for text, target in _NAMED_FILE.findall(path.read_text(encoding="utf-8"))
        if Path(text).name != Path(target.partition("#")[0]).name
    ]
    assert named_otherwise == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_path_in_backticks_is_there(path: Path) -> None:
    quoted = " ".join(_QUOTED.findall(path.read_text(encoding="utf-8")))
    missing = [told for told in _TOLD.findall(quoted) if not (ROOT / told).exists()]
    assert missing == []


def test_operators_documents_have_the_same_parts_in_both_languages() -> None:
    for english in TRANSLATED:
        chinese = english.with_suffix(".zh-CN.md")
        depths, others = (
            [len(each) for each in _HEADING.findall(path.read_text(encoding="utf-8"))]
            for path in (english, chinese)
        )
        assert depths == others, named(english)
        assert english.name in _LINK.findall(chinese.read_text(encoding="utf-8"))
        assert chinese.name in _LINK.findall(english.read_text(encoding="utf-8"))


def test_operators_documents_name_the_same_settings_and_metrics_in_both_languages() -> None:
    for english in TRANSLATED:
        chinese = english.with_suffix(".zh-CN.md")
        told, others = (
            set(_CODE.findall(path.read_text(encoding="utf-8"))) for path in (english, chinese)
        )
        assert told == others, named(english)


def test_every_row_of_what_may_fail_is_numbered_and_names_who_plays_it() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|(.+)\|$", told.partition("## What may fail")[2], re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 13
    without = [number for number, row in rows if not re.search(r"\(\.\./tests/[\w/]+\.py\)", row)]
    assert without == []


def test_every_module_beside_the_rooms_is_told_what_it_is() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = told.partition("## The rooms")[2].partition("\n## ")[0]
    modules = [
        *(ROOT / "services/common").glob("*.py"),
        *(ROOT / "services/escalation").glob("*.py"),
    ]
    plain = {"__init__.py", "__main__.py", "errors.py"}
    assert {each.name for each in modules} - plain - set(re.findall(r"[\w]+\.py", rooms)) == set()
