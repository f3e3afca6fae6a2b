"""What counts as a reply of a department, and what it is told if it doesn't."""

import json

import pytest

from services.common.contracts.codec import canonical
from services.common.messaging.departments import (
    DepartmentReply,
    UnreadableReply,
    refusal_of,
    reply_of,
)


def test_a_reply_is_the_json_object_with_the_code_and_kind_of_its_routing_key() -> None:
    body = json.dumps({"id": "m-1", "data": {"call": "c"}}).encode()

    assert reply_of("dept-court.arrived", "m-1", body) == DepartmentReply(
        "dept-court", "arrived", "m-1", {"id": "m-1", "data": {"call": "c"}}
    )


def test_either_id_is_enough() -> None:
    assert reply_of("dept-court.done", None, b'{"id":"m-1"}').message_id == "m-1"
    assert reply_of("dept-court.done", "m-1", b"{}").message_id == "m-1"


@pytest.mark.parametrize(
    ("key", "message_id", "body"),
    [
        ("dept-court.done", "m-1", b"\xff"),
        ("dept-court.done", "m-1", b"{"),
        ("dept-court.done", "m-1", b"[1]"),
        ("dept-court.done", "m-1", b'{"id":"m-2"}'),
        ("dept-court.done", None, b"{}"),
        ("dept-court.done", None, b'{"id":7}'),
        ("dept-court.done", "x" * 201, b"{}"),
        ("dept-court", "m-1", b"{}"),
        ("dept-court.dan\ud800ces", "m-1", b"{}"),
        ("dept-court.done", "m-\ud800", b"{}"),
        ("dept-court.done", "m-\x1b[31m", b"{}"),
        ("dept-court.done", "m 1", b"{}"),
        ("dept-court.done", "m-1", b'{"data":{"note":1,"note":2}}'),
        ("dept-court.done", "m-1", b'{"data":{"note":NaN}}'),
        ("dept-court.done", "m-1", b'{"data":{"note":"\\ud800"}}'),
        ("dept-court.done", "m-1", b'{"data":' + b"9" * 5000 + b"}"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason_under_a_repeatable_id(
    key: str, message_id: str | None, body: bytes
) -> None:
    with pytest.raises(UnreadableReply) as first:
        reply_of(key, message_id, body)
    with pytest.raises(UnreadableReply) as second:
        reply_of(key, message_id, body)

    told = refusal_of(first.value)
    assert told == refusal_of(second.value)
    assert told["data"]["outcome"] == "refused"
    assert told["data"]["reason"].startswith("unreadable: ")
    assert first.value.facts["code"] == "dept-court"
    assert canonical(told).isprintable()
    assert "sys." not in canonical(told)
