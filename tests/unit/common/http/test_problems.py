"""Whatever goes wrong is a problem document, in two languages, and tells nothing it shouldn't."""

import pytest
from structlog.testing import capture_logs

from tests.unit.common.http.village import bearer, client

PROBLEM = "application/problem+json"


def test_an_unknown_path_is_a_404_problem() -> None:
    answer = client().get("/v1/nothing")
    assert (answer.status_code, answer.content_type) == (404, PROBLEM)
    assert answer.json["type"] == "/problems/no-such-route"


def test_a_wrong_method_is_a_405_problem_that_names_the_right_ones() -> None:
    answer = client().delete("/v1/notes")
    assert (answer.status_code, answer.content_type) == (405, PROBLEM)
    assert answer.json["allowed"] == ["GET", "HEAD", "OPTIONS", "POST"]
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_refusal_carries_both_languages_its_facts_and_what_is_allowed() -> None:
    answer = client().get("/v1/trouble/refused", headers={"X-Correlation-ID": "walk-1"})
    assert answer.status_code == 409
    assert answer.json == {
        "type": "/problems/not-allowed-now",
        "title": "Not allowed now",
        "title_zh": "当前不能办理",
        "status": 409,
        "detail": "Resolve is not possible while the state is raised.",
        "detail_zh": "当前状态（raised）不能执行 Resolve。",
        "correlation_id": "walk-1",
        "allowed": ["a", "b"],
        "command": "Resolve",
        "state": "raised",
    }


def test_a_fact_never_replaces_a_fixed_member() -> None:
    answer = client().get("/v1/trouble/told")
    assert (answer.json["status"], answer.json["type"]) == (412, "/problems/told")
    assert answer.json["version"] == 3


def test_a_transient_error_is_503_with_retry_after_and_shows_no_fact() -> None:
    answer = client().get("/v1/trouble/transient")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert "mongodb" not in answer.text


@pytest.mark.parametrize("kind", ["bug", "unsayable", "sentence"])
def test_a_fault_of_ours_is_a_500_that_shows_an_id_only_and_is_logged(kind: str) -> None:
    with capture_logs() as logs:
        answer = client().get(f"/v1/trouble/{kind}")
    assert (answer.status_code, answer.content_type) == (500, PROBLEM)
    assert "secret of the house" not in answer.text
    failed = next(line for line in logs if line["event"] == "http_failed")
    assert failed["error_id"] == answer.json["error_id"]
    assert failed["exc_info"]


def test_no_token_is_401_with_a_challenge_and_the_roles() -> None:
    answer = client().post("/v1/orders/7/resolution", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json["type"]) == (401, "/problems/token-missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="shaobao"'


def test_a_wrong_role_is_403_and_says_which_would_do() -> None:
    answer = client().post("/v1/orders/7/resolution", headers=bearer("auditor"))
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/role-not-allowed")
    assert answer.json["allowed"] == ["town_officer", "village_officer"]


def test_every_answer_names_its_correlation_and_forbids_caching() -> None:
    answer = client().get("/v1/notes", headers={"X-Correlation-ID": "walk-2"})
    assert answer.headers["X-Correlation-ID"] == "walk-2"
    assert client().get("/v1/notes").headers["X-Correlation-ID"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_access_log_names_the_template_and_never_the_path() -> None:
    with capture_logs() as logs:
        client().get("/v1/trouble/told?secret=1")
    line = next(line for line in logs if line["event"] == "http_answered")
    assert (line["route"], line["status"]) == ("/v1/trouble/<kind>", 412)
    assert "told" not in str(line)
