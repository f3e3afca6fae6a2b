"""What a repeated report is answered, and for whom and what a key is good."""

from typing import Any

import pytest

from tests.support.examples_intake import NIGHT_MARKET
from tests.support.intake_world import REPORT, IntakeWorld, bearer, problem

OPERATOR = bearer("operator")
A_KEY = "8d4f10ae-d2d7-4ef6-bd7c-1c7119a89052"


def test_a_repeated_report_gets_the_same_receipt_and_adds_nothing(world: IntakeWorld) -> None:
    body = {**REPORT, "category": NIGHT_MARKET}
    first = world.post("/v1/requests", body, key=A_KEY)
    world.resolved(first.json["id"])
    events = world.events(first.json["id"])

    again = world.post("/v1/requests", body, key=A_KEY)

    assert (again.status_code, again.json) == (201, first.json)
    assert world.events(first.json["id"]) == events


def test_a_repetition_promises_nothing_that_came_later(world: IntakeWorld) -> None:
    first = world.post("/v1/requests", REPORT, key=A_KEY)
    path = f"/v1/requests/{first.json['id']}/classification"
    world.post(path, {"category": NIGHT_MARKET}, OPERATOR)

    assert world.post("/v1/requests", REPORT, key=A_KEY).json == first.json


@pytest.mark.parametrize("changed", [{"said": "别的"}, {"kind": "tip_off"}, {"reporter": {}}])
def test_a_key_is_good_for_one_report(world: IntakeWorld, changed: dict[str, Any]) -> None:
    world.post("/v1/requests", REPORT, key=A_KEY)

    answer = world.post("/v1/requests", {**REPORT, **changed}, key=A_KEY)

    assert problem(answer) == (422, "idempotency-key-reused")


def test_a_text_that_lost_its_commit_never_stands_for_another(
    world: IntakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vault was written, the process died; the same key comes with other words."""
    with monkeypatch.context() as dying:
        dying.setattr(world.logs["intake"], "append", _dying)
        assert world.post("/v1/requests", REPORT, key=A_KEY).status_code == 500

    other = world.post("/v1/requests", {**REPORT, "said": "别的"}, key=A_KEY)
    same = world.post("/v1/requests", REPORT, key=A_KEY)

    assert problem(other) == (422, "idempotency-key-reused")
    assert same.status_code == 201


def _dying(*_: Any) -> Any:
    raise OSError("killed")


def test_a_repetition_is_answered_though_its_category_is_gone_meanwhile(world: IntakeWorld) -> None:
    body = {**REPORT, "category": NIGHT_MARKET}
    first = world.post("/v1/requests", body, key=A_KEY)
    second = world.post("/v1/requests", REPORT)
    path = f"/v1/requests/{second.json['id']}/classification"
    classified = world.post(path, {"category": NIGHT_MARKET}, OPERATOR, key="k")
    world.adopts("categories", ())

    assert world.post("/v1/requests", body, key=A_KEY).json == first.json
    again = world.post(path, {"category": NIGHT_MARKET}, OPERATOR, key="k")
    assert (again.status_code, again.json) == (200, classified.json)
    anew = world.post("/v1/requests", body)
    assert problem(anew) == (422, "unknown-category")
    other = world.post("/v1/requests", {**body, "said": "别的"}, key=A_KEY)
    assert problem(other) == (422, "idempotency-key-reused")


def test_a_stranger_s_key_is_long_enough_from_sixteen_characters_on(world: IntakeWorld) -> None:
    answers = [world.post("/v1/requests", REPORT, key="k" * length) for length in (15, 16)]
    assert [each.status_code for each in answers] == [400, 201]


@pytest.mark.parametrize("key", ["1", "a-short-key"])
def test_a_key_that_strangers_could_guess_is_refused(world: IntakeWorld, key: str) -> None:
    """Whoever sends the same key and words gets the same receipt, with its secret."""
    answer = world.post("/v1/requests", REPORT, key=key)
    assert problem(answer) == (400, "idempotency-key-guessable")
    by_phone = {**REPORT, "channel": "hotline"}
    assert world.post("/v1/requests", by_phone, OPERATOR, key=key).status_code == 201


def test_two_operators_may_use_the_same_key(world: IntakeWorld) -> None:
    one, other = (
        world.post("/v1/requests", {**REPORT, "channel": "hotline"}, who, key=A_KEY)
        for who in (bearer("operator", person="p-1"), bearer("operator", person="p-2"))
    )

    assert one.json["id"] != other.json["id"]
