"""POST /v1/requests and the category, as people send them."""

from typing import Any

import pytest

from services.common.contracts.streams import request_stream
from services.common.vault.names import reporter_key
from tests.support.examples_intake import NIGHT_MARKET, TOWN
from tests.support.intake_world import REPORT, IntakeWorld, bearer, problem

OPERATOR = bearer("operator")
A_KEY = "8d4f10ae-d2d7-4ef6-bd7c-1c7119a89052"


def test_a_report_with_a_category_is_promised_a_date(world: IntakeWorld) -> None:
    answer = world.post("/v1/requests", {**REPORT, "category": NIGHT_MARKET})

    assert answer.status_code == 201
    assert set(answer.json) == {"id", "code", "secret", "promised_at"}
    assert answer.json["promised_at"] == "2026-06-16T01:22:00.000000Z"
    assert answer.headers["Location"] == f"/v1/requests/{answer.json['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert world.events(answer.json["id"]) == [
        "RequestReceived",
        "RequestClassified",
        "RequestForwarded",
    ]


def test_a_report_without_a_category_waits_for_an_operator(world: IntakeWorld) -> None:
    receipt = world.report(category=None)
    path = f"/v1/requests/{receipt['id']}/classification"

    answer = world.post(path, {"category": NIGHT_MARKET}, OPERATOR)

    assert "promised_at" not in receipt
    assert (answer.status_code, answer.json["state"]) == (200, "forwarded")
    assert answer.json["promised_at"] == "2026-06-16T01:22:00.000000Z"


@pytest.mark.parametrize(
    ("role", "channel"),
    [(None, "hotline"), (None, "grid"), ("grid_steward", "visit"), ("village_officer", "web"),
     ("town_officer", "hotline"), ("reporter", "grid")],
)  # fmt: skip
def test_other_channels_are_closed(world: IntakeWorld, role: str | None, channel: str) -> None:
    who = bearer(role) if role else None

    answer = world.post("/v1/requests", {**REPORT, "channel": channel}, who)

    assert problem(answer) == (403, "channel-not-allowed")


@pytest.mark.parametrize(
    ("role", "channel", "given"),
    [("operator", "hotline", True), ("reporter", "miniprogram", True),
     ("grid_steward", "grid", False), ("village_officer", "visit", False)],
)  # fmt: skip
def test_a_handler_who_reports_is_not_given_the_secret(
    world: IntakeWorld, role: str, channel: str, given: bool
) -> None:
    receipt = world.report(bearer(role), channel=channel)

    assert ("secret" in receipt) is given
    assert "code" in receipt


@pytest.mark.parametrize(
    "group", [{"opposed": True}, {"cluster_id": "6fa360be-731e-5e70-8539-77f4b0e39db6"}]
)
def test_only_staff_groups_requests(world: IntakeWorld, group: dict[str, Any]) -> None:
    anybody = world.post("/v1/requests", {**REPORT, **group})
    operator = world.post("/v1/requests", {**REPORT, **group}, OPERATOR)

    assert problem(anybody) == (403, "only-the-desk-groups")
    assert operator.status_code == 201


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"place_code": "999999999999"}, "unknown-place"),
        ({"place_code": "cc-110112"}, "unknown-place"),
        ({"category": "city.trade"}, "unknown-category"),
        ({"category": "nonsense"}, "unknown-category"),
        ({"channel": "pigeon"}, "values-refused"),
        ({"channel": None}, "values-refused"),
        ({"said": "   "}, "values-refused"),
        ({"said": 7}, "values-refused"),
        ({"said": "x" * 5001}, "values-refused"),
        ({"confidential": "yes"}, "values-refused"),
        ({"confidential": 1}, "values-refused"),
        ({"cluster_id": "张三家"}, "values-refused"),
        ({"reporter": {"phone": "call me"}}, "values-refused"),
        ({"reporter": {"id_number": "110"}}, "values-refused"),
        ({"reporter": []}, "values-refused"),
        ({"holder": TOWN}, "values-refused"),
    ],
)
def test_bad_values_are_named_and_nothing_is_kept(
    world: IntakeWorld, changed: dict[str, Any], slug: str
) -> None:
    answer = world.post("/v1/requests", {**REPORT, **changed}, OPERATOR)

    assert problem(answer) == (422, slug)
    world.logs["intake"].stamp(10)
    assert world.logs["intake"].head() == 0


def test_what_is_not_json_or_has_no_key_is_refused(world: IntakeWorld) -> None:
    broken = world.client.post(
        "/v1/requests", data=b"{", headers={"Idempotency-Key": "k"}, content_type="application/json"
    )
    without_key = world.client.post("/v1/requests", json=REPORT)

    assert problem(broken) == (400, "body-malformed")
    assert problem(without_key) == (400, "idempotency-key-missing")


def test_a_place_elsewhere_is_forwarded_to_its_own_district(world: IntakeWorld) -> None:
    receipt = world.report(place_code="110105")

    seen = world.get(f"/v1/requests/{receipt['id']}", OPERATOR).json
    assert seen["district"] == "110105"


def test_without_a_place_the_home_district_answers(world: IntakeWorld) -> None:
    receipt = world.report(place_code=None, reporter={})

    assert world.get(f"/v1/requests/{receipt['id']}", OPERATOR).json["district"] == "110112"


def test_the_log_holds_no_word_and_no_name(world: IntakeWorld) -> None:
    receipt = world.report()

    (commit,) = world.logs["intake"].read(request_stream(receipt["id"]))
    personal = ["张三", "13812341234", "1 号", "油烟", receipt["secret"], receipt["code"]]
    assert not [text for text in personal if text in commit.body]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"category": "city"}, (422, "unknown-category")),
        ({"category": NIGHT_MARKET, "place_code": "1"}, (422, "unknown-place")),
        ({}, (422, "values-refused")),
    ],
)
def test_a_bad_category_leaves_the_request_waiting(
    world: IntakeWorld, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    receipt = world.report(category=None)

    answer = world.post(f"/v1/requests/{receipt['id']}/classification", body, OPERATOR)

    assert problem(answer) == expected
    assert world.events(receipt["id"]) == ["RequestReceived"]


def test_only_an_operator_gives_a_category_and_only_once(world: IntakeWorld) -> None:
    receipt = world.report()
    path = f"/v1/requests/{receipt['id']}/classification"
    body = {"category": NIGHT_MARKET}

    assert problem(world.post(path, body, bearer("village_officer"))) == (403, "role-not-allowed")
    assert problem(world.post(path, body)) == (401, "token-missing")
    again = world.post(path, body, OPERATOR)
    assert problem(again) == (409, "not-allowed-now")
    assert again.json["allowed"] == ["OpenFollowUp"]


def test_an_unknown_request_is_not_found(world: IntakeWorld) -> None:
    for path, body in (("classification", {"category": NIGHT_MARKET}), ("follow-up-tries", {})):
        assert problem(world.post(f"/v1/requests/nobody/{path}", body, OPERATOR)) == (
            404,
            "not-found",
        )
    assert problem(world.get("/v1/requests/nobody", OPERATOR)) == (404, "not-found")


def test_a_moved_version_is_told(world: IntakeWorld) -> None:
    receipt = world.report(category=None)
    path = f"/v1/requests/{receipt['id']}/classification"

    answer = world.post(path, {"category": NIGHT_MARKET}, OPERATOR, **{"If-Match": '"7"'})

    assert problem(answer) == (412, "version-moved")


def test_after_an_erasure_the_key_answers_no_more(world: IntakeWorld) -> None:
    first = world.post("/v1/requests", REPORT, key=A_KEY)
    world.desk.vault.keys.destroy(reporter_key(first.json["id"]))

    assert problem(world.post("/v1/requests", REPORT, key=A_KEY)) == (410, "erased")


def test_a_reporters_account_stays_out_of_the_log(world: IntakeWorld) -> None:
    receipt = world.report(bearer("reporter", person="wx-8417", unit="u-1"))

    (commit,) = world.logs["intake"].read(request_stream(receipt["id"]))
    assert "wx-8417" not in commit.body
    assert "u-1" not in commit.body


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("１３８１２３４５６７８", "138****5678"),
        ("0086 138 1234 5678", "138****5678"),
        ("(010)69546789转8001", "010****6789"),
        ("13812345678/13912345678", "138****5678/139****5678"),
    ],
)
def test_a_phone_is_taken_as_people_write_it(world: IntakeWorld, phone: str, masked: str) -> None:
    receipt = world.report(reporter={"phone": phone})
    answer = world.get(f"/v1/requests/{receipt['id']}", OPERATOR)
    assert answer.json["reporter"] == {"phone": masked}


@pytest.mark.parametrize("said", ["\u200b\u200d\ufeff", "\u3164", "a\0b", "a\u0007\u001b[31mred"])
def test_a_report_that_says_nothing_or_harms_a_reader_is_refused(
    world: IntakeWorld, said: str
) -> None:
    answer = world.post("/v1/requests", {**REPORT, "said": said})
    assert problem(answer) == (422, "values-refused")
    assert answer.json["errors"][0]["pointer"] == "#/said"
