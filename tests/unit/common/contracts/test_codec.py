"""The one text of a value: sorted, exact, and nothing that JSON readers disagree on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest
from bson.int64 import Int64
from hypothesis import given

from services.common.contracts.codec import (
    NotCanonical,
    Undecodable,
    canonical,
    parsed,
    plain,
    structured,
    time_text,
    to_time,
)
from tests.support.examples_contracts import LARGEST, MOMENTS, PLAIN


@dataclass(frozen=True, slots=True)
class Inner:
    """A nested value."""

    word: Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One field of every kind that contracts use."""

    text: str
    number: int
    flag: bool
    moment: datetime
    inner: tuple[Inner, ...] = ()
    table: Mapping[str, Any] | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """The objects that stand in every commit."""

    counts: dict[str, int]
    rest: dict[str, Any]


MOMENT = datetime(2026, 6, 1, 1, 12, 0, 123456, tzinfo=UTC)
WHOLE = {
    "text": "夜市",
    "number": 1,
    "flag": True,
    "moment": "2026-06-01T01:12:00.123456Z",
    "inner": [{"word": "no"}],
    "table": {"a": 1},
}


def test_keys_are_sorted_by_code_point_without_spaces_and_characters_stay_characters() -> None:
    assert canonical({"b": [1, True], "é": "夜", "Z": "\n"}) == '{"Z":"\\n","b":[1,true],"é":"夜"}'


def test_what_is_absent_is_left_out_at_every_depth() -> None:
    assert canonical({"a": None, "b": {"c": None}, "d": [{"e": None}]}) == '{"b":{},"d":[{}]}'


def test_a_dataclass_is_written_field_by_field() -> None:
    value = Sample("x", 1, False, MOMENT, (Inner("yes"),))
    assert canonical(value) == (
        '{"flag":false,"inner":[{"word":"yes"}],"moment":"2026-06-01T01:12:00.123456Z",'
        '"number":1,"text":"x"}'
    )


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, -(2**53), b"x", object(), {1, 2}])
def test_what_json_readers_would_disagree_on_has_no_text(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical({"a": [value]})


@pytest.mark.parametrize("number", [LARGEST, -LARGEST, 0])
def test_integers_below_two_to_the_53rd_are_written_whole(number: int) -> None:
    assert parsed(canonical([number])) == [number]


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, ["a\ud83d"]])
def test_a_lone_surrogate_has_no_text(value: object) -> None:
    with pytest.raises(NotCanonical, match="surrogate"):
        canonical(value)


def test_a_name_must_be_a_text_since_1_and_the_text_1_would_be_written_alike() -> None:
    with pytest.raises(NotCanonical):
        canonical({1: "a"})


def test_a_naive_time_has_no_text() -> None:
    with pytest.raises(NotCanonical, match="naive"):
        canonical({"at": datetime(2026, 6, 1)})  # noqa: DTZ001  that is the point


def test_a_time_is_written_in_utc_with_six_digits_whatever_its_zone() -> None:
    beijing = timezone(timedelta(hours=8))
    assert time_text(datetime(2026, 6, 1, 9, 12, tzinfo=beijing)) == "2026-06-01T01:12:00.000000Z"


@given(MOMENTS)
def test_every_moment_comes_back_and_texts_sort_as_moments_do(moment: datetime) -> None:
    text = time_text(moment)
    assert len(text) == 27
    assert to_time(text) == moment
    assert (text < time_text(MOMENT)) == (moment < MOMENT)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T01:12:00Z",
        "2026-06-01T01:12:00.123456+00:00",
        "2026-06-01 01:12:00.123456Z",
        "２０２６-06-01T01:12:00.123456Z",
        "2026-02-30T01:12:00.123456Z",
        "2026-06-01T01:12:00.123456Z\n",
        "",
    ],
)
def test_only_the_canonical_text_of_a_time_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        to_time(text)


@given(PLAIN)
def test_a_plain_value_is_read_back_and_written_alike(value: Any) -> None:
    text = canonical(value)
    assert parsed(text) == value
    assert canonical(parsed(text)) == text


def test_a_value_is_read_by_its_type_and_unknown_fields_are_passed_over() -> None:
    found = structured(Sample, {**WHOLE, "of_a_later_release": 1})
    assert found == Sample("夜市", 1, True, MOMENT, (Inner("no"),), {"a": 1})
    assert plain(found) == WHOLE


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("text", 1),
        ("number", "1"),
        ("number", True),
        ("number", 1.0),
        ("flag", 1),
        ("moment", "today"),
        ("moment", 5),
        ("inner", "yes"),
        ("inner", [{"word": "perhaps"}]),
        ("inner", [{"word": []}]),
        ("inner", [{}]),
        ("inner", None),
        ("remark", 1),
        ("remark", []),
    ],
)
def test_a_field_of_another_type_or_word_can_not_be_decoded(field: str, wrong: object) -> None:
    with pytest.raises(Undecodable, match="Sample"):
        structured(Sample, {**WHOLE, field: wrong})


def test_what_may_be_absent_is_read_as_it_stands_or_as_none() -> None:
    assert structured(Sample, {**WHOLE, "remark": "夜"}).remark == "夜"
    assert structured(Sample, {**WHOLE, "remark": None}).remark is None
    assert structured(Sample, WHOLE).remark is None


def test_an_object_is_read_as_it_stands() -> None:
    whole = {"counts": {"b": 2}, "rest": {"c": ["d", {"e": 1}]}}
    assert plain(structured(Tables, whole)) == whole


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("counts", {"b": "2"}),
        ("counts", {"b": True}),
        ("counts", {"b": 2.0}),
        ("counts", [["b", 2]]),
        ("rest", [["c", 1]]),
        ("rest", "text"),
        ("rest", None),
    ],
)
def test_what_is_no_object_of_its_kind_can_not_be_decoded(field: str, wrong: object) -> None:
    with pytest.raises(Undecodable, match="Tables"):
        structured(Tables, {"counts": {}, "rest": {}, field: wrong})


@pytest.mark.parametrize("value", [None, [], "text", 5, {}])
def test_what_is_no_such_object_can_not_be_decoded(value: object) -> None:
    with pytest.raises(Undecodable):
        structured(Sample, value)


@pytest.mark.parametrize("text", ["", "{", "nul", "[" * 100_000, "1" * 5000])
def test_what_is_no_json_can_not_be_decoded(text: str) -> None:
    with pytest.raises(Undecodable):
        parsed(text)


class Word(str):
    """A text of its own kind."""

    __slots__ = ()


def test_what_derives_from_a_number_or_a_text_is_written_as_such() -> None:
    """MongoDB's driver reads a long integer as a kind of its own."""
    assert (
        canonical({Word("a"): Int64(2**40), "b": [Word("京")]}) == '{"a":1099511627776,"b":["京"]}'
    )
    for wrong in (Int64(2**60), Word("\ud800")):
        with pytest.raises(NotCanonical):
            canonical([wrong])


def test_what_nobody_can_write_is_named_by_its_kind() -> None:
    for value, kind in ((1.0, "float"), (b"x", "bytes"), ({1}, "set"), (object(), "object")):
        with pytest.raises(NotCanonical, match=kind):
            canonical({"a": [value]})
