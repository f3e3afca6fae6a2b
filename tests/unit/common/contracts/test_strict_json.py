"""One reader for both doors, stricter than the standard library."""

import json

import pytest

from services.common.contracts.strict_json import NotStrictJson, strict_json


@pytest.mark.parametrize("text", ['{"a": [1, "井盖", null, 1.5]}', "[]", "7", '"\\ud83d\\ude00"'])
def test_what_is_plain_json_is_read_as_ever(text: str) -> None:
    assert strict_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b"\xff", "byte 0 is no UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "Unexpected UTF-8 BOM"),
        (b'{"a": 1, "a": 2}', "a name is given twice"),
        (b'{"o": {"a": 1, "a": 1}}', "a name is given twice"),
        (b"[NaN]", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b'["\\ud800"]', "a lone surrogate"),
        (b'{"\\udfff": 1}', "a lone surrogate"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5000, "a number has too many digits"),
    ],
)
def test_what_two_readers_could_take_for_two_things_is_refused_in_our_own_words(
    raw: bytes, why: str
) -> None:
    with pytest.raises(NotStrictJson) as refused:
        strict_json(raw)
    assert str(refused.value).startswith(why)
