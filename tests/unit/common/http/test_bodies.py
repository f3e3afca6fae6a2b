"""Bodies: whole, limited, strict; and what marshmallow says, in two languages."""

import io
import json
from typing import Any

import pytest

from services.common.http.bodies import fingerprint_of, read_body
from services.common.http.errors import BodyBroken, BodyTooLarge
from tests.unit.common.http.village import client

KEY = {"Idempotency-Key": "k-1"}


def post(raw: bytes, content_type: str = "application/json", **headers: str) -> Any:
    return client(body_limit_bytes=200).post(
        "/v1/notes", data=raw, content_type=content_type, headers={**KEY, **headers}
    )


def test_a_good_body_is_loaded_by_the_schema() -> None:
    answer = post('{"text": "井盖"}'.encode())
    assert answer.status_code == 201
    assert answer.json["loaded"] == {"text": "井盖", "entries": []}
    assert answer.headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"text": NaN}',
        b'{"text": "a", "text": "b"}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'\xef\xbb\xbf{"text": "a"}',
        b"[" * 150,
    ],
)
def test_what_is_no_json_object_is_400(raw: bytes) -> None:
    answer = post(raw)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/body-malformed")


def test_why_a_body_is_malformed_never_quotes_it() -> None:
    assert "13800138000" not in post(b'{"phone": 13800138000,,}').text


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/json; charset=gbk", "application/xml"]
)
def test_another_content_type_is_415(content_type: str) -> None:
    answer = post(b'{"text": "a"}', content_type)
    assert (answer.status_code, answer.json["allowed"]) == (415, ["application/json"])


def test_a_compressed_body_is_415() -> None:
    assert post(b'{"text": "a"}', **{"Content-Encoding": "gzip"}).status_code == 415


def test_a_charset_of_utf_8_is_welcome() -> None:
    assert post(b'{"text": "a"}', 'application/json; charset="UTF-8"').status_code == 201


def test_a_body_beyond_the_limit_is_413_and_names_the_limit() -> None:
    answer = post(json.dumps({"text": "a" * 300}).encode())
    assert (answer.status_code, answer.json["limit_bytes"]) == (413, 200)


def test_a_body_on_a_route_that_takes_none_is_400() -> None:
    answer = client().post("/v1/orders/1/resolution", json={"a": 1}, headers=KEY)
    assert answer.status_code == 401  # the caller is looked at first
    answer = client().post(
        "/v1/requests/1/follow-up", json={"a": 1}, headers={**KEY, "Authorization": "Receipt s"}
    )
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/body-unexpected")


def test_values_that_do_not_fit_are_422_with_places_and_both_languages() -> None:
    answer = post(b'{"text": "aaaaaaaaaaaa", "entries": [{"phone": "1"}, {}], "x/y": 1}')
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/values-refused")
    assert sorted(answer.json["errors"], key=lambda each: each["pointer"]) == [
        {
            "pointer": "#/entries/0/phone",
            "detail": "Length must be between 3 and 5.",
            "detail_zh": "长度须在 3 与 5 之间。",
        },
        {
            "pointer": "#/entries/1/phone",
            "detail": "Missing data for required field.",
            "detail_zh": "必填。",
        },
        {"pointer": "#/text", "detail": "At most 9 long.", "detail_zh": "最多 9 字。"},
        {"pointer": "#/x~1y", "detail": "Unknown field.", "detail_zh": "没有这一项。"},
    ]


def test_query_parameters_are_loaded_and_lists_gathered() -> None:
    answer = client().get("/v1/notes?limit=3&unit=a&unit=b")
    assert answer.json == {"limit": 3, "unit": ["a", "b"]}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1&limit=2", "other=1"])
def test_a_wrong_query_is_400_and_names_the_parameter(query: str) -> None:
    answer = client().get(f"/v1/notes?{query}")
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/query-refused")
    assert answer.json["errors"][0]["parameter"] == query.split("=", maxsplit=1)[0]


def test_a_body_shorter_than_announced_is_broken() -> None:
    with pytest.raises(BodyBroken):
        read_body({"CONTENT_LENGTH": "5", "wsgi.input": io.BytesIO(b"abc")})


def test_chunks_are_read_whole_and_limited() -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
    assert read_body({**chunked, "wsgi.input": io.BytesIO(b"abc")}, 3) == b"abc"
    with pytest.raises(BodyTooLarge):
        read_body({**chunked, "wsgi.input": io.BytesIO(b"abcd")}, 3)


def test_the_fingerprint_ignores_the_order_of_names_and_nothing_else() -> None:
    one = fingerprint_of("post", "/v1/notes", {"b": 1, "a": ["二"]})
    assert one == fingerprint_of("POST", "/v1/notes", {"a": ["二"], "b": 1})
    assert one != fingerprint_of("POST", "/v1/notes", {"a": ["二"], "b": "1"})
    assert one != fingerprint_of("POST", "/v1/other", {"a": ["二"], "b": 1})
