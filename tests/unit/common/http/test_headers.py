"""Keys, versions, receipts, methods without a route of their own, and CORS."""

import pytest

from tests.unit.common.http.village import bearer, client

NOTE = {"text": "a"}


def test_a_post_without_an_idempotency_key_is_400() -> None:
    answer = client().post("/v1/notes", json=NOTE)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/idempotency-key-missing")


@pytest.mark.parametrize("key", ["", "a b", "钥匙".encode().decode("latin-1"), "a" * 129, '"a'])
def test_an_ill_formed_idempotency_key_is_400(key: str) -> None:
    answer = client().post("/v1/notes", json=NOTE, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/idempotency-key-malformed")


def test_the_key_is_the_same_with_the_quotes_of_the_draft() -> None:
    answer = client().post("/v1/notes", json=NOTE, headers={"Idempotency-Key": '"8e03978e-40d5"'})
    assert answer.json["key"] == "8e03978e-40d5"


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, "a\x1b[31m", "走", "a,b"])
def test_a_correlation_id_that_would_spoil_the_log_is_400_and_is_not_repeated(given: str) -> None:
    raw = given.encode().decode("latin-1")
    answer = client().get("/v1/notes", headers={"X-Correlation-ID": raw})
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/correlation-id-malformed")
    assert answer.headers["X-Correlation-ID"] not in ("", raw)


def test_a_correlation_id_goes_with_the_call() -> None:
    headers = {"X-Correlation-ID": "walk-1:2.3_4", "Idempotency-Key": "k"}
    assert (
        client().post("/v1/notes", json=NOTE, headers=headers).json["correlation"] == "walk-1:2.3_4"
    )


@pytest.mark.parametrize(("given", "version"), [('"7"', 7), ('"0"', 0), ("*", None)])
def test_if_match_is_read_as_a_version(given: str, version: int | None) -> None:
    headers = {**bearer("town_officer"), "Idempotency-Key": "k", "If-Match": given}
    assert client().post("/v1/orders/9/resolution", headers=headers).json == {
        "order": "9",
        "unit": "110112105209",
        "if_match": version,
    }


@pytest.mark.parametrize("given", ["7", 'W/"7"', '"7", "8"', '"-1"', '"a"', '"07"', ""])
def test_an_if_match_that_is_no_version_is_400(given: str) -> None:
    headers = {**bearer("town_officer"), "Idempotency-Key": "k", "If-Match": given}
    answer = client().post("/v1/orders/9/resolution", headers=headers)
    assert (answer.status_code, answer.json["type"]) == (400, "/problems/if-match-malformed")


def test_a_receipt_opens_what_a_reporter_may_do_and_nothing_else() -> None:
    headers = {"Authorization": "Receipt s3cret", "Idempotency-Key": "k"}
    answer = client().post("/v1/requests/1/follow-up", headers=headers)
    assert answer.json == {"receipt": "s3cret", "caller": False}
    assert client().post("/v1/orders/9/resolution", headers=headers).status_code == 403


def test_an_operator_needs_no_receipt() -> None:
    headers = {**bearer("operator"), "Idempotency-Key": "k"}
    answer = client().post("/v1/requests/1/follow-up", headers=headers)
    assert answer.json == {"receipt": None, "caller": True}


@pytest.mark.parametrize("given", ["Bearer", "Receipt ", "Basic dTpw", "x", "Receipt " + "s" * 300])
def test_an_authorization_that_is_neither_is_401(given: str) -> None:
    answer = client().get("/v1/notes", headers={"Authorization": given})
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/authorization-malformed")


def test_a_wrong_token_is_refused_even_where_none_is_needed() -> None:
    answer = client().get("/v1/notes", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/token-refused")
    assert answer.headers["WWW-Authenticate"].endswith('error="invalid_token"')


def test_options_is_204_with_the_methods() -> None:
    answer = client().options("/v1/notes")
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_options_of_nothing_is_404() -> None:
    assert client().options("/v1/nothing").status_code == 404


def test_a_preflight_from_an_allowed_origin_is_answered() -> None:
    town = client(allowed_origins=frozenset({"https://town.example"}))
    answer = town.options("/v1/notes", headers={"Origin": "https://town.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://town.example"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]


def test_another_origin_is_not_allowed() -> None:
    town = client(allowed_origins=frozenset({"https://town.example"}))
    answer = town.get("/v1/notes", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_head_is_get_without_the_body() -> None:
    head, get = client().head("/v1/bytes"), client().get("/v1/bytes")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == "3"
    assert get.headers["Content-Type"] == "text/csv"
