"""The reporter's word over HTTP: who may bring it, and what comes of it."""

from typing import Any

import pytest

from services.common.contracts.streams import request_stream
from services.common.vault.names import reporter_key
from tests.support.intake_world import IntakeWorld, bearer, problem, secret_of

OPERATOR = bearer("operator")
SOLVED = {"reached": "yes", "solved": "yes", "satisfied": "satisfied"}
HANDLERS = [
    "grid_steward", "village_officer", "section_officer", "town_officer", "town_leader",
    "town_deputy", "department_officer", "command_centre", "auditor", "admin",
]  # fmt: skip


@pytest.fixture
def receipt(world: IntakeWorld) -> dict[str, Any]:
    """A request whose order was resolved: its reporter is asked."""
    found = world.report()
    world.dispatched(found["id"])
    world.resolved(found["id"])
    return found


def path(receipt: dict[str, Any], of: str = "follow-up") -> str:
    return f"/v1/requests/{receipt['id']}/{of}"


def last_actor(world: IntakeWorld, receipt: dict[str, Any]) -> tuple[str, str | None]:
    *_, last = world.logs["intake"].read(request_stream(receipt["id"]))
    return last.draft.actor.role, last.draft.actor.person


def test_the_reporter_says_yes_through_the_secret(
    world: IntakeWorld, receipt: dict[str, Any]
) -> None:
    answer = world.post(path(receipt), {**SOLVED, "said": "谢谢"}, secret_of(receipt))

    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["outcome"]) == ("closed", "solved")
    assert world.events(receipt["id"])[-2:] == ["FollowUpRecorded", "RequestClosed"]
    assert last_actor(world, receipt) == ("reporter", None)


def test_an_operator_records_a_call_by_name(world: IntakeWorld, receipt: dict[str, Any]) -> None:
    answer = world.post(path(receipt), {**SOLVED, "solved": "no"}, OPERATOR)

    assert answer.json["state"] == "reopened"
    assert last_actor(world, receipt) == ("operator", "p-1")


@pytest.mark.parametrize("role", HANDLERS)
def test_a_handler_never_writes_a_follow_up(
    world: IntakeWorld, receipt: dict[str, Any], role: str
) -> None:
    assert problem(world.post(path(receipt), SOLVED, bearer(role))) == (403, "role-not-allowed")


@pytest.mark.parametrize("roles", [("operator", "village_officer"), ("reporter",)])
def test_a_second_role_opens_no_back_door(
    world: IntakeWorld, receipt: dict[str, Any], roles: tuple[str, ...]
) -> None:
    answer = world.post(path(receipt), SOLVED, bearer(*roles))

    assert problem(answer) == (403, "only-the-reporter-answers")
    assert answer.json["allowed"] == ["operator", "reporter"]


@pytest.mark.parametrize("secret", ["x", "DTM3-1DF7-6Q6BG", "A" * 43])
def test_a_wrong_secret_evaluates_nothing(
    world: IntakeWorld, receipt: dict[str, Any], secret: str
) -> None:
    answer = world.post(path(receipt), SOLVED, {"Authorization": f"Receipt {secret}"})

    assert problem(answer) == (403, "receipt-refused")
    assert world.events(receipt["id"])[-1] == "FollowUpOpened"


def test_the_code_and_anothers_secret_evaluate_nothing(
    world: IntakeWorld, receipt: dict[str, Any]
) -> None:
    code = {"Authorization": f"Receipt {receipt['code']}"}
    others = secret_of(world.report(said="别的"))

    assert problem(world.post(path(receipt), SOLVED, code)) == (403, "receipt-refused")
    assert problem(world.post(path(receipt), SOLVED, others)) == (403, "receipt-refused")


def test_a_secret_does_not_tell_whether_a_request_exists(world: IntakeWorld) -> None:
    receipt = world.report()

    answer = world.post("/v1/requests/nobody/follow-up", SOLVED, secret_of(receipt))

    assert problem(answer) == (403, "receipt-refused")


def test_without_token_and_secret_nobody_is_heard(
    world: IntakeWorld, receipt: dict[str, Any]
) -> None:
    assert problem(world.post(path(receipt), SOLVED)) == (401, "token-missing")


def test_a_repeated_answer_counts_once(world: IntakeWorld, receipt: dict[str, Any]) -> None:
    first = world.post(path(receipt), SOLVED, secret_of(receipt), key="an-answer")
    again = world.post(path(receipt), SOLVED, secret_of(receipt), key="an-answer")
    other = world.post(path(receipt), SOLVED, secret_of(receipt))

    assert first.json == again.json
    assert problem(other) == (409, "not-allowed-now")
    assert world.events(receipt["id"]).count("FollowUpRecorded") == 1


def test_nobody_is_heard_before_being_asked(world: IntakeWorld) -> None:
    receipt = world.report()

    answer = world.post(path(receipt), SOLVED, secret_of(receipt))

    assert problem(answer) == (409, "not-allowed-now")
    assert answer.json["allowed"] == ["OpenFollowUp"]


def test_an_answer_to_an_earlier_round_is_refused(world: IntakeWorld) -> None:
    receipt = world.report()
    world.missed(receipt["id"], "promised")
    world.resolved(receipt["id"])

    answer = world.post(path(receipt), {**SOLVED, "round": 1}, secret_of(receipt))

    assert problem(answer) == (409, "follow-up-moved-on")


@pytest.mark.parametrize("by_operator", [False, True])
def test_reached_alone_is_no_verdict_and_a_no_is_heard_afterwards(
    world: IntakeWorld, receipt: dict[str, Any], by_operator: bool
) -> None:
    who = OPERATOR if by_operator else secret_of(receipt)
    answer = world.post(path(receipt), {"reached": "yes", "satisfied": "satisfied"}, who)
    assert problem(answer) == (422, "solved-missing")
    assert "FollowUpRecorded" not in world.events(receipt["id"])
    world.post(path(receipt), {"reached": "yes", "solved": "no"}, secret_of(receipt))
    assert world.events(receipt["id"])[-1] == "RequestReopened"


def test_an_erased_reporter_has_no_receipt(world: IntakeWorld, receipt: dict[str, Any]) -> None:
    world.desk.vault.keys.destroy(reporter_key(receipt["id"]))

    assert problem(world.post(path(receipt), SOLVED, secret_of(receipt))) == (410, "erased")


@pytest.mark.parametrize(
    "changed",
    [{"reached": None}, {"reached": "maybe"}, {"solved": "almost"}, {"satisfied": 5},
     {"round": 0}, {"round": "1"}, {"by": "operator"}, {"said": ""}],
)  # fmt: skip
def test_a_bad_answer_is_named(
    world: IntakeWorld, receipt: dict[str, Any], changed: dict[str, Any]
) -> None:
    answer = world.post(path(receipt), {**SOLVED, **changed}, secret_of(receipt))

    assert problem(answer) == (422, "values-refused")
    assert answer.json["errors"][0]["pointer"] == f"#/{next(iter(changed))}"


def test_three_calls_in_vain_close_a_resolved_request(
    world: IntakeWorld, receipt: dict[str, Any]
) -> None:
    tries = [world.post(path(receipt, "follow-up-tries"), {}, OPERATOR) for _ in range(3)]

    assert [each.json["state"] for each in tries] == ["awaiting_follow_up"] * 2 + ["closed"]
    assert tries[-1].json["outcome"] == "unanswered"


def test_a_try_is_an_operators_and_needs_an_open_round(
    world: IntakeWorld, receipt: dict[str, Any]
) -> None:
    tries = path(receipt, "follow-up-tries")

    assert problem(world.post(tries, {}, bearer("town_officer"))) == (403, "role-not-allowed")
    assert problem(world.post(tries, {}, secret_of(receipt))) == (403, "role-not-allowed")
    assert problem(world.post(tries, {"round": 2}, OPERATOR)) == (409, "follow-up-moved-on")
