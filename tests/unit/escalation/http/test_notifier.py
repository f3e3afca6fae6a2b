"""What called units are told over their queues."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.common.contracts.codec import time_text
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import call_id, call_stream
from services.common.messaging.topology import calls_queue
from services.common.vault.names import whistle_key
from services.testing.memory_bus import MemoryDepartment
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at
from tests.support.following import retry, tell
from tests.unit.escalation.http.world import DEPARTMENTS, World

EMERGENCY, ENFORCEMENT, MARKET = DEPARTMENTS
HOUSING = "dept-housing"  #: has no queue here


@pytest.fixture
def whistle(world: World) -> str:
    """An approved whistle with a meeting."""
    found = world.blows(world.held_by_town(), meeting_at=at(10))
    world.approves(found)
    return found


def told(world: World, code: str = MARKET) -> list[dict[str, Any]]:
    """Return what a department was told, and forget it."""
    return world.departments[code].calls()


def test_a_call_says_everything_a_department_needs(world: World, whistle: str) -> None:
    (message,) = told(world)
    call = call_id(whistle, MARKET)
    assert (message["specversion"], message["type"], message["id"], message["subject"]) == (
        "1.0", "called", f"call-{call}@1.0", f"call-{call}",
    )  # fmt: skip
    assert message["data"] == {
        "whistle": whistle,
        "call": call,
        "sent_at": time_text(DAY_ONE),
        "again": False,
        "kind": "request",
        "lead": False,
        "category": "city.trade.night-market",
        "place_code": VILLAGE,
        "place_name": "张湾村委会",
        "town": TOWN,
        "meeting_at": time_text(at(10)),
        "report_in_due_at": time_text(DAY_ONE + timedelta(hours=24)),
        "contact_office": "张家湾镇综合执法队",
        "summary": "张湾村自发夜市，占道、油烟、用电隐患",
        "texts_url": f"/v1/calls/{call}",
    }


def test_the_deadline_told_is_the_one_that_runs(world: World, whistle: str) -> None:
    (message,) = told(world)
    shown = world.get(f"/v1/clocks?subject=call-{call_id(whistle, MARKET)}").get_json()
    due = {each["subject"]: each["due_at"] for each in shown["armings"]}
    assert due[message["subject"]] == message["data"]["report_in_due_at"]


def test_the_whole_conversation_is_told_in_order(world: World, whistle: str) -> None:
    call = f"/v1/calls/{call_id(whistle, MARKET)}"
    by = {"by": MARKET, "role": "department_officer"}
    world.passes(24)
    world.post(f"{call}/receipt", {"external_ref": "SC-7"}, **by)
    world.post(f"{call}/refusal", {"reason": "职责不符"}, **by)
    world.post(f"{call}/insistence")
    for unit in (VILLAGE, EMERGENCY, MARKET):
        world.arrives(whistle, unit)
    world.post(f"/v1/whistles/{whistle}/release", {})
    world.post(f"/v1/whistles/{whistle}/conclusion", {"outcome": "solved"})
    world.post(f"{call}/rating", {"speed": 2, "cooperation": 3, "result": 4})
    found = told(world)
    assert [each["type"] for each in found] == [
        "called", "reminded", "overdue", "insisted", "released", "concluded", "rated",
    ]  # fmt: skip
    overdue, insisted, rated = found[2]["data"], found[3]["data"], found[-1]["data"]
    assert (overdue["step"], overdue["late_by_seconds"]) == (0, 0)
    assert (rated["speed"], rated["cooperation"], rated["result"]) == (2, 3, 4)
    assert (insisted["external_ref"], "external_ref" in overdue) == ("SC-7", False)
    assert insisted["report_in_due_at"] == time_text(DAY_ONE + timedelta(hours=48))
    assert len({each["id"] for each in found}) == len(found)


def test_a_message_that_comes_late_tells_the_call_as_it_was_then(
    world: World, whistle: str
) -> None:
    told(world)
    call = call_id(whistle, MARKET)
    by = {"by": MARKET, "role": "department_officer"}
    world.post(f"/v1/calls/{call}/receipt", {"external_ref": "SC-7"}, **by)
    first, *_ = world.commits(call_stream(call))
    tell(world.notifier(), first)
    (message,) = told(world)
    assert (message["type"], "external_ref" in message["data"]) == ("called", False)


def test_a_unit_called_by_http_is_told_nothing_by_queue(world: World, whistle: str) -> None:
    assert world.events(f"call-{call_id(whistle, VILLAGE)}") == ["DepartmentCalled"]
    assert world.bus.publish([]) == []
    with pytest.raises(KeyError):
        world.bus.waiting(calls_queue(VILLAGE))


def test_sending_again_repeats_the_id(world: World, whistle: str) -> None:
    (first,) = told(world)
    (commit,) = world.commits(call_stream(call_id(whistle, MARKET)))
    tell(world.notifier(), commit)
    (again,) = told(world)
    assert again["id"] == first["id"]


def test_a_full_queue_holds_up_its_own_call_alone(world: World) -> None:
    world.bus.full.add(calls_queue(MARKET))
    found = world.blows(world.held_by_town())
    world.approves(found)
    assert len(told(world, EMERGENCY)) == len(told(world, ENFORCEMENT)) == 1
    notifying = world.processors.named("escalation.notifier")
    assert set(notifying.held()) == {call_stream(call_id(found, MARKET))}
    world.bus.full.clear()
    assert retry(notifying) == 1
    assert [each["type"] for each in told(world)] == ["called"]
    assert told(world, EMERGENCY) == told(world, ENFORCEMENT) == []


def test_a_missing_queue_holds_up_its_own_call_until_it_is_there(world: World) -> None:
    more = {"support": [HOUSING, MARKET], "change_reason": "涉及房屋安全"}
    found = world.blows(world.held_by_town(), **more)
    world.approves(found)
    assert len(told(world, MARKET)) == 1
    notifying = world.processors.named("escalation.notifier")
    assert set(notifying.held()) == {call_stream(call_id(found, HOUSING))}
    housing = MemoryDepartment(world.bus, HOUSING)
    assert retry(notifying) == 1
    assert [each["type"] for each in housing.calls()] == ["called"]
    assert told(world, MARKET) == []


def test_a_full_queue_does_not_hold_up_what_happened_because_its_unit_came(world: World) -> None:
    world.bus.full.add(calls_queue(MARKET))
    found = world.blows(world.held_by_town())
    world.approves(found)
    for unit in (VILLAGE, MARKET, EMERGENCY):  # the market office came: it was phoned
        world.arrives(found, unit)
    world.post(f"/v1/whistles/{found}/release", {})
    assert [each["type"] for each in told(world, EMERGENCY)] == ["called", "released"]


def test_a_queue_that_had_to_be_created_gets_its_unread_calls_once_more(
    world: World, whistle: str
) -> None:
    other = world.blows(world.held_by_town("r-2"))
    world.approves(other)
    (first, _) = told(world)
    by = {"by": MARKET, "role": "department_officer"}
    world.post(f"/v1/calls/{call_id(other, MARKET)}/receipt", {}, **by)
    world.bus.wipe()
    assert world.notifier().resend_open_calls(MARKET) == 1
    (again,) = told(world)
    assert (again["id"], again["data"]["call"]) == (first["id"], call_id(whistle, MARKET))
    assert (first["data"]["again"], again["data"]["again"]) == (False, True)


def test_a_list_that_lags_sends_nothing_that_was_read_meanwhile(world: World, whistle: str) -> None:
    call = call_id(whistle, MARKET)
    before = world.desk.documents.get("calls", call)
    told(world)
    by = {"by": MARKET, "role": "department_officer"}
    world.post(f"/v1/calls/{call}/receipt", {}, **by)
    now = world.desk.documents.get("calls", call)
    assert world.desk.documents.put("calls", replace(before, revision=now.revision))
    assert world.notifier().resend_open_calls(MARKET) == 0
    assert told(world) == []


def test_a_unit_called_by_http_is_sent_nothing_again(world: World, whistle: str) -> None:
    assert world.desk.documents.get("calls", call_id(whistle, VILLAGE)).body["status"] == "called"
    assert world.notifier().resend_open_calls(VILLAGE) == 0


def test_all_unread_calls_are_sent_again_however_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.escalation.calls.notifier.PAGE", 2)
    order = world.held_by_town()
    for _ in range(5):
        world.approves(world.blows(order))
    told(world)
    assert world.notifier().resend_open_calls(MARKET) == 5
    assert len(told(world)) == 5


def test_an_erased_summary_is_left_out(world: World) -> None:
    found = world.blows(world.held_by_town())
    world.approves(found)
    told(world)
    world.desk.vault.keys.destroy(whistle_key(found))
    world.notifier().resend_open_calls(MARKET)
    (message,) = told(world)
    assert "summary" not in message["data"]
    assert world.get(f"/v1/calls/{call_id(found, MARKET)}").get_json()["summary"] is None


def test_what_concerns_no_unit_is_not_told(world: World, whistle: str) -> None:
    told(world)
    stream = call_stream(call_id(whistle, MARKET))
    world.hears(stream, ReactionRefused("MarkOverdue", "not-allowed-now", None))
    assert told(world) == []
