"""Dispatch as its officers meet it: over HTTP, with tokens, keys and versions."""

from typing import Any

import pytest

from services.common.contracts.streams import raise_id
from services.dispatch.handlers import adopt_registry
from tests.support.examples import TOWN, VILLAGE, at
from tests.support.examples_dispatch import CENTRE, NEIGHBOUR
from tests.unit.dispatch.world import ELSEWHERE, ROAD, UNITS, World, tables

REASON = {"reason": "夜市需联合执法"}
RESULT = {"path": "village", "result": "清理完毕", "evidence": ["照片 1"]}
SPOKEN = {"result": "spoken", "note": "已电话联系"}


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.get_json()["type"].removeprefix("/problems/")


@pytest.fixture
def order(world: World) -> str:
    return world.forwarded()


def contacted(world: World, order: str) -> None:
    assert world.post(order, "acknowledgement").status_code == 200
    assert world.post(order, "contacts", SPOKEN).status_code == 200


def test_an_officer_takes_an_order_on_and_is_told_what_comes_next(world: World, order: str) -> None:
    answer = world.post(order, "acknowledgement")
    body = answer.get_json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (body["work_order_id"], body["state"], body["holder"], body["version"]) == (
        order, "acknowledged", VILLAGE, 2,
    )  # fmt: skip
    assert body["possible"] == [
        "RecordContact", "NoteProgress", "RaiseWorkOrder", "ProposeTransfer", "TakeOverWorkOrder",
    ]  # fmt: skip


def test_an_order_goes_from_village_to_resolved(world: World, order: str) -> None:
    contacted(world, order)
    world.post(order, "progress-notes", {"note": "已约谈商户"})
    answer = world.post(order, "resolution", RESULT)
    assert (answer.get_json()["state"], answer.get_json()["resolutions"]) == ("resolved", 1)


def test_a_text_is_sealed_and_stands_nowhere_in_the_log(world: World, order: str) -> None:
    contacted(world, order)
    world.post(order, "resolution", RESULT)
    *_, commit = world.commits(order)
    event = commit.facts[0].event
    assert world.desk.vault.open(event.result_ref) == "清理完毕"
    assert [world.desk.vault.open(ref) for ref in event.evidence_refs] == ["照片 1"]
    assert all("清理" not in each.body and "照片" not in each.body for each in world.commits(order))


def test_a_raise_answers_with_its_id(world: World, order: str) -> None:
    world.post(order, "acknowledgement")
    body = world.post(order, "raise", REASON).get_json()
    assert (body["state"], body["raise_id"]) == ("raised", raise_id(order, 1))
    assert body["holder"] == VILLAGE


def test_a_repeated_post_answers_the_same_and_adds_nothing(world: World, order: str) -> None:
    world.post(order, "acknowledgement")
    first = world.post(order, "raise", REASON, key="k")
    again = world.post(order, "raise", REASON, key="k", if_match='"1"')
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json() == again.get_json()
    assert len(world.commits(order)) == 3


def test_a_key_used_with_another_body_is_refused_and_the_first_text_stays(
    world: World, order: str
) -> None:
    world.post(order, "acknowledgement")
    world.post(order, "progress-notes", {"note": "一"}, key="k")
    answer = world.post(order, "progress-notes", {"note": "二"}, key="k")
    assert problem(answer) == (422, "idempotency-key-reused")
    note = world.commits(order)[-1].facts[0].event.note_ref
    assert world.desk.vault.open(note) == "一"


def test_a_key_counts_for_its_person_alone(world: World, order: str) -> None:
    """A stranger's repetition is judged by the rules, a colleague's is a command of its own."""
    world.post(order, "acknowledgement", key="1")
    stranger = world.post(order, "acknowledgement", by=ELSEWHERE, key="1")
    assert problem(stranger)[0] == 403
    world.post(order, "progress-notes", {"note": "一"}, key="2")
    colleague = world.post(order, "progress-notes", {"note": "二"}, person="p-2", key="2")
    assert colleague.status_code == 200
    assert len(world.commits(order)) == 4


def test_words_of_a_refused_attempt_never_stand_for_others_under_the_same_key(
    world: World, order: str
) -> None:
    """The refusal left no commit, but its text is sealed: the log can't tell, the vault can."""
    too_early = world.post(order, "resolution", RESULT, key="k")
    assert problem(too_early) == (409, "not-allowed-now")
    contacted(world, order)
    other = world.post(order, "resolution", {**RESULT, "result": "另一种说法"}, key="k")
    assert problem(other) == (422, "idempotency-key-reused")
    same = world.post(order, "resolution", RESULT, key="k")
    assert same.get_json()["state"] == "resolved"
    assert world.desk.vault.open(world.commits(order)[-1].facts[0].event.result_ref) == "清理完毕"


def test_a_command_on_a_stale_version_is_refused(world: World, order: str) -> None:
    answer = world.post(order, "acknowledgement", if_match='"7"')
    assert problem(answer) == (412, "version-moved")


def test_a_transfer_moves_the_order_once_it_is_accepted(world: World, order: str) -> None:
    world.post(order, "acknowledgement")
    proposed = world.post(order, "transfer", {"to_unit": NEIGHBOUR, "reason": "在邻村"})
    assert (proposed.get_json()["holder"], proposed.get_json()["transfer_to"]) == (
        VILLAGE, NEIGHBOUR,
    )  # fmt: skip
    world.time.move_to(at(3))
    accepted = world.post(order, "transfer/acceptance", by=NEIGHBOUR)
    assert accepted.get_json()["holder"] == NEIGHBOUR
    assert world.commits(order)[-1].facts[0].event.held_seconds == 3 * 3600


def test_a_repeated_proposal_is_answered_though_the_unit_is_gone_meanwhile(
    world: World, order: str
) -> None:
    world.post(order, "acknowledgement")
    asked = {"to_unit": NEIGHBOUR, "reason": "在邻村"}
    first = world.post(order, "transfer", asked, key="k")
    left = tuple(each for each in UNITS if each["code"] != NEIGHBOUR)
    adopt_registry(world.desk, tables("2", units=left))
    assert world.post(order, "transfer", asked, key="k").get_json() == first.get_json()
    assert problem(world.post(order, "transfer", asked)) == (422, "unknown-unit")


def test_a_declined_transfer_leaves_the_order_where_it_is(world: World, order: str) -> None:
    world.post(order, "acknowledgement")
    world.post(order, "transfer", {"to_unit": NEIGHBOUR, "reason": "在邻村"})
    body = world.post(order, "transfer/refusal", REASON, by=NEIGHBOUR).get_json()
    assert body["holder"] == VILLAGE
    assert "transfer_to" not in body


@pytest.mark.parametrize("by", [TOWN, CENTRE])
def test_every_superior_may_take_over(world: World, order: str, by: str) -> None:
    body = world.post(order, "takeover", by=by).get_json()
    assert (body["holder"], body["state"]) == (by, "acknowledged")


@pytest.mark.parametrize("by", ["deputy-110112", "leader-110112"])
def test_who_leads_the_district_takes_no_order_itself(world: World, order: str, by: str) -> None:
    answer = world.post(order, "takeover", by=by, role="command_centre")
    assert problem(answer) == (422, "cannot-hold-orders")
    assert answer.get_json()["unit"] == by


@pytest.mark.parametrize("by", ["110112119"])
def test_another_town_cannot_take_over(world: World, order: str, by: str) -> None:
    assert problem(world.post(order, "takeover", by=by)) == (403, "not-a-superior")


COMMANDS = [
    ("acknowledgement", None),
    ("contacts", SPOKEN),
    ("progress-notes", {"note": "一"}),
    ("raise", REASON),
    ("transfer", {"to_unit": TOWN, "reason": "一"}),
    ("resolution", RESULT),
]


@pytest.mark.parametrize(("what", "body"), COMMANDS)
def test_another_unit_is_refused_and_told_who_holds_the_order(
    world: World, order: str, what: str, body: dict[str, Any] | None
) -> None:
    answer = world.post(order, what, body, by=ELSEWHERE)
    assert problem(answer) == (403, "held-by-another-unit")
    assert answer.get_json()["holder"] == VILLAGE


@pytest.mark.parametrize(("what", "body"), COMMANDS[1:])
def test_a_step_that_is_not_possible_says_what_is(
    world: World, order: str, what: str, body: dict[str, Any]
) -> None:
    answer = world.post(order, what, body)
    assert problem(answer) == (409, "not-allowed-now")
    assert answer.get_json()["allowed"] == ["AcknowledgeWorkOrder", "TakeOverWorkOrder"]
    assert answer.get_json()["state"] == "dispatched"


@pytest.mark.parametrize(("what", "body"), [*COMMANDS, ("takeover", None)])
def test_an_order_that_does_not_exist_is_not_found(
    world: World, what: str, body: dict[str, Any] | None
) -> None:
    by = TOWN if what == "takeover" else VILLAGE
    assert problem(world.post("no-such-order", what, body, by=by)) == (404, "not-found")


@pytest.mark.parametrize(
    ("what", "body", "expected"),
    [
        ("contacts", {"result": "shouted"}, (422, "values-refused")),
        ("contacts", {}, (422, "values-refused")),
        ("contacts", {"result": "spoken", "extra": 1}, (422, "values-refused")),
        ("progress-notes", {"note": "  "}, (422, "values-refused")),
        ("progress-notes", {"note": "长" * 4001}, (422, "values-refused")),
        ("progress-notes", {"note": 7}, (422, "values-refused")),
        ("transfer", {"to_unit": "999", "reason": "一"}, (422, "unknown-unit")),
        ("transfer", {"to_unit": VILLAGE, "reason": "一"}, (422, "already-held")),
        ("transfer", {"to_unit": "leader-110112", "reason": "一"}, (422, "cannot-hold-orders")),
        ("transfer", {"to_unit": "cc-110199", "reason": "一"}, (422, "cannot-hold-orders")),
        ("resolution", {**RESULT, "path": "magic"}, (422, "values-refused")),
        ("resolution", {**RESULT, "evidence": []}, (422, "evidence-missing")),
        ("resolution", {**RESULT, "evidence": ["\u200b", "\u2060"]}, (422, "values-refused")),
        ("acknowledgement", {"unit": VILLAGE}, (400, "body-unexpected")),
    ],
)
def test_a_bad_value_is_named_by_a_stable_word(
    world: World, order: str, what: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    contacted(world, order)
    assert problem(world.post(order, what, body)) == expected
    assert len(world.commits(order)) == 3


def test_only_villages_raise(world: World) -> None:
    order = world.forwarded("r-2", ROAD)
    world.post(order, "acknowledgement", by=TOWN)
    answer = world.post(order, "raise", REASON, by=TOWN, role="village_officer")
    assert problem(answer) == (403, "only-villages-raise")


def test_a_role_that_handles_nothing_is_refused(world: World, order: str) -> None:
    for role in ("town_leader", "operator", "auditor", "reporter"):
        answer = world.post(order, "acknowledgement", role=role)
        assert problem(answer) == (403, "role-not-allowed")


def test_a_caller_without_a_unit_acts_for_nobody(world: World, order: str) -> None:
    answers = [
        world.get(f"/v1/work-orders/{order}", by=None, role="village_officer"),
        world.post(order, "acknowledgement", by=None, role="village_officer"),
    ]
    assert [problem(answer) for answer in answers] == [(403, "unit-missing")] * 2


@pytest.mark.parametrize(
    "what", ["closure", "reopening", "close", "reopen", "follow-up", "follow-up-tries"]
)
def test_no_route_closes_reopens_or_judges_an_order(world: World, order: str, what: str) -> None:
    answer = world.post(order, what, {"outcome": "solved"})
    assert problem(answer) == (404, "no-such-route")
