"""What documents point at is there: links, and the places of the README's map."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, functions, named

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
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PLACE = re.compile(r"\((services/[\w/]+\.py)\) `(?:\w+\.)?(\w+)`")
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
def test_every_path_in_backticks_is_there(path: Path) -> None:
    quoted = " ".join(_QUOTED.findall(path.read_text(encoding="utf-8")))
    missing = [told for told in _TOLD.findall(quoted) if not (ROOT / told).exists()]
    assert missing == []


@pytest.mark.parametrize("path", READMES, ids=named)
def test_every_place_on_the_map_is_there(path: Path) -> None:
    places = _PLACE.findall(path.read_text(encoding="utf-8"))
    assert len(places) >= 21
    missing = [
        f"{file} {name}"
        for file, name in places
        if name not in {each.name for each in functions(ROOT / file)}
    ]
    assert missing == []


def test_both_languages_show_the_same_places() -> None:
    english, chinese = (_PLACE.findall(path.read_text(encoding="utf-8")) for path in READMES)
    assert english == chinese
