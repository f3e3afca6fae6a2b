"""Raises as the town's officers meet them."""

from typing import Any

from services.common.contracts.events.dispatch import WorkOrderClosed, WorkOrderHandedOver
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import work_order_id, work_order_stream
from tests.support.examples import TOWN, VILLAGE
from tests.unit.escalation.http.world import OTHER_TOWN, PLANNING, World

ORDER = work_order_stream(work_order_id("r-1"))


def test_the_town_sees_accepts_and_is_answered_with_the_version(world: World) -> None:
    raised = world.raised()
    (listed,) = world.get(f"/v1/raises?unit={TOWN}&open=true").get_json()["items"]
    assert (listed["id"], listed["status"], listed["from_unit"]) == (raised, "received", VILLAGE)
    answered = world.post(
        f"/v1/raises/{raised}/acceptance", role="section_officer", section=PLANNING
    )
    assert answered.get_json() == {"id": raised, "status": "accepted", "version": 2}
    assert answered.headers["ETag"] == '"2"'
    assert world.get(f"/v1/raises?unit={TOWN}&open=true").get_json()["items"] == []


def test_advice_is_sealed_and_read_by_the_village(world: World) -> None:
    raised = world.raised()
    world.post(f"/v1/raises/{raised}/advice", {"advice": "先由村里约谈商户"})
    seen = world.get(f"/v1/raises/{raised}", by=VILLAGE, role="village_officer").get_json()
    assert (seen["status"], seen["advice"], seen["possible"]) == (
        "advised_back", "先由村里约谈商户", [],
    )  # fmt: skip
    assert all("约谈" not in each.body for each in world.commits(f"raise-{raised}"))


def test_another_town_neither_answers_nor_reads(world: World) -> None:
    raised = world.raised()
    answered = world.post(f"/v1/raises/{raised}/acceptance", by=OTHER_TOWN)
    assert answered.status_code == 403
    assert answered.get_json()["type"] == "/problems/not-the-unit-asked"
    read = world.get(f"/v1/raises/{raised}", by=OTHER_TOWN)
    assert read.get_json()["type"] == "/problems/not-yours-to-read"
    assert world.get(f"/v1/raises?unit={TOWN}", by=OTHER_TOWN).status_code == 403


def test_the_command_centre_and_an_auditor_read(world: World) -> None:
    raised = world.raised()
    assert world.get(f"/v1/raises/{raised}", by="cc-110112", role="command_centre").status_code == (
        200
    )
    assert world.get(f"/v1/raises/{raised}", by="audit", role="auditor").status_code == 200


def test_there_is_no_such_raise(world: World) -> None:
    assert world.post("/v1/raises/nothing/acceptance").status_code == 404
    assert world.get("/v1/raises/nothing").status_code == 404


def test_an_answer_is_repeated_under_its_key_and_refused_under_another(world: World) -> None:
    path = f"/v1/raises/{world.raised()}/acceptance"
    first, again = world.post(path, key="k"), world.post(path, key="k")
    assert first.get_json() == again.get_json()
    refused = world.post(path, key="other").get_json()
    assert refused["type"] == "/problems/not-allowed-now"


def test_a_version_that_has_moved_on_is_refused(world: World) -> None:
    path = f"/v1/raises/{world.raised()}/acceptance"
    headers: dict[str, Any] = {"If-Match": '"7"'}
    assert world.post(path, **headers).status_code == 412


def test_a_take_over_voids_the_raise(world: World) -> None:
    raised = world.raised()
    handed = WorkOrderHandedOver("r-1", VILLAGE, TOWN, "take_over", 60, raise_id=raised)
    world.hears(ORDER, handed)
    assert world.events(f"raise-{raised}") == ["RaiseReceived", "RaiseVoided"]
    assert world.get(f"/v1/raises/{raised}").get_json()["void_reason"] == "handed_over"


def test_a_hand_over_by_the_raise_itself_leaves_it_accepted(world: World) -> None:
    raised = world.raised()
    world.post(f"/v1/raises/{raised}/acceptance")
    world.hears(ORDER, WorkOrderHandedOver("r-1", VILLAGE, TOWN, "raise", 60, raise_id=raised))
    assert world.events(f"raise-{raised}") == ["RaiseReceived", "RaiseAccepted"]


def test_a_close_voids_the_open_raise(world: World) -> None:
    raised = world.raised()
    world.hears(ORDER, WorkOrderClosed("r-1", "unanswered", raise_id=raised))
    assert world.get(f"/v1/raises/{raised}").get_json()["void_reason"] == "order_closed"


def test_a_hand_over_that_dispatch_refuses_voids_the_accepted_raise(world: World) -> None:
    raised = world.raised()
    world.post(f"/v1/raises/{raised}/acceptance")
    world.hears(ORDER, ReactionRefused("HandOver", "not-allowed-now", raised))
    assert world.get(f"/v1/raises/{raised}").get_json()["status"] == "voided"
