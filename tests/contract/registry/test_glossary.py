"""The glossary has every word that events, units and streams use."""

import re
from pathlib import Path
from typing import get_args

import pytest

from services.audit.names import FIGURES_ZH
from services.common.chart.units import Tier
from services.common.contracts import vocabulary
from services.common.contracts.streams import LOG_OF_CATEGORY, REGISTRY_KINDS
from services.metrics.figures import COMPOSITE, FIGURES

ROOT = Path(__file__).parents[3]
SERVICES = ROOT / "services"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
#: Lists whose words are plain (yes, no, ...) or said by a sentence rather than a row.
PLAIN = {"Reached", "Solved", "TriedBy", "AnsweredBy", "ContactResult", "CalledVia", "ApprovedAs",
         "FollowUpReason", "HandOverWhy", "SecondPath"}  # fmt: skip


def lists() -> dict[str, tuple[str, ...]]:
    found = {name: get_args(value) for name, value in vars(vocabulary).items() if name[0].isupper()}
    return {name: words for name, words in found.items() if words and name not in PLAIN}


@pytest.mark.parametrize("name", sorted(lists()))
def test_every_word_of_a_list_stands_in_the_glossary(name: str) -> None:
    missing = [word for word in lists()[name] if not re.search(rf"\b{word}\b", GLOSSARY)]
    assert missing == []


def test_every_clock_kind_is_explained() -> None:
    rows = GLOSSARY.partition("Clock kinds:")[2].partition("\n## ")[0]
    firsts = re.findall(r"^\| ([a-z_, ]+) \|", rows, re.MULTILINE)
    named = {word for first in firsts for word in first.split(", ")}
    assert named - {"kind"} == set(get_args(vocabulary.ClockKind))


def test_every_kind_of_stream_and_its_owner_is_named() -> None:
    for category, owner in LOG_OF_CATEGORY.items():
        assert re.search(rf"^\| `{category}-[^|]+\| {owner} \|", GLOSSARY, re.MULTILINE), category
    assert all(f"-{kind}`" in GLOSSARY for kind in REGISTRY_KINDS)


#: Words that mean two things here: the glossary tells them apart.
TWO_SENSES = {"desk", "clock", "ring", "ask", "entry", "mark", "actor", "duty", "policy"}


def test_a_word_with_two_senses_is_told_apart_by_what_bears_it() -> None:
    section = GLOSSARY.partition("## Words with two senses")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z]+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    senses = {word: both for word, *both in rows if word != "word"}
    assert senses.keys() == TWO_SENSES
    for word, both in senses.items():
        for sense in both:
            places = re.findall(r"`(\w+)` in `([\w/]+\.py)`", sense)
            assert places, (word, sense)
            for name, file in places:
                text = (SERVICES / file).read_text(encoding="utf-8")
                assert re.search(rf"^(class |def )?{name}\b", text, re.MULTILINE), (file, name)


def test_every_tier_is_named() -> None:
    row = next(line for line in GLOSSARY.splitlines() if line.startswith("| tier "))
    assert all(tier in row for tier in get_args(Tier))


def test_every_figure_is_explained_under_its_chinese_name() -> None:
    rows = GLOSSARY.partition("## Figures")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", rows, re.MULTILINE))
    assert told.keys() == {*FIGURES, COMPOSITE}
    assert told == FIGURES_ZH
