"""What follows in intake's log from commits of others, through the reactor, on a log in memory."""

from typing import Any

import pytest

from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import request_stream
from services.common.eventlog.ports import StreamConflict
from tests.support.examples_intake import NIGHT_MARKET, after
from tests.support.intake_world import IntakeWorld, bearer, secret_of

ANSWER = {"reached": "no", "solved": "no", "satisfied": "dissatisfied"}


def last(world: IntakeWorld, request_id: str) -> list[Any]:
    *_, commit = world.logs["intake"].read(request_stream(request_id))
    return [each.event for each in commit.draft.events]


def answer(world: IntakeWorld, receipt: dict[str, Any], **changed: Any) -> None:
    path = f"/v1/requests/{receipt['id']}/follow-up"
    assert world.post(path, {**ANSWER, **changed}, secret_of(receipt)).status_code == 200


def test_a_resolution_is_asked_about_once_however_often_it_is_heard(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    world.follow()
    world.follow()

    assert world.events(receipt["id"]).count("FollowUpOpened") == 1


def test_the_commit_names_its_cause(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])

    *_, commit = world.logs["intake"].read(request_stream(receipt["id"]))
    assert commit.cause is not None
    assert commit.cause.version == 1
    assert commit.draft.actor.policy == "intake.when_work_order_resolved"


def test_a_resolution_after_the_end_leaves_its_refusal(world: IntakeWorld) -> None:
    receipt = world.report()
    world.missed(receipt["id"], "promised")
    answer(world, receipt, solved="yes")

    world.resolved(receipt["id"])

    assert [each.reason for each in last(world, receipt["id"])] == ["not-allowed-now"]


@pytest.mark.parametrize("answered", [False, True])
def test_a_promised_date_after_the_resolution_leaves_its_refusal(
    world: IntakeWorld, answered: bool
) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    if answered:
        answer(world, receipt)

    world.missed(receipt["id"], "promised")

    refusal = ReactionRefused("OpenFollowUp", "asked-about-already", request_stream(receipt["id"]))
    assert last(world, receipt["id"]) == [refusal]


def test_a_silence_after_the_answer_leaves_its_refusal(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    answer(world, receipt)

    world.missed(receipt["id"], "follow_up")

    assert [each.reason for each in last(world, receipt["id"])] == ["not-allowed-now"]


def test_three_silences_close_what_was_resolved(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    for day in (1, 2, 3):
        world.time.move_to(after(days=day))
        world.missed(receipt["id"], "follow_up")

    assert world.events(receipt["id"])[-2:] == ["FollowUpTried", "RequestClosed"]


def test_three_silences_let_what_nobody_resolved_go_on(world: IntakeWorld) -> None:
    receipt = world.report()
    world.missed(receipt["id"], "promised")
    for day in (1, 2, 3):
        world.time.move_to(after(days=day))
        world.missed(receipt["id"], "follow_up")
    world.resolved(receipt["id"])

    assert world.events(receipt["id"])[-3:] == ["FollowUpTried", "FollowUpLapsed", "FollowUpOpened"]


def test_a_silence_that_an_operators_call_overtook_is_not_counted(world: IntakeWorld) -> None:
    receipt = world.report()
    world.resolved(receipt["id"])
    world.time.move_to(after(days=1))
    world.post(f"/v1/requests/{receipt['id']}/follow-up-tries", {}, bearer("operator"))

    world.missed(receipt["id"], "follow_up")

    assert [each.reason for each in last(world, receipt["id"])] == ["asked-again-meanwhile"]


def test_whoever_comes_second_decides_on_what_the_first_did(
    world: IntakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conflicted: between load and append another operator gave the category."""
    receipt = world.report(category=None)
    path = f"/v1/requests/{receipt['id']}/classification"
    log = world.logs["intake"]
    append = log.append

    def overtaken(*_: Any) -> Any:
        monkeypatch.setattr(log, "append", append)
        world.post(path, {"category": NIGHT_MARKET}, bearer("operator", person="p-2"))
        raise StreamConflict(stream=request_stream(receipt["id"]), version=2)

    monkeypatch.setattr(log, "append", overtaken)
    answered = world.post(path, {"category": NIGHT_MARKET}, bearer("operator"))

    assert (answered.status_code, answered.json["state"]) == (409, "forwarded")
    assert world.events(receipt["id"]).count("RequestForwarded") == 1
