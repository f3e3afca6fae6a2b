"""What people really send (odd_inputs.json), and what it comes to at every door."""

import json
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from services.common.http.fields.characters import shortened
from services.common.http.fields.texts import Code, Name, Phone, Text
from services.common.http.messages import BothTongues
from services.intake.masking import masked_name, masked_phone

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("odd_inputs.json").read_text(encoding="utf-8")
)
PEOPLE = "家👨\u200d👩\u200d👧\u200d👦"
FLAG = f"{PEOPLE}🇨🇳"
FAMILY = f"{FLAG}e\u0301"
KINDS: dict[str, fields.String] = {"names": Name(), "texts": Text(), "phones": Phone()}
ALL = [(kind, each) for kind, cases in CASES.items() for each in cases]
TAKEN = [(kind, each) for kind, each in ALL if each["ok"]]
REFUSED = [(kind, each) for kind, each in ALL if not each["ok"]]


def loaded(field: fields.String, value: str) -> str:
    """Return what `value` comes to in a schema."""
    schema = Schema.from_dict({"value": field})()
    return str(schema.load({"value": value})["value"])


@pytest.mark.parametrize(("kind", "case"), TAKEN)
def test_what_people_write_is_taken_and_kept_as_it_should_be(
    kind: str, case: dict[str, Any]
) -> None:
    assert loaded(KINDS[kind], case["in"]) == case.get("kept", case["in"])


@pytest.mark.parametrize(("kind", "case"), REFUSED)
def test_what_says_nothing_or_harms_a_reader_is_refused_in_both_languages(
    kind: str, case: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        loaded(KINDS[kind], case["in"])
    (message,) = refused.value.messages_dict["value"]
    assert isinstance(message, BothTongues)
    assert case.get("says", "") in message
    assert message.zh


@pytest.mark.parametrize("case", [each for _, each in TAKEN if "masked" in each])
def test_a_mask_shows_the_beginning_and_hides_the_rest(case: dict[str, Any]) -> None:
    mask = masked_name if case in CASES["names"] else masked_phone
    assert mask(case["in"]) == case["masked"]


def test_a_phone_number_as_it_is_kept_is_kept_again() -> None:
    for case in CASES["phones"]:
        if case["ok"]:
            assert loaded(Phone(), case["kept"]) == case["kept"]


@pytest.mark.parametrize(
    ("longest", "left"),
    [(0, ""), (3, "家"), (7, "家"), (8, PEOPLE), (9, PEOPLE), (10, FLAG), (11, FLAG), (99, FAMILY)],
)
def test_what_is_shortened_is_never_cut_inside_what_is_seen_as_one(longest: int, left: str) -> None:
    assert shortened(FAMILY, longest) == left


def test_names_are_as_long_as_firms_and_no_longer() -> None:
    assert len(loaded(Name(), "公" * 200)) == 200
    with pytest.raises(ValidationError):
        loaded(Name(), "公" * 201)


@pytest.mark.parametrize(
    "code", ["110112105209", "city.trade.night-market", "dept-market", "workOrder-018f", "A_b:c"]
)
def test_a_code_of_ours_is_a_code(code: str) -> None:
    assert loaded(Code(), code) == code


@pytest.mark.parametrize(
    "code", ["", " ", "-a", "a b", "张湾村", "a\n", "a\u200b", "a" * 65, "a/b"]
)
def test_what_no_code_of_ours_looks_like_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        loaded(Code(), code)
